//! `GET /api/v1/status`: how the shop stands, for monitoring and for clients that adapt.

use http::StatusCode;
use souk_operations::Switch;
use souk_ports::Edge;
use souk_protocol::public::{PulseStatus, Status};

use crate::http::reply::{self, CachePolicy};
use crate::http::shop::{Outcome, Shop};

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn api_status(&self) -> Outcome {
        let signals = self.signals().await;
        let switches = Switch::ALL.iter().map(|&switch| {
            let state = signals.switches.of(switch).name();
            (switch.name().to_owned(), state.to_owned())
        });
        let now_ms = self.edge.now_ms();
        let pulse = signals.pulse.as_deref().map(|held| PulseStatus {
            stamp: held.pulse.stamp,
            age_ms: signals.pulse_age_ms(now_ms).unwrap_or_default(),
        });
        let status = Status {
            level: signals.switches.level(),
            switches: switches.collect(),
            pulse,
        };
        Ok(reply::json(StatusCode::OK, CachePolicy::Private, &status))
    }
}
