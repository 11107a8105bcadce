//! The journal: it is printed as it was written, and only grows.

use souk_operations::{Change, verify};
use souk_sql::StoreError;

use super::shop::{Fixture, Shop, level};
use crate::Stored;

pub(super) fn what_the_journal_prints_is_verified<F: Fixture>(shop: &Shop<F>) {
    let reasons = ["it's \"loud\" \\ /", "搜索已关闭 🍵", ""];
    for (number, reason) in (1..).zip(reasons) {
        shop.change(number, reason);
    }
    let head = shop.read().state.journal().head().to_owned();
    let verified = verify(&shop.journal(0, 500), Some(&head)).expect("it holds together");
    assert_eq!(verified.records, 3);
}

pub(super) fn a_journal_is_read_in_pages<F: Fixture>(shop: &Shop<F>) {
    let records = (0..5).map(|number| shop.change(number, "a step"));
    let lines: Vec<_> = records.map(|record| souk_sql::json(&record)).collect();
    let page = |after, limit| -> Vec<String> {
        let text = shop.journal(after, limit);
        text.lines().map(str::to_owned).collect()
    };
    assert_eq!(page(0, 2), lines[..2]);
    assert_eq!(page(2, 2), lines[2..4]);
    assert_eq!(page(4, 2), lines[4..]);
    assert_eq!(page(5, 2), lines[..0]);
    assert_eq!(page(0, 500).len(), 5);
}

pub(super) fn a_record_that_does_not_follow_leaves_nothing<F: Fixture>(shop: &Shop<F>) {
    let first = shop.change(1, "the first");
    let Stored { version, state } = shop.read();
    let Change { next, record } = level(&state, 2, "the second");
    let mut twice = first.clone();
    let mut skips = record.clone();
    let mut forgets = record.clone();
    twice.prev = first.hash;
    skips.seq += 1;
    forgets.prev = first.prev;
    for wrong in [twice, skips, forgets] {
        // Also where a right one stands before it.
        for records in [vec![wrong.clone()], vec![record.clone(), wrong]] {
            let refused = shop.replace(version, &next, &records);
            assert!(
                matches!(refused, Err(StoreError::Corrupt(_))),
                "{refused:?}"
            );
            assert_eq!(
                shop.read(),
                Stored {
                    version,
                    state: state.clone()
                }
            );
            assert_eq!(shop.journal(0, 10).lines().count(), 1);
        }
    }
    assert_eq!(shop.replace(version, &next, &[record]), Ok(true));
}

pub(super) fn a_record_is_neither_changed_nor_removed<F: Fixture>(shop: &Shop<F>) {
    shop.change(1, "the first");
    shop.change(2, "the second");
    let before = shop.journal(0, 10);
    for statement in [
        "UPDATE operations_journal SET line = replace(line, 'Ada', 'Eve')",
        "UPDATE operations_journal SET seq = 7 WHERE seq = 2",
        "DELETE FROM operations_journal",
        "DELETE FROM operations_journal WHERE seq = 2",
        "INSERT OR REPLACE INTO operations_journal SELECT seq, line FROM operations_journal",
        "INSERT INTO operations_journal VALUES (9, '{}')",
    ] {
        assert!(shop.fixture.run(statement).is_err(), "{statement}");
        assert_eq!(shop.journal(0, 10), before, "{statement}");
    }
}
