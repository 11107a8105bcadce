//! What came of a run. Numbers and names in a fixed order, so that equal runs give equal bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::route::Route;

/// The report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Of the run.
    pub seed: u64,
    /// Different visitors of the trace.
    pub visitors: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// From the beginning of the trace to the last request, in milliseconds.
    pub lasted_ms: i64,
    /// By route: how many had which outcome, a status and what a problem says.
    pub routes: BTreeMap<String, BTreeMap<String, u64>>,
    /// Where answers and blobs came from, of all edges together.
    pub tiers: BTreeMap<String, u64>,
    /// Calls of the origin, and orders among them.
    pub origin: BTreeMap<String, u64>,
    /// By sale.
    pub sales: BTreeMap<String, SaleReport>,
    /// Of everything together.
    pub stock: Stock,
    /// Orders on the books.
    pub orders: u64,
    /// What of the books does not add up; nothing is good.
    pub drift: Vec<String>,
}

/// A sale.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleReport {
    /// That it had.
    pub units: i64,
    /// That were sold.
    pub sold: i64,
    /// That are left.
    pub left: i64,
    /// Orders that visitors were told are placed.
    pub orders: u64,
    /// When the first and the last of them was placed, from the beginning of the trace.
    pub first_order_ms: Option<i64>,
    /// See `first_order_ms`.
    pub last_order_ms: Option<i64>,
    /// Visitors that were called.
    pub called: u64,
    /// Visitors that were called, and told that nothing is left when they ordered.
    pub sold_out_after_call: u64,
}

/// Units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// That came in.
    pub supplied: i64,
    /// That can be ordered.
    pub available: i64,
    /// Of orders that wait for their payment.
    pub held: i64,
    /// Of orders.
    pub sold: i64,
}

impl Report {
    /// Counts an answer.
    pub(crate) fn count(&mut self, route: Route, outcome: String) {
        self.requests += 1;
        let outcomes = self.routes.entry(route.name().to_owned()).or_default();
        *outcomes.entry(outcome).or_default() += 1;
    }

    /// As JSON with a line for each number.
    pub fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("plain structs become JSON");
        text + "\n"
    }
}

/// A status, and what a problem says.
pub(crate) fn outcome(response: &Response<Bytes>) -> String {
    #[derive(Deserialize)]
    struct Problem {
        r#type: String,
    }
    let status = response.status();
    let is_problem = status.is_client_error() || status.is_server_error();
    let problem: Option<Problem> = match is_problem {
        true => serde_json::from_slice(response.body()).ok(),
        false => None,
    };
    match problem {
        Some(problem) => {
            let kind = problem
                .r#type
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned();
            format!("{} {kind}", status.as_u16())
        }
        None => status.as_u16().to_string(),
    }
}

/// The outcome of what the memory of an edge answered.
pub(crate) fn from_memory() -> String {
    StatusCode::OK.as_u16().to_string()
}
