//! From a forecast to what is used of everything, and what is full first.
//!
//! Everything grows with the visits but orders, which a waiting room lets through at its pace at most.

use serde::Serialize;

use super::forecast::{HOUR_S, Hour};
use super::model::{Prices, Requests};
use super::queueing::waiting_ms;

/// How the shop is deployed, and what it was measured to do.
#[derive(Debug, Clone)]
pub(super) struct Deployment {
    /// Cores of the functions; `None` where the platform has as many as are needed.
    pub(super) cores: Option<u32>,
    /// Stores of the origin: objects of Workers, or 1.
    pub(super) stores: u32,
    /// Orders that one of them places in a second, and their processor time in microseconds.
    pub(super) orders_per_s: f64,
    pub(super) order_us: f64,
    /// Orders for one SKU in a second.
    pub(super) hot_orders_per_s: f64,
    /// Requests in a second that one object of the signals answers; `None` where there is none.
    pub(super) signals: Option<Signals>,
}

/// Reads of the object with the signals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signals {
    pub(super) reads_per_s: f64,
    pub(super) most_per_s: f64,
}

/// What visitors do.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    pub(super) requests: Vec<Requests>,
    /// Orders of a visit that reach the origin.
    pub(super) orders_per_visit: f64,
    /// Bytes of the answer to an order on average, with its headers.
    pub(super) order_bytes: f64,
    /// The part of the orders that are for one SKU.
    pub(super) hot_share: f64,
    /// Visits in the busiest second over those of an average one of its hour.
    pub(super) burst: f64,
    /// Orders that a waiting room lets through in a second.
    pub(super) pace: Option<f64>,
    /// Of a hundred requests so many read the store.
    pub(super) store_reads_percent: f64,
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Prediction {
    pub(super) hours: Vec<HourUse>,
    /// The busiest second.
    pub(super) peak: Peak,
    /// Each with its load in the busiest second, the one that is full first at the beginning.
    pub(super) resources: Vec<Resource>,
    /// The first of them; `None` where nothing is ever full.
    pub(super) bottleneck: Option<Resource>,
    pub(super) money: Money,
}

/// What an hour uses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct HourUse {
    pub(super) hour: String,
    pub(super) visits: u64,
    pub(super) requests: u64,
    pub(super) bytes: u64,
    pub(super) kv_reads: u64,
    pub(super) object_calls: u64,
    /// That reach the origin.
    pub(super) orders: u64,
    /// Processor time of functions and objects, in seconds.
    pub(super) cpu_s: f64,
    /// Cores that are busy on average.
    pub(super) cores: f64,
}

/// The busiest second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Peak {
    pub(super) hour: String,
    pub(super) visits_per_s: f64,
    pub(super) requests_per_s: f64,
    pub(super) bytes_per_s: f64,
    pub(super) orders_per_s: f64,
    pub(super) cores: f64,
    pub(super) routes: Vec<RoutePeak>,
    /// How long a request waits for a core and an order for its store, on average, in milliseconds;
    /// `None` where the queue grows for ever, or where no number of cores is given.
    pub(super) waiting_ms: Waiting,
}

/// Of one route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct RoutePeak {
    pub(super) route: String,
    pub(super) per_visit: f64,
    pub(super) per_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Waiting {
    pub(super) functions: Option<f64>,
    pub(super) origin: Option<f64>,
}

/// Something that can be full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Resource {
    pub(super) resource: &'static str,
    pub(super) unit: &'static str,
    pub(super) used: f64,
    pub(super) capacity: f64,
    /// `used` over `capacity`.
    pub(super) load: f64,
    /// How many times the forecast it takes; `None`: any, because a waiting room stands before it.
    pub(super) full_at_factor: Option<f64>,
}

/// What the whole forecast costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Money {
    pub(super) currency: String,
    pub(super) requests: f64,
    pub(super) cpu: f64,
    pub(super) objects: f64,
    pub(super) kv: f64,
    pub(super) egress: f64,
    pub(super) cores: f64,
    pub(super) total: f64,
}

