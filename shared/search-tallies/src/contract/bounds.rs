//! What is not kept: too many queries of a day, old days, personal data.

use souk_protocol::staff::SearchReport;
use souk_protocol::tallies::Tally;
use souk_sql::StoreError;

use super::shop::{Fixture, Shop, TODAY, row, tally};
use crate::{DAYS_KEPT, QUERIES_A_DAY_MAX};

pub(super) fn a_day_keeps_the_queries_that_were_counted_most_often<F: Fixture>(shop: &Shop<F>) {
    shop.add(&[tally("zz asked often", 7)], TODAY);
    shop.add(&[tally("zz of yesterday", 3)], TODAY - 1);
    let mut invented = 0;
    while invented < 2 * QUERIES_A_DAY_MAX {
        let batch: Vec<_> = (0..1_000)
            .map(|number| tally(&format!("invented {}", invented + number), 1))
            .collect();
        shop.add(&batch, TODAY);
        invented += 1_000;
        let stored = shop.fixture.stored();
        assert!(stored <= QUERIES_A_DAY_MAX + 1, "{stored} queries");
    }
    assert!(shop.fixture.stored() > QUERIES_A_DAY_MAX / 2);
    assert_eq!(
        shop.report(2).top,
        [
            row("zz asked often", 7, Some(0)),
            row("zz of yesterday", 3, Some(0))
        ]
    );
    // The same queries again are no more queries.
    for _ in 0..30 {
        shop.add(&vec![tally("zz asked often", 1); 1_000], TODAY);
    }
    assert_eq!(shop.report(1).top[0].count, 30_007);
}

pub(super) fn counts_are_forgotten_after_ninety_days<F: Fixture>(shop: &Shop<F>) {
    shop.add(&[tally("mug", 3)], TODAY - DAYS_KEPT + 1);
    shop.add(&[tally("plate", 3)], TODAY - DAYS_KEPT);
    shop.add(&[tally("cup", 1)], TODAY);
    assert_eq!(shop.fixture.stored(), 2);
    assert_eq!(shop.report(DAYS_KEPT).top, [row("mug", 3, Some(0))]);
}

pub(super) fn a_clock_that_goes_back_forgets_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.add(&[tally("mug", 3)], TODAY);
    shop.add(&[tally("cup", 3)], TODAY - 5_000);
    assert_eq!(shop.fixture.stored(), 2);
    assert_eq!(shop.report(1).top, [row("mug", 3, Some(0))]);
    shop.add(&[tally("mug", 1)], TODAY);
    assert_eq!(shop.fixture.stored(), 1);
}

pub(super) fn what_may_hold_personal_data_is_never_stored<F: Fixture>(shop: &Shop<F>) {
    let planted = [
        "li@lei.example",
        "4242 4242 4242 4242",
        "+49 30 901820",
        "a b c d e f g h i",
    ];
    let mut batch: Vec<_> = planted.map(|query| tally(query, 9)).into();
    batch.push(Tally {
        locale: "'; DROP TABLE search_tally; --".to_owned(),
        ..tally("mug", 9)
    });
    let batch = serde_json::to_string(&batch).expect("JSON");
    shop.receive(&batch).expect("the rest of a batch counts");
    assert_eq!(shop.fixture.stored(), 0);
    assert_eq!(shop.report(90), SearchReport::default());
}

pub(super) fn what_is_no_batch_is_refused_without_its_text<F: Fixture>(shop: &Shop<F>) {
    for batch in [
        "",
        "{}",
        "li@lei.example",
        "[{\"query\": \"li@lei.example\"}]",
    ] {
        match shop.receive(batch) {
            Err(StoreError::Rejected(text)) => assert!(!text.contains("lei"), "{text}"),
            other => panic!("{batch}: {other:?}"),
        }
    }
    shop.receive("[]").expect("an empty batch says nothing");
}
