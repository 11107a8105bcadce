//! `delivery.toml`: zones, methods and their rates; without the file what every shop has.

use souk_pricing::{
    Amount, Amounts, Area, Days, DeliveryRate, Method, MethodKind, PickupPoint, Title, Zone,
};

use super::keys::METHOD_KINDS;
use super::{Reading, choice, tables};
use crate::document::Node;
use crate::problem::suggestion;
use crate::settings;

/// What a shop without the file offers.
#[derive(Debug, Clone, Default)]
pub struct UsualDelivery {
    /// Title of the standard delivery, which is free.
    pub standard: Title,
    /// Title of the express delivery.
    pub express: Title,
    /// Cost of the express delivery in minor units of the shop's currency; without it there is none.
    pub express_fee_minor: Option<i64>,
}

const KINDS: [MethodKind; 2] = [MethodKind::Ship, MethodKind::Pickup];

impl Reading<'_> {
    pub(super) fn delivery(&mut self, root: &Node<'_>) {
        for node in tables(root, "zone") {
            let zone = Zone {
                id: self.unique(&node, "zone"),
                area: Area {
                    countries: self.countries(&node),
                    regions: settings::texts(node.get("regions").as_ref()),
                    postal: settings::texts(node.get("postal").as_ref()),
                },
            };
            self.terms.zones.push(zone);
        }
        for node in tables(root, "method") {
            let method = self.method(&node);
            self.terms.methods.push(method);
        }
    }

    /// The methods of a shop without the file.
    pub(super) fn usual_delivery(&mut self) {
        let usual = self.context.usual_delivery.clone();
        let free = self.terms.markets.iter().map(|market| Amount {
            currency: market.currency,
            minor: 0,
        });
        let mut free: Vec<_> = free.collect();
        free.sort_by_key(|amount| amount.currency.code());
        free.dedup();
        let express = usual.express_fee_minor.map(|minor| {
            let currency = self.currency;
            usual_method("express", usual.express, vec![Amount { currency, minor }])
        });
        let standard = usual_method("standard", usual.standard, free);
        self.terms.methods = [standard].into_iter().chain(express).collect();
    }

    fn method(&mut self, node: &Node<'_>) -> Method {
        let days = node.get("days").map(|days| {
            let numbers = days.items();
            let day = |place: usize| numbers.get(place).and_then(Node::integer).unwrap_or(0);
            let day = |place: usize| u16::try_from(day(place)).unwrap_or(0);
            let range = Days {
                min: day(0),
                max: day(1),
            };
            if range.min > range.max {
                let reason = "the first number is above the second";
                self.problems
                    .push(days.error(reason, "write the lower one first"));
            }
            range
        });
        let markets = self.named_markets(node);
        let kind = choice(node, "kind", METHOD_KINDS, KINDS);
        if let (MethodKind::Ship, Some(points)) = (kind, node.get("points")) {
            let reason = "a carrier brings this, so buyers collect it nowhere";
            let instead = "write kind = \"pickup\" or take points away";
            self.problems.push(points.key_error(reason, instead));
        }
        // Another method may have points of the same names.
        self.seen.retain(|(kind, _), _| *kind != "point");
        Method {
            id: self.unique(node, "method"),
            title: self.title(node),
            kind,
            days,
            rates: tables(node, "rates")
                .iter()
                .map(|rate| self.rate(rate))
                .collect(),
            points: tables(node, "points")
                .iter()
                .map(|point| self.point(point))
                .collect(),
            markets,
        }
    }

    fn rate(&mut self, node: &Node<'_>) -> DeliveryRate {
        let zone = node.get("zone").and_then(|zone| self.zone_named(&zone));
        let amount = self.amounts(node.get("amount").as_ref(), &Default::default());
        // A minimum is needed in each currency in which there is a price.
        let priced = amount.0.iter().map(|amount| amount.currency.code());
        let priced = priced.collect();
        let weight_max_g = node.get("weight_max_g").and_then(|node| node.integer());
        DeliveryRate {
            zone,
            weight_max_g: weight_max_g.and_then(|grams| u64::try_from(grams).ok()),
            subtotal_min: self.amounts(node.get("subtotal_min").as_ref(), &priced),
            amount,
        }
    }

    fn point(&mut self, node: &Node<'_>) -> PickupPoint {
        PickupPoint {
            id: self.unique(node, "point"),
            title: self.title(node),
            address: settings::texts(node.get("address").as_ref()),
        }
    }

    fn zone_named(&mut self, node: &Node<'_>) -> Option<u16> {
        let id = node.text()?;
        let mut zones = self.terms.zones.iter();
        let place = zones.position(|zone| zone.id == id);
        if place.is_none() {
            let known = self.terms.zones.iter().map(|zone| zone.id.as_str());
            let instead = suggestion(id, known);
            self.problems
                .push(node.error(format!("there is no zone '{id}'"), instead));
        }
        u16::try_from(place?).ok()
    }
}

fn usual_method(id: &str, title: Title, amounts: Vec<Amount>) -> Method {
    Method {
        id: id.to_owned(),
        title,
        kind: MethodKind::Ship,
        markets: Vec::new(),
        days: None,
        rates: vec![DeliveryRate {
            amount: Amounts(amounts),
            ..DeliveryRate::default()
        }],
        points: Vec::new(),
    }
}
