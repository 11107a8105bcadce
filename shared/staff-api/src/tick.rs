//! What is due by the clock: switches that end, holds that expire, messages for the order index, work
//! with payments, mails, and what the shop learns from orders.
//!
//! A tick does a bounded amount of work and may be called at any rate, also several times at the
//! same moment: it claims all work before doing it. The caller (a cron trigger, the developer's
//! tool, an operator) passes nothing. When one part fails, the others still run.
//!
//! Not here: what each part does (the origin, `courier`, the payment functions).

use bytes::Bytes;
use http::Response;
use souk_order_index::OrderIndex;
use souk_order_index::courier::{Pace, ToOrderIndex, deliver};
use souk_ports::{
    BackOffice, Clock, MailClient, OperationsClient, OriginClient, PaymentsClient, PortError,
};
use souk_protocol::mail::{self, MailReport, MailStatus};
use souk_protocol::operations;
use souk_protocol::origin::{self, TickReport};
use souk_protocol::payments::WORK_PATH;
use souk_protocol::staff::TickDone;
use souk_search_tallies::SearchTallies;
use souk_service_http::{before, get, post};

use crate::insights_build::Builder;
use crate::switches::is_on;

/// How long a tick starts new work. Hosts give a request 30 s and more, and a scheduler that calls
/// every second should find the last tick done most of the time.
const BUDGET_MS: i64 = 5_000;

/// How long a scrape waits for the mail function.
const STATUS_MS_MAX: u32 = 1_000;

/// Does what is due.
pub async fn tick<D: BackOffice, B: OrderIndex, S: SearchTallies>(
    edge: &D,
    index: &B,
    tallies: &S,
    per_second: u32,
    log: &dyn Fn(&str),
) -> TickDone {
    let mut done = TickDone::default();
    let mut failed = |part: &str, error: PortError| {
        log(&format!("tick: {part}: {error}"));
        done.failures.push(format!("{part}: {error}"));
    };
    let mut more = false;
    // First: edges wait for it, and the other parts may take seconds.
    match step_operations(edge).await {
        // A deployment without operations has no switches.
        Ok(()) | Err(PortError::Unsupported(_)) => {}
        Err(error @ PortError::Transient(_)) => failed("operations", error),
    }
    match expire(edge).await {
        Ok(report) => {
            done.expired = report.expired;
            more |= report.more;
        }
        Err(error) => failed("holds", error),
    }
    match work(edge).await {
        Ok(report) => done.payments = Some(report),
        // A deployment without payments has none to work at.
        Err(PortError::Unsupported(_)) => {}
        Err(error @ PortError::Transient(_)) => failed("payments", error),
    }
    // After holds and payments, whose events have mails.
    match send_mails(edge).await {
        Ok(report) => {
            more |= report.more;
            done.mails = Some(report);
        }
        // A deployment without mails has none to send.
        Err(PortError::Unsupported(_)) => {}
        Err(error @ PortError::Transient(_)) => failed("mails", error),
    }
    let pace = Pace {
        budget_ms: BUDGET_MS,
        per_second,
    };
    // After those, because it takes what time is left, and delivers the events that they caused.
    let carrier = ToOrderIndex { index, clock: edge };
    match deliver(edge, &carrier, edge, pace, log).await {
        Ok(round) => {
            done.delivered = round.delivered;
            more |= round.more;
        }
        Err(error) => failed("index", error),
    }
    // Last: orders that were delivered a moment ago count.
    let builder = Builder {
        back_office: edge,
        index,
        tallies,
    };
    if is_on(edge, "insights").await {
        match builder.step(false).await {
            Ok(report) => more |= !report.done,
            Err(error) => failed("insights", error.into()),
        }
    }
    done.more = more;
    done
}

/// Ends switches that are due, and lets edges know.
async fn step_operations<O: OperationsClient>(operations: &O) -> Result<(), PortError> {
    let answer = operations.ask_operations(post(operations::TICK_PATH, Bytes::new()));
    succeeded(answer.await?).map(drop)
}

async fn expire<O: OriginClient>(origin: &O) -> Result<TickReport, PortError> {
    let answer = succeeded(origin.send(post(origin::TICK_PATH, Bytes::new())).await?)?;
    souk_json::read(&answer)
        .map_err(|error| PortError::Transient(format!("the origin's report: {error}")))
}

/// Lets payments do what is due. What they say is passed on as it is: it is for the eyes of
/// operators.
async fn work<P: PaymentsClient>(payments: &P) -> Result<serde_json::Value, PortError> {
    let answer = payments.ask_payments(post(WORK_PATH, Bytes::new()));
    let answer = succeeded(answer.await?)?;
    Ok(souk_json::read(&answer).unwrap_or_else(|_| String::from_utf8_lossy(&answer).into()))
}

/// Lets the mail function send what is due.
///
/// # Errors
/// When it does not answer.
pub async fn send_mails<M: MailClient>(mails: &M) -> Result<MailReport, PortError> {
    let answer = succeeded(mails.ask_mail(post(mail::WORK_PATH, Bytes::new())).await?)?;
    souk_json::read(&answer)
        .map_err(|error| PortError::Transient(format!("the report of mails: {error}")))
}

/// How mails leave; `None` where the mail function does not say so in time.
pub(crate) async fn mail_status<M: MailClient + Clock>(mails: &M) -> Option<MailStatus> {
    let asked = mails.ask_mail(get(mail::STATUS_PATH));
    let answer = before(asked, mails.pause_ms(STATUS_MS_MAX)).await?;
    souk_json::read(&succeeded(answer.ok()?).ok()?).ok()
}

/// The body of an answer that is none of a failure.
pub(crate) fn succeeded(answer: Response<Bytes>) -> Result<Bytes, PortError> {
    match answer.status() {
        status if status.is_success() => Ok(answer.into_body()),
        status => Err(PortError::Transient(format!("answered {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures::executor::block_on;
    use http::{Request, StatusCode};
    use souk_service_http::empty;

    use super::*;

    /// Operations that answer so, and what they were asked.
    struct Operations {
        status: StatusCode,
        asked: RefCell<Vec<String>>,
    }

    impl OperationsClient for Operations {
        async fn ask_operations(
            &self,
            asked: Request<Bytes>,
        ) -> Result<Response<Bytes>, PortError> {
            let asked = format!("{} {}", asked.method(), asked.uri());
            self.asked.borrow_mut().push(asked);
            Ok(empty(self.status))
        }
    }

    /// A deployment that has none.
    struct Without;

    impl OperationsClient for Without {}

    #[test]
    fn operations_do_what_is_due_with_each_tick() {
        let cases = [
            (StatusCode::NO_CONTENT, true),
            (StatusCode::SERVICE_UNAVAILABLE, false),
            (StatusCode::INTERNAL_SERVER_ERROR, false),
        ];
        for (status, has_succeeded) in cases {
            let asked = RefCell::default();
            let operations = Operations { status, asked };
            let stepped = block_on(step_operations(&operations));
            assert_eq!(stepped.is_ok(), has_succeeded, "{stepped:?}");
            assert_eq!(operations.asked.take(), ["POST /operations/v1/tick"]);
        }
        let stepped = block_on(step_operations(&Without));
        assert!(
            matches!(stepped, Err(PortError::Unsupported(_))),
            "{stepped:?}"
        );
    }
}
