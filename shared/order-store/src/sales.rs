//! Orders of a sale: in time, for as many units as one buyer may have, and one for each ticket.
//!
//! What a sale sells has SKUs of its own ([`souk_domain::sale_sku`]), and the facts of its offers say in
//! which session they are sold and how many to one buyer ([`souk_pricing::OfSale`]). The order rule
//! compares the stamp of these facts with those that the offer may be sold with, so no order can come
//! with a longer session or a higher limit than the shop has published.
//!
//! An order may have lines of several sales: each is sold in its own session, with its own limit. A
//! ticket is one of the waiting room of one of these sessions.
//!
//! Not here: how many units there are (they are stock), and whose turn it is (the room; the edge has
//! checked that a ticket was called).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use souk_domain::split_sale_sku;
use souk_pricing::{Facts, OfSale};
use souk_protocol::origin::SubmitOrder as Submit;

use crate::pricing::Price;
use crate::{NewOrder, StoreError, SubmitReply};

/// Bytes of a ticket's seed.
const SEED_BYTES: usize = 16;

/// Units of one item of a session that an order takes of what its buyer may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleUse {
    /// Number of the session.
    pub session: u32,
    /// The SKU of the sale.
    pub sku: String,
    /// How many.
    pub units: u32,
    /// How many one buyer may have.
    pub limit: u32,
}

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

/// Whether what a SKU names is sold in sales alone.
pub(crate) fn is_of_sale(sku: &str) -> bool {
    split_sale_sku(sku).is_some()
}

/// The refusal of an order of which a line comes before the opening of its session, or after the end;
/// `now_ms` in milliseconds since 1970.
///
/// # Errors
/// [`StoreError::Rejected`] for facts of another sale than the SKU's.
pub(crate) fn refusal(facts: &[Facts], now_ms: i64) -> Result<Option<SubmitReply>, StoreError> {
    for one in facts {
        let named = split_sale_sku(&one.sku).map(|(sale, _)| sale);
        if named != one.sale.as_ref().map(|of| of.sale.as_str()) {
            let text = "the facts of an offer are of another sale";
            return Err(StoreError::Rejected(text.to_owned()));
        }
    }
    let mut sessions = facts.iter().filter_map(|one| one.sale.as_ref());
    Ok(sessions.find_map(|session| out_of_time(session, now_ms)))
}

/// How long units of these sales are held while they are not paid, in milliseconds: as long as the
/// strictest of them says; `None` where none says it.
pub(crate) fn pay_within_ms(facts: &[Facts]) -> Option<i64> {
    let sessions = facts.iter().filter_map(|one| one.sale.as_ref());
    sessions.filter_map(|session| session.pay_within_ms).min()
}

fn out_of_time(session: &OfSale, now_ms: i64) -> Option<SubmitReply> {
    if now_ms < session.opens_at_ms {
        return Some(SubmitReply::NotOpen {
            opens_at_ms: session.opens_at_ms,
        });
    }
    (now_ms >= session.closes_at_ms).then_some(SubmitReply::SaleOver)
}

/// What the lines of an order take of what their buyer may have. Lines of one SKU are one use.
pub(crate) fn uses<D>(facts: &[Facts], submit: &Submit<D>) -> Vec<SaleUse> {
    let mut uses: Vec<SaleUse> = Vec::new();
    for (facts, line) in facts.iter().zip(&submit.lines) {
        let Some(of) = &facts.sale else {
            continue;
        };
        match uses.iter_mut().find(|known| known.sku == facts.sku) {
            Some(known) => known.units = known.units.saturating_add(line.quantity),
            None => uses.push(SaleUse {
                session: of.session,
                sku: facts.sku.clone(),
                units: line.quantity,
                limit: of.limit,
            }),
        }
    }
    uses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sale(sku: &str, sale: &str, session: u32) -> Facts {
        Facts {
            sku: sku.to_owned(),
            sale: Some(OfSale {
                sale: sale.to_owned(),
                session,
                opens_at_ms: 1_000,
                closes_at_ms: 2_000,
                limit: 2,
                pay_within_ms: None,
            }),
            ..Facts::default()
        }
    }

    fn plain(sku: &str) -> Facts {
        Facts {
            sku: sku.to_owned(),
            ..Facts::default()
        }
    }

    #[test]
    fn each_line_is_sold_in_the_session_of_its_own_sale() {
        let drop = of_sale("sale:drop:TEA", "drop", 1);
        // Another publish may have given the same number to a session of another sale.
        let mut later = of_sale("sale:other:MUG", "other", 1);
        let session = later.sale.as_mut().unwrap();
        (session.opens_at_ms, session.closes_at_ms) = (1_500, 3_000);
        session.pay_within_ms = Some(60_000);
        let both = [drop, plain("MUG"), later];
        let not_open = |opens_at_ms| Ok(Some(SubmitReply::NotOpen { opens_at_ms }));
        assert_eq!(refusal(&both, 999), not_open(1_000));
        assert_eq!(refusal(&both, 1_499), not_open(1_500));
        assert_eq!(refusal(&both, 1_500), Ok(None));
        assert_eq!(refusal(&both, 2_000), Ok(Some(SubmitReply::SaleOver)));
        assert_eq!(pay_within_ms(&both), Some(60_000));
        assert_eq!(refusal(&[plain("MUG")], 0), Ok(None));
        assert_eq!(pay_within_ms(&[plain("MUG")]), None);
    }

    #[test]
    fn facts_are_of_the_sale_that_the_sku_names() {
        for wrong in [
            [of_sale("sale:drop:TEA", "other", 1)],
            [of_sale("TEA", "drop", 1)],
            [plain("sale:drop:TEA")],
        ] {
            assert!(refusal(&wrong, 1_000).is_err(), "{wrong:?}");
        }
    }

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

    #[test]
    fn a_session_sells_from_its_opening_until_its_end() {
        let tea = of_sale("sale:drop:TEA", "drop", 1);
        let of = tea.sale.as_ref().unwrap();
        let not_open = SubmitReply::NotOpen { opens_at_ms: 1_000 };
        assert_eq!(out_of_time(of, 999), Some(not_open));
        assert_eq!(
            (out_of_time(of, 1_000), out_of_time(of, 1_999)),
            (None, None)
        );
        assert_eq!(out_of_time(of, 2_000), Some(SubmitReply::SaleOver));
    }
}
