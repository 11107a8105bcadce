//! How an order is paid by bank transfer: where the money goes, how much, by when, and what to write
//! beside it.

use maud::{Markup, html};
use souk_protocol::origin::{PaymentMethod, Status};

use crate::language::said;
use crate::view::{OrderView, Site};
use crate::{format, language::Said};

/// The instructions, while an order waits for a transfer and the shop names an account.
pub(super) fn instructions(site: &Site<'_>, view: &OrderView) -> Markup {
    let (order, progress) = (&view.record.order, &view.record.progress);
    let waits = progress.status == Status::AwaitingPayment
        && order.details.payment == PaymentMethod::Transfer;
    let account = site.shop.payment.account.as_ref().filter(|_| waits);
    let Some(account) = account else {
        return html! {};
    };
    let words = site.words;
    let note = said(site, &account.note);
    let due = progress
        .hold_until_ms
        .and_then(|until_ms| format::moment(site, until_ms));
    let row = |name: &str, value: &Said<'_>| {
        html! { div { dt { (name) } dd lang=[value.lang] { (value.text) } } }
    };
    html! {
        section.transfer aria-labelledby="transfer" {
            h2 #transfer { (words.transfer_title()) }
            dl.facts {
                (row(words.transfer_amount(), &Said::plain(format::order_money(site, order, order.total))))
                (row(words.transfer_holder(), &Said::plain(&account.holder)))
                (row(words.transfer_account(), &Said::plain(&account.number)))
                @if let Some(bic) = &account.bic { (row(words.transfer_bic(), &Said::plain(bic))) }
                @if let Some(bank) = &account.bank {
                    (row(words.transfer_bank(), &Said::plain(bank)))
                }
                (row(words.transfer_reference(), &Said::plain(&order.id)))
                @if let Some((human, machine)) = due {
                    div {
                        dt { (words.transfer_due()) }
                        dd { time datetime=(machine) { (human) } }
                    }
                }
            }
            @if !note.text.is_empty() { p lang=[note.lang] { (note.text) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_shop::Account;

    use super::*;
    use crate::sample;

    #[test]
    fn an_order_that_waits_for_a_transfer_says_where_the_money_goes() {
        let mut site = sample::site(sample::EN);
        let order = sample::order();
        assert_eq!(instructions(&site, &order).into_string(), "");
        let mut shop = site.shop.clone();
        shop.payment.account = Some(Account {
            holder: "Souk <Ltd>".to_owned(),
            number: "GB33 BUKB 2020 1555 5555 55".to_owned(),
            bic: Some("BUKBGB22".to_owned()),
            ..Account::default()
        });
        site.shop = &shop;
        let html = instructions(&site, &order).into_string();
        for needed in [
            "Souk &lt;Ltd&gt;",
            "GB33 BUKB",
            "BUKBGB22",
            "S-1001",
            "$528.00",
            "<time",
        ] {
            assert!(html.contains(needed), "{needed}: {html}");
        }
        let mut paid = sample::order();
        paid.record.progress.status = Status::Confirmed;
        assert_eq!(instructions(&site, &paid).into_string(), "");
    }
}
