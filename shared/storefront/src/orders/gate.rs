//! The gate in front of orders, tickets and guesses: counted exactly for all instances together, by the
//! platform.
//!
//! Not here: how many a client may send, and the fields of the answer (`http/quota`).

use souk_operations::RouteClass;
use souk_ports::{Admission, Edge};
use souk_protocol::problem::{Problem, ProblemKind};

use crate::http::quota::{Passed, quota_of};
use crate::http::shop::{Failure, Shop};
use crate::orders::asked_by::Client;

/// What a client sends in answer to a challenge.
const CHALLENGE: &str = "souk-challenge";

impl<E: Edge> Shop<'_, E> {
    /// Every client but a local one passes the gate first. A request is counted once, however often it
    /// comes by here.
    ///
    /// # Errors
    /// When it has used its quota, or has to answer a challenge.
    pub(crate) async fn expect_admission(
        &self,
        class: RouteClass,
        client: &Client,
    ) -> Result<(), Failure> {
        let Some(client) = client.gate_name(self.settings.session_secrets.newest()) else {
            return Ok(());
        };
        let Some(quota) = quota_of(&*self.signals().await, class) else {
            return Ok(());
        };
        let passed = self.passed.get();
        if passed.is_some_and(|passed| passed.quota.name == quota.name && !passed.is_refused) {
            return Ok(());
        }
        let refusals = &self.instance.refusals;
        let now_ms = self.edge.now_ms();
        let admission = match refusals.left_s(quota, &client, now_ms) {
            Some(retry_after_s) => Admission::TooMany { retry_after_s },
            None => {
                let header = self.incoming.request.headers().get(CHALLENGE);
                let challenge = header.and_then(|value| value.to_str().ok());
                let admission = self.edge.admits(quota, &client, challenge).await;
                if let Admission::TooMany { retry_after_s } = admission {
                    refusals.remember(quota, &client, retry_after_s, now_ms);
                }
                admission
            }
        };
        let (remaining, reset_s, is_refused) = match admission {
            Admission::Counted { remaining, reset_s } => (remaining, reset_s, false),
            Admission::TooMany { retry_after_s } => (0, retry_after_s, true),
            Admission::Open => {
                self.instance.metrics.gate_open.add_one();
                return Ok(());
            }
            Admission::Challenged => {
                self.instance.metrics.gate_refusals.add_one();
                return Err(Problem::new(ProblemKind::ChallengeRequired).into());
            }
        };
        self.passed.set(Some(Passed {
            quota,
            remaining,
            reset_s,
            is_refused,
        }));
        if !is_refused {
            return Ok(());
        }
        self.instance.metrics.gate_refusals.add_one();
        let detail = format!("try again in {reset_s} s");
        Err(Problem::new(ProblemKind::QuotaExceeded)
            .detail(detail)
            .into())
    }
}
