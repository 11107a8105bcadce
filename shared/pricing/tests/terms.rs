//! Limits of terms, codes of series, and what a caller refuses.

#![allow(clippy::unwrap_used, missing_docs)]

use souk_domain::{Currency, Quantity};
use souk_pricing::{
    Action, Amounts, Chosen, Class, Context, Cut, Facts, GivenCode, Line, MarketPrices, Minimum,
    Percent, Price, Promotion, Quote, QuoteError, Reason, Run, Subject, Terms, TermsError, Title,
    quote,
};

/// A tenth off the order, for codes of its series.
fn promotion(id: &str) -> Promotion {
    Promotion {
        id: id.to_owned(),
        title: Title::default(),
        class: Class::Order,
        runs: vec![Run::default()],
        tiers: Vec::new(),
        priority: 0,
        group: None,
        is_exclusive: false,
        stacks_with: Vec::new(),
        codes: Some(Vec::new()),
        when: Minimum::default(),
        products: None,
        action: Action::Cut(Cut::Percent(Percent::parse("10").unwrap())),
        discount_max: Amounts::default(),
        uses_max: Some(1_000),
        uses_per_buyer_max: None,
    }
}

fn terms(promotions: Vec<Promotion>) -> Terms {
    Terms {
        promotions,
        ..Terms::plain("main", Currency::USD, "Etc/UTC", Vec::new())
    }
}

fn quoted(
    terms: &Terms,
    quantity: u32,
    codes: &[GivenCode<'_>],
    refused: &[(&str, Reason)],
) -> Result<Quote, QuoteError> {
    let price = Price {
        from_ms: 0,
        minor: Some(1_000_000_000_000),
        ..Price::default()
    };
    let facts = Facts {
        sku: "X".to_owned(),
        prices: vec![MarketPrices {
            market: "main".to_owned(),
            timeline: vec![price],
        }],
        ..Facts::default()
    };
    let line = Line {
        facts: &facts,
        quantity: Quantity::new(quantity).unwrap(),
        options: &Chosen::new(),
    };
    let context = Context {
        at_ms: 1,
        market: "main",
        place: None,
        codes,
        delivery: None,
        tier: None,
        refused,
    };
    quote(terms, &[line], &context)
}

#[test]
fn a_code_of_a_series_unlocks_its_promotion_and_no_other_code_does() {
    let terms = terms(vec![promotion("spring")]);
    let typed = GivenCode::new("SPRING-0001");
    let known = GivenCode {
        series_of: Some("spring"),
        ..typed
    };
    let total = |codes: &[GivenCode<'_>]| quoted(&terms, 1, codes, &[]).unwrap().total;
    assert_eq!(total(&[known]), 900_000_000_000);
    assert_eq!(total(&[typed]), 1_000_000_000_000);
    assert_eq!(total(&[]), 1_000_000_000_000);
}

#[test]
fn what_the_caller_refuses_is_reported_under_its_code() {
    let terms = terms(vec![promotion("spring")]);
    let code = GivenCode {
        text: "SPRING-0001",
        series_of: Some("spring"),
    };
    let quote = quoted(&terms, 1, &[code], &[("spring", Reason::UsedUp)]).unwrap();
    assert_eq!(quote.adjustments, []);
    assert_eq!(quote.not_applied.len(), 1);
    assert_eq!(quote.not_applied[0].subject, Subject::Code(0));
    assert_eq!(quote.not_applied[0].reason, Reason::UsedUp);
}

#[test]
fn an_amount_beyond_the_largest_is_no_quote() {
    let terms = terms(Vec::new());
    assert!(quoted(&terms, 9_000, &[], &[]).is_ok());
    assert_eq!(quoted(&terms, 10_000, &[], &[]), Err(QuoteError::TooLarge));
}

#[test]
fn too_many_promotions_and_too_many_bytes_are_refused() {
    let many = |count: usize| (0..count).map(|at| promotion(&at.to_string())).collect();
    assert!(terms(many(500)).encode().is_ok());
    assert_eq!(terms(many(501)).encode(), Err(TermsError::Promotions(501)));
    let mut long = promotion("long");
    long.title.own = "x".repeat(Terms::BYTES_MAX);
    let refused = terms(vec![long]).encode();
    assert!(matches!(refused, Err(TermsError::Bytes(bytes)) if bytes > Terms::BYTES_MAX));
}

#[test]
fn a_stamp_of_terms_changes_with_them() {
    let (one, other) = (terms(Vec::new()), terms(vec![promotion("spring")]));
    assert_eq!(one.stamp().to_string().len(), 16);
    assert_eq!(one.stamp(), terms(Vec::new()).stamp());
    assert_ne!(one.stamp(), other.stamp());
}
