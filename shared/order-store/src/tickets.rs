//! Tickets of a waiting room with which orders are let in: how they are written, and how an order with one
//! is listed for the usher.
//!
//! A ticket is of a session that a line of the order has. That it has one order is an allowance
//! (`allowances`).
//!
//! Not here: whose turn it is (the room; the edge has checked that a ticket was called).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::pricing::Price;
use crate::sales::SaleUse;
use crate::{NewOrder, StoreError};

/// Bytes of a ticket's seed.
const SEED_BYTES: usize = 16;

/// An order with a ticket, as it is listed for the usher of the waiting room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedTicket {
    /// Number of the session.
    pub session: u32,
    /// The place of the ticket.
    pub rank: String,
    /// Units that the order has of the session.
    pub units: u32,
}

/// How an order with a ticket is listed; `None` without one.
pub(crate) fn listed(new: NewOrder<'_>) -> Option<ListedTicket> {
    let ticket = new.submit.ticket.as_deref()?;
    let units = of_session(new.price, ticket.session).map(|one| one.units);
    Some(ListedTicket {
        session: ticket.session,
        rank: ticket.rank.clone(),
        units: units.fold(0, u32::saturating_add),
    })
}

/// Refuses a ticket that no waiting room has given, and one of a session of which the order has nothing.
/// An order that is refused for its price is not looked at: nothing is known of its sessions.
///
/// # Errors
/// [`StoreError::Rejected`] for these.
pub(crate) fn check_ticket(new: NewOrder<'_>) -> Result<(), StoreError> {
    let Some(ticket) = new.submit.ticket.as_deref() else {
        return Ok(());
    };
    let rejected = |text: &str| Err(StoreError::Rejected(text.to_owned()));
    if !is_rank(&ticket.rank) || !is_seed(&ticket.seed) {
        return rejected("the ticket of an order is none");
    }
    let is_known = !matches!(new.price, Price::Refused(_));
    if is_known && of_session(new.price, ticket.session).next().is_none() {
        return rejected("the ticket of an order is of a session that none of its lines has");
    }
    Ok(())
}

/// What an order has of a session.
fn of_session(price: &Price, session: u32) -> impl Iterator<Item = &SaleUse> {
    let of_sale = match price {
        Price::Quoted(priced) => priced.of_sale.as_slice(),
        // Without facts nothing is of a sale.
        Price::OfOffers | Price::Refused(_) => &[],
    };
    of_sale.iter().filter(move |one| one.session == session)
}

/// Whether this is written as a place: ranks compare as texts, so each has one way.
fn is_rank(rank: &str) -> bool {
    let place = rank.strip_prefix("0-").or_else(|| rank.strip_prefix("1-"));
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    place.is_some_and(|place| place.len() == 16 && place.bytes().all(is_digit))
}

/// Whether this is written as a seed, which has one way too: the same ticket has the same account.
fn is_seed(seed: &str) -> bool {
    let decoded = URL_SAFE_NO_PAD.decode(seed);
    decoded.is_ok_and(|bytes| bytes.len() == SEED_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_and_a_seed_are_written_in_one_way() {
        for rank in ["0-00000000000000ff", "1-0123456789abcdef"] {
            assert!(is_rank(rank), "{rank}");
        }
        for other in [
            "",
            "0-",
            "2-0123456789abcdef",
            "1-0123456789ABCDEF",
            "1-0123456789abcde",
            "1-0123456789abcdef0",
            "1-0123456789abcdeg",
            "0123456789abcdef",
        ] {
            assert!(!is_rank(other), "{other}");
        }
        for seed in ["AAAAAAAAAAAAAAAAAAAAAA", "_-AAAAAAAAAAAAAAAAAAAQ"] {
            assert!(is_seed(seed), "{seed}");
        }
        for other in [
            "",
            "AAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAA==",
            // The same bytes as the first, if what is left over were ignored.
            "AAAAAAAAAAAAAAAAAAAAAB",
            "+/AAAAAAAAAAAAAAAAAAAQ",
            "AAAAAAAAAAAAAAAAAAAA A",
        ] {
            assert!(!is_seed(other), "{other}");
        }
    }
}
