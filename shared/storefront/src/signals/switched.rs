//! What a switch leaves out: addresses that do not answer, and parts of answers.
//!
//! Not here: at which level which switch is off (`souk_operations`).

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use souk_operations::{Setting, Switch};
use souk_ports::Edge;

use crate::http::response_key::Content;
use crate::http::route::Endpoint;
use crate::http::shop::{Failure, Shop};
use crate::signals::{Signals, Switches};

/// The level of the shop, on every response from level 1 on.
pub(crate) const LEVEL: HeaderName = HeaderName::from_static("souk-level");

/// The switch of an address; `None` where nothing is switched.
fn switch_of(endpoint: Endpoint) -> Option<Switch> {
    match endpoint {
        Endpoint::Search | Endpoint::ApiSearch => Some(Switch::Search),
        Endpoint::Collections | Endpoint::Collection | Endpoint::ApiProducts => {
            Some(Switch::Listings)
        }
        Endpoint::Document(_)
        | Endpoint::Documents(_)
        | Endpoint::JudgeAnswer
        | Endpoint::Feed
        | Endpoint::ApiDocument(_)
        | Endpoint::ApiDocuments(_)
        | Endpoint::ApiHelpSearch => Some(Switch::Content),
        _ => None,
    }
}

/// What lists have of filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FiltersShown {
    /// With how many products each one finds.
    Counted,
    /// Without that.
    Uncounted,
    /// None, and what a request says of filters is not looked at.
    None,
}

impl Switches {
    /// What results of a search have.
    pub(crate) fn filters_of_searches(self) -> FiltersShown {
        match self.of(Switch::Filters) {
            Setting::On => FiltersShown::Counted,
            Setting::Reduced => FiltersShown::Uncounted,
            _ => FiltersShown::None,
        }
    }

    /// What lists of products have.
    pub(crate) fn filters_of_listings(self) -> FiltersShown {
        match self.of(Switch::Listings) {
            Setting::Static => FiltersShown::None,
            _ => self.filters_of_searches(),
        }
    }

    /// Whether lists of products have orders to choose from.
    pub(crate) fn sorts_listings(self) -> bool {
        self.of(Switch::Listings) != Setting::Static
    }
}

impl<E: Edge> Shop<'_, E> {
    /// Checks that an address is not switched off.
    ///
    /// # Errors
    /// When it is, or when it takes no writes.
    pub(crate) async fn check_switch(&self, endpoint: Endpoint) -> Result<(), Failure> {
        let Some(switch) = switch_of(endpoint) else {
            return Ok(());
        };
        let is_read = matches!(*self.incoming.request.method(), Method::GET | Method::HEAD);
        match self.signals().await.switches.of(switch) {
            Setting::Closed => Err(Failure::SwitchedOff(switch)),
            Setting::ReadOnly if !is_read => Err(Failure::SwitchedOff(switch)),
            _ => Ok(()),
        }
    }

    /// Puts the level on a response, as far as this instance knows.
    pub(crate) fn name_level(&self, headers: &mut HeaderMap) {
        let signals = self.instance.signals.last();
        let level = signals.map_or(0, |signals| signals.switches.level());
        if level > 0 {
            headers.insert(LEVEL, HeaderValue::from(u16::from(level)));
        }
    }
}

/// Whether only what was answered before is answered.
pub(crate) fn is_static(content: &Content, signals: &Signals) -> bool {
    let is_search = matches!(content, Content::Search { .. } | Content::ApiSearch { .. });
    is_search && signals.switches.of(Switch::Search) == Setting::Static
}
