//! Sales with a waiting room in the staff API.
//!
//! Invariants: a wrong request changes nothing, and a problem says that nothing was changed only where
//! that is known. The journal gets the name of the caller's token.
//!
//! Not here: what a request may say ([`wish`]), the units of a sale (`stock`), when a sale is what and who
//! is called (`souk_room`), the rules of its sessions (`souk_operations`).

mod wish;

use bytes::Bytes;
use http::Request;
use souk_domain::is_sale_id;
use souk_ports::{Clock, OperationsClient};
use souk_protocol::operations::{ChangeOperations, ChangeReply, SaleSession, SaleStanding};
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{self, ChangedSale, StaffSale, StaffSession, StaffToken};
use time::OffsetDateTime;

use crate::operations::{ask_standing, send_change};
use crate::reply::{Outcome, invalid, reply};
use wish::Wish;

/// Effects of switches, which are read beside the sales, are not shown here.
const LANGUAGE: &str = "en";

/// How the sales stand.
pub(crate) async fn list<O: OperationsClient + Clock>(store: &O) -> Outcome {
    let standing = ask_standing(store, LANGUAGE).await?;
    let now = rfc3339(store.now_ms());
    let sales = standing.sales.into_iter();
    let sales: Vec<_> = sales.map(|sale| shown(sale, now.clone())).collect();
    Ok(reply(staff::READ_SALES, &sales))
}

/// Changes a sale.
pub(crate) async fn set<O: OperationsClient>(
    store: &O,
    caller: &StaffToken,
    sale: &str,
    request: &Request<Bytes>,
) -> Outcome {
    if !is_sale_id(sale) {
        let detail = "the id of a sale is up to 40 small letters, digits and hyphens";
        return Err(Problem::new(ProblemKind::NotFound).detail(detail).into());
    }
    let Wish { change, reason } = wish::read(sale, request)?;
    let change = ChangeOperations {
        who: caller.name.clone(),
        reason,
        change,
    };
    match send_change(store, &change).await? {
        ChangeReply::Changed { record } => Ok(reply(staff::SET_SALE, &ChangedSale { record })),
        ChangeReply::Refused { reason } => Err(invalid("", unchanged(&reason)).into()),
        ChangeReply::Conflict { reason } => {
            let problem = Problem::new(ProblemKind::Conflict);
            Err(problem.detail(unchanged(&reason)).into())
        }
    }
}

fn unchanged(reason: &str) -> String {
    format!("nothing was changed: {reason}")
}

fn shown(sale: SaleStanding, now: String) -> StaffSale {
    let SaleSession {
        number,
        gathers_at_ms,
        opens_at_ms,
        closes_at_ms,
    } = sale.session;
    StaffSale {
        id: sale.id,
        control: sale.control,
        session: StaffSession {
            number,
            gathers_at: rfc3339(gathers_at_ms),
            opens_at: rfc3339(opens_at_ms),
            closes_at: rfc3339(closes_at_ms),
        },
        state: sale.state,
        drawn: sale.drawn,
        tickets: sale.tickets,
        present_permille: sale.present_permille,
        called: sale.called,
        missed: sale.missed,
        called_per_minute: sale.called_per_minute,
        orders: sale.orders,
        available: sale.available,
        held: sale.held,
        stepped_at: sale.stepped_at_ms.map(rfc3339),
        now,
    }
}

/// A moment in milliseconds since 1970 as RFC 3339, in UTC; beyond the calendar its nearest moment.
fn rfc3339(at_ms: i64) -> String {
    // The last moment that RFC 3339 can write, 9999-12-31T23:59:59.999Z.
    const LAST_MS: i64 = 253_402_300_799_999;
    let at_ms = at_ms.clamp(0, LAST_MS);
    let moment = OffsetDateTime::from_unix_timestamp(at_ms / 1_000);
    let moment = moment.expect("a moment from 1970 to 9999 is in the calendar");
    let (date, time) = (moment.date(), moment.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (hour, minute, second) = time.as_hms();
    let ms = at_ms % 1_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (at_ms, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (1_790_000_000_123, "2026-09-21T14:13:20.123Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(at_ms), expected);
        }
    }
}
