//! Who comes when, and what they do: the file of a scenario (`docs/load.md` describes it).
//!
//! [`read`] finds what is wrong in a file, by line and column; [`crate::plan`] makes the requests of it.

mod file;
mod fill;
mod read;
mod sale;
mod span;

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};

use crate::arrivals::Arrivals;

pub(crate) use fill::filled;
pub(crate) use read::SEED;
pub use read::{Mistake, RATE_MAX, read};
pub use sale::SaleScenario;
pub use span::{Span, time};

/// A scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// By which everything random is drawn.
    pub seed: u64,
    /// What each visit chooses one of, by name.
    pub choices: BTreeMap<String, Vec<String>>,
    /// What visitors do, by name.
    pub journeys: BTreeMap<String, Vec<Step>>,
    /// Who comes.
    pub crowds: Vec<Crowd>,
    /// The visitors of a sale.
    pub sale: Option<SaleScenario>,
}

/// Visitors that come in one way.
#[derive(Debug, Clone, PartialEq)]
pub struct Crowd {
    /// When the first of them may come.
    pub starts: Duration,
    /// How they come.
    pub arrivals: Arrivals,
    /// What they do, with the weight of each journey.
    pub journeys: Vec<(String, u32)>,
}

/// One request of a journey. Its moment does not depend on the answers to those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// By which the report names it.
    pub name: String,
    /// How long after the step before, or after the visitor came.
    pub after: Span,
    /// How it asks.
    pub method: Method,
    /// What for; `{name}` stands for the choice of that name, `{visit}` for the number of the visit,
    /// `{seed}` for the seed of the run.
    pub path: String,
    /// More headers, with the same names as the path.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, with the same names as the path.
    pub body: String,
}

impl Scenario {
    /// One request, at a constant rate.
    pub fn of_path(path: &str, rate: f64, lasts: Duration, seed: u64) -> Self {
        let step = Step {
            name: path.to_owned(),
            after: Span::default(),
            method: Method::GET,
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
        };
        Self {
            seed,
            choices: BTreeMap::new(),
            journeys: BTreeMap::from([("get".to_owned(), vec![step])]),
            crowds: vec![Crowd {
                starts: Duration::ZERO,
                arrivals: Arrivals::Constant { rate, lasts },
                journeys: vec![("get".to_owned(), 1)],
            }],
            sale: None,
        }
    }
}
