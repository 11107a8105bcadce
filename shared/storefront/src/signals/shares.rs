//! Which share of the requests an instance reports, by its pulse.

use souk_operations::shares;
use souk_operations::{Pulse, RouteClass};

const CLASSES: usize = RouteClass::ALL.len();

/// The share of each class that edges report, in millionths.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shares([u32; CLASSES]);

impl Shares {
    pub(crate) fn of(pulse: &Pulse) -> Self {
        Self(RouteClass::ALL.map(|class| shares::published(&pulse.sampling, class)))
    }

    /// Whether any class is reported.
    pub(crate) fn is_some(self) -> bool {
        self.0.iter().any(|share| *share > 0)
    }

    pub(crate) fn of_class(self, class: RouteClass) -> u32 {
        self.0[usize::from(class.number())]
    }
}