/// Something of which a second needs this much: a part that grows with the visits, and a part for each
/// order.
#[derive(Debug, Clone, Copy)]
struct Need {
    resource: &'static str,
    unit: &'static str,
    capacity: f64,
    /// Whatever is forecast.
    fixed: f64,
    per_visit: f64,
    per_order: f64,
}

impl Demand {
    fn sum(&self, of: impl Fn(&Requests) -> f64) -> f64 {
        let requests = self.requests.iter();
        requests.map(|one| one.per_visit * of(one)).sum()
    }

    fn requests_per_visit(&self) -> f64 {
        self.sum(|_| 1.0)
    }

    /// Processor time of a visit without its order, in microseconds.
    fn visit_us(&self) -> f64 {
        self.sum(|one| one.cpu_us)
    }

    /// Orders in a second.
    fn orders(&self, visits_per_s: f64) -> f64 {
        let wanted = visits_per_s * self.orders_per_visit;
        self.pace.map_or(wanted, |pace| wanted.min(pace))
    }
}

/// Predicts. `hours` has one with visits.
pub(super) fn predict(
    hours: &[Hour],
    demand: &Demand,
    deployment: &Deployment,
    prices: &Prices,
) -> Prediction {
    let used: Vec<_> = hours
        .iter()
        .map(|hour| of_hour(hour, demand, deployment))
        .collect();
    let busiest = hours.iter().rev().max_by_key(|hour| hour.visits);
    let busiest = busiest.expect("a forecast has an hour");
    let visits_per_s = busiest.visits as f64 / HOUR_S * demand.burst;
    let needs = needs(demand, deployment).into_iter();
    let resources = needs.map(|need| need.at(visits_per_s, demand));
    let mut resources: Vec<_> = resources.collect();
    let factor = |one: &Resource| one.full_at_factor.unwrap_or(f64::INFINITY);
    resources.sort_by(|a, b| factor(a).total_cmp(&factor(b)));
    let first = resources.first();
    Prediction {
        bottleneck: first.filter(|one| one.full_at_factor.is_some()).cloned(),
        peak: peak(busiest, visits_per_s, demand, deployment),
        money: money(&used, deployment, prices),
        hours: used,
        resources,
    }
}

fn of_hour(hour: &Hour, demand: &Demand, deployment: &Deployment) -> HourUse {
    let visits = hour.visits as f64;
    let requests = visits * demand.requests_per_visit();
    let orders = demand.orders(visits / HOUR_S) * HOUR_S;
    let signals = deployment
        .signals
        .map_or(0.0, |one| one.reads_per_s * HOUR_S);
    let cpu_us = visits * demand.visit_us() + orders * deployment.order_us;
    let whole = |number: f64| number.round() as u64;
    HourUse {
        hour: hour.hour.clone(),
        visits: hour.visits,
        requests: whole(requests + orders),
        bytes: whole(visits * demand.sum(|one| one.bytes) + orders * demand.order_bytes),
        kv_reads: whole(requests * demand.store_reads_percent / 100.0),
        object_calls: whole(signals + orders),
        orders: whole(orders),
        cpu_s: cpu_us / 1e6,
        cores: cpu_us / 1e6 / HOUR_S,
    }
}

fn peak(hour: &Hour, visits_per_s: f64, demand: &Demand, deployment: &Deployment) -> Peak {
    let orders_per_s = demand.orders(visits_per_s);
    let requests_per_s = visits_per_s * demand.requests_per_visit() + orders_per_s;
    let cores = (visits_per_s * demand.visit_us() + orders_per_s * deployment.order_us) / 1e6;
    let of_a_core = requests_per_s / cores;
    let functions = deployment
        .cores
        .and_then(|count| waiting_ms(requests_per_s, of_a_core, count));
    // An order goes to the one store that has its units.
    let orders_of_store = orders_per_s / f64::from(deployment.stores);
    let routes = demand.requests.iter().map(|one| RoutePeak {
        route: one.route.clone(),
        per_visit: one.per_visit,
        per_s: one.per_visit * visits_per_s,
    });
    Peak {
        hour: hour.hour.clone(),
        visits_per_s,
        requests_per_s,
        bytes_per_s: visits_per_s * demand.sum(|one| one.bytes) + orders_per_s * demand.order_bytes,
        orders_per_s,
        cores,
        routes: routes.collect(),
        waiting_ms: Waiting {
            functions,
            origin: waiting_ms(orders_of_store, deployment.orders_per_s, 1),
        },
    }
}

