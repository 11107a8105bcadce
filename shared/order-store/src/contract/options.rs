//! Statements on options of lines: they are part of the price and of what goes back, lines of one SKU
//! share its units, and what the buyer typed is sealed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use souk_domain::Currency;
use souk_pricing::{Amount, Amounts, LineOption, OptionKind, Terms, Title};
use souk_protocol::origin::{Action, PaymentMethod, Personal, SubmitReply as Reply};

use super::Fixture;
use super::life::{asked, paid_by};
use super::prices::{facts, offer, quoted, terms};
use super::shop::Shop;
use crate::{StoredOrder, SubmitOrder, standing};

/// An engraving for 3.00, on whatever is sold.
fn with_engraving() -> Terms {
    let currency = Currency::parse("EUR").expect("a currency");
    let engraving = LineOption {
        id: "engraving".to_owned(),
        title: Title {
            own: "Engraving".to_owned(),
            others: vec![("de".to_owned(), "Gravur".to_owned())],
        },
        products: None,
        kind: OptionKind::Text { chars_max: 20 },
        is_required: false,
        surcharge: Amounts(vec![Amount {
            currency,
            minor: 300,
        }]),
        lead_days: 2,
    };
    Terms {
        options: vec![engraving],
        ..terms(None, None)
    }
}

/// Two units with an engraving and one without, of tea for 10.00: 2,340 and 900 are left of them after
/// the reduction, with 234 and 90 of tax; the delivery costs 550.
fn engraved<F: Fixture>(shop: &Shop<F>) -> SubmitOrder {
    let tea = facts(1_000);
    let order = paid_by(PaymentMethod::Transfer, "k", &[("tea", 2), ("tea", 1)]);
    let mut submit = quoted(shop, order, &tea);
    submit.lines[1].facts = Some(STANDARD.encode(tea.encode()));
    submit.lines[0].options.insert("engraving".to_owned(), None);
    let shown = submit.quote.as_mut().expect("a quote");
    shown.terms = with_engraving().stamp().to_string();
    shown.total = 2_340 + 234 + 900 + 90 + 550;
    submit
}

fn placed<F: Fixture>(shop: &Shop<F>, submit: &SubmitOrder) -> StoredOrder {
    match shop.submit_quoted(&with_engraving(), submit) {
        Reply::Accepted { order, .. } => *order,
        other => panic!("not accepted: {other:?}"),
    }
}

pub(super) fn options_are_in_the_price_and_lines_of_one_sku_share_its_units<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.define(vec![offer(&[&facts(1_000)], 3)]);
    let submit = engraved(shop);
    let order = placed(shop, &submit);
    let prices: Vec<_> = order.lines.iter().map(|line| line.unit_price).collect();
    assert_eq!(prices, [1_300, 1_000]);
    assert_eq!(shop.units("tea"), [3, 0, 3, 0]);
    let options = order.breakdown().expect("a breakdown").options;
    let [one] = options.as_slice() else {
        panic!("{options:?}");
    };
    assert_eq!((one.line, one.option.id.as_str()), (0, "engraving"));
    assert_eq!(
        (one.option.title.as_str(), one.option.surcharge),
        ("Gravur", 300)
    );
    assert_eq!(one.option.value, None, "a text is personal");
    assert_eq!(shop.order(&order.id), Some(order));
}

pub(super) fn options_that_there_are_not_are_refused_and_nothing_is_written<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.define(vec![offer(&[&facts(1_000)], 3)]);
    let books = shop.books();
    let refused = Reply::QuoteChanged { total: None };
    let mut other = engraved(shop);
    other.lines[1].options.insert("gilding".to_owned(), None);
    assert_eq!(shop.submit_quoted(&with_engraving(), &other), refused);
    // By terms without options, and by those of an offer.
    let submit = engraved(shop);
    assert_eq!(shop.submit_quoted(&terms(None, None), &submit), refused);
    let plain = SubmitOrder {
        quote: None,
        ..submit
    };
    assert_eq!(shop.submit(&plain), refused);
    assert_eq!(shop.books(), books);
}

pub(super) fn units_with_options_that_are_taken_off_give_back_their_surcharges<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.define(vec![offer(&[&facts(1_000)], 3)]);
    let order = placed(shop, &engraved(shop));
    let keep = |line, quantity| Action::SetQuantity { line, quantity };
    let record = shop.done(&asked(&order.id, "x", keep(0, 1)));
    let stands = standing(record.order, &record.progress);
    assert_eq!(stands.total, order.total - 1_170 - 117);
    let record = shop.done(&asked(&order.id, "y", keep(0, 0)));
    let stands = standing(record.order, &record.progress);
    assert_eq!(
        stands.total,
        900 + 90 + 550,
        "as if it had never been there"
    );
    // The line keeps its place, and so its options.
    let options = stands.breakdown().expect("a breakdown").options;
    assert_eq!(options.len(), 1);
}

pub(super) fn texts_of_options_are_kept_with_the_other_personal_fields<F: Fixture>(shop: &Shop<F>) {
    shop.define(vec![offer(&[&facts(1_000)], 3)]);
    let mut submit = engraved(shop);
    let Personal::Unsealed(fields) = &mut submit.details.personal else {
        panic!("the contract stores them open");
    };
    let text = ("0/engraving".to_owned(), "Für Anna".to_owned());
    fields.texts.extend([text.clone()]);
    let order = placed(shop, &submit);
    let Personal::Unsealed(kept) = &order.details.personal else {
        panic!("the contract stores them open");
    };
    assert_eq!(kept.texts, [text].into());
    let lines = serde_json::to_string(&(&order.lines, &order.breakdown)).expect("JSON");
    assert!(!lines.contains("Anna"), "{lines}");
}
