//! Addresses that do not answer while something is switched off.
//!
//! Not here: at which level which switch is off (`souk_operations`), parts of answers that are left out
//! (each use case).

use http::{HeaderMap, HeaderValue, Method};
use souk_operations::{Setting, Switch};
use souk_ports::Edge;

use crate::http::freshness::LEVEL;
use crate::http::route::Endpoint;
use crate::http::shop::{Failure, Shop};

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