fn needs(demand: &Demand, deployment: &Deployment) -> Vec<Need> {
    let orders = Need {
        resource: "origin",
        unit: "orders/s",
        capacity: f64::from(deployment.stores) * deployment.orders_per_s,
        fixed: 0.0,
        per_visit: 0.0,
        per_order: 1.0,
    };
    let hottest = Need {
        resource: "hottest SKU",
        capacity: deployment.hot_orders_per_s,
        per_order: demand.hot_share,
        ..orders
    };
    let cores = deployment.cores.map(|count| Need {
        resource: "cores of the functions",
        unit: "cores",
        capacity: f64::from(count),
        per_visit: demand.visit_us() / 1e6,
        per_order: deployment.order_us / 1e6,
        ..orders
    });
    let signals = deployment.signals.map(|signals| Need {
        resource: "object of the signals",
        unit: "requests/s",
        capacity: signals.most_per_s,
        fixed: signals.reads_per_s,
        per_order: 0.0,
        ..orders
    });
    let always = [orders, hottest].into_iter();
    always.chain(cores).chain(signals).collect()
}

impl Need {
    fn at(&self, visits_per_s: f64, demand: &Demand) -> Resource {
        let used = self.used(visits_per_s, demand);
        Resource {
            resource: self.resource,
            unit: self.unit,
            used,
            capacity: self.capacity,
            load: used / self.capacity,
            full_at_factor: self.full_at(demand).map(|visits| visits / visits_per_s),
        }
    }

    fn used(&self, visits_per_s: f64, demand: &Demand) -> f64 {
        let orders = demand.orders(visits_per_s);
        self.fixed + self.per_visit * visits_per_s + self.per_order * orders
    }

    /// Visits in a second at which it is full; `None`: any number of them.
    fn full_at(&self, demand: &Demand) -> Option<f64> {
        let left = self.capacity - self.fixed;
        let of_visit = self.per_visit + self.per_order * demand.orders_per_visit;
        let uncut = left / of_visit;
        let is_cut = |pace: f64| uncut * demand.orders_per_visit > pace;
        match demand.pace.filter(|&pace| is_cut(pace)) {
            // From then on only what is no order grows.
            Some(pace) => {
                let visits = (left - self.per_order * pace) / self.per_visit;
                (self.per_visit > 0.0).then_some(visits)
            }
            None => (of_visit > 0.0).then_some(uncut),
        }
    }
}

fn money(hours: &[HourUse], deployment: &Deployment, prices: &Prices) -> Money {
    let sum = |of: fn(&HourUse) -> f64| hours.iter().map(of).sum::<f64>();
    let million = |count: f64, price: f64| count / 1e6 * price;
    let requests = million(sum(|hour| hour.requests as f64), prices.requests);
    let cpu = million(sum(|hour| hour.cpu_s) * 1_000.0, prices.cpu_ms);
    let objects = million(sum(|hour| hour.object_calls as f64), prices.object_requests);
    let kv = million(sum(|hour| hour.kv_reads as f64), prices.kv_reads);
    let egress = sum(|hour| hour.bytes as f64) / 1e9 * prices.egress_gb;
    let core_hours = f64::from(deployment.cores.unwrap_or(0)) * hours.len() as f64;
    let cores = core_hours * prices.core_hour;
    Money {
        currency: prices.currency.clone(),
        requests,
        cpu,
        objects,
        kv,
        egress,
        cores,
        total: requests + cpu + objects + kv + egress + cores,
    }
}

#[cfg(test)]
mod tests;
