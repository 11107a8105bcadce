//! Orders of a sale: in time, and for as many units as one buyer may have.
//!
//! What a sale sells has SKUs of its own ([`souk_domain::sale_sku`]), and the facts of its offers say in
//! which session they are sold and how many to one buyer ([`souk_pricing::OfSale`]). The order rule
//! compares the stamp of these facts with those that the offer may be sold with, so no order can come
//! with a longer session or a higher limit than the shop has published.
//!
//! An order may have lines of several sales: each is sold in its own session, with its own limit.
//!
//! Not here: how many units there are (they are stock), tickets of a waiting room (`tickets`), and whose
//! turn it is (the room).

use souk_domain::split_sale_sku;
use souk_pricing::{Facts, OfSale};
use souk_protocol::origin::SubmitOrder as Submit;

use crate::{StoreError, SubmitReply};

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
