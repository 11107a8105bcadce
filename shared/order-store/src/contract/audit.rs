//! Statements on the audit itself: it is what every other statement relies on.

use souk_protocol::origin::{Action, DriftKind, PaymentMethod};

use super::Fixture;
use super::life::{asked, paid_by};
use super::shop::{Drift, Shop, order};

pub(super) fn the_audit_counts_what_is_on_the_books<F: Fixture>(shop: &Shop<F>) {
    let audit = shop.audit();
    assert_eq!((audit.skus, audit.orders, audit.outbox), (0, 0, 0));
    shop.offer(&[("tea", 1_250, 10), ("cup", 400, 10), ("pot", 900, 0)]);
    shop.withdraw(&["cup"]);
    shop.accepted(&order("k", &[("tea", 1), ("tea", 2)]));
    shop.accepted(&order("l", &[("tea", 1)]));
    shop.submit(&order("l", &[("tea", 1)]));
    shop.submit(&order("m", &[("pot", 1)]));
    let audit = shop.audit();
    assert_eq!((audit.skus, audit.orders, audit.outbox), (3, 2, 2));
}

pub(super) fn a_store_has_a_name_that_stays_and_that_no_other_one_has<F: Fixture>(shop: &Shop<F>) {
    let name = shop.identity();
    assert_eq!(name.len(), 32, "{name}");
    assert!(name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    shop.offer(&[("tea", 1_250, 10)]);
    shop.accepted(&order("k", &[("tea", 1)]));
    assert_eq!(shop.identity(), name);
    assert_ne!(Shop::<F>::empty().identity(), name);
}

pub(super) fn the_audit_finds_a_planted_drift<F: Fixture>(_: &Shop<F>) {
    for drift in [
        Drift::Account,
        Drift::Supplied,
        Drift::Movements,
        Drift::Sales,
        Drift::Orders,
        Drift::Accounts,
        Drift::Outbox,
        Drift::Holds,
        Drift::Funds,
        Drift::History,
    ] {
        let shop = Shop::<F>::empty();
        shop.offer(&[("tea", 1_250, 10)]);
        shop.accepted(&order("k", &[("tea", 3)]));
        let amount = 3 * 1_250;
        let reference = "cash".to_owned();
        let paid = Action::ReceivePayment { amount, reference };
        shop.done(&asked("number-of-k", "p", paid));
        shop.done(&asked("number-of-k", "s", Action::Allocate));
        let held = paid_by(PaymentMethod::Card, "h", &[("tea", 1)]);
        shop.accepted(&held);
        shop.assert_the_books_balance();
        if !shop.plant(drift) {
            return;
        }
        let found = shop.audit().drift;
        let (subject, kinds) = planted(drift);
        for kind in kinds {
            let is_named = found.iter().any(|one| one.kind == *kind);
            assert!(is_named, "{drift:?} was not found: {found:?}");
        }
        for one in &found {
            assert!(kinds.contains(&one.kind), "{drift:?}: {one:?}");
            assert!(one.subject.contains(subject), "{drift:?}: {one:?}");
            let compared = match one.kind {
                DriftKind::Ledger => 4,
                DriftKind::Orders => 2,
                DriftKind::StrandedBucket
                | DriftKind::LackingBucket
                | DriftKind::Outbox
                | DriftKind::Hold
                | DriftKind::History
                | DriftKind::Funds => 0,
                DriftKind::Allowance => 1,
            };
            let numbers = [one.found.len(), one.expected.len()];
            assert_eq!(numbers, [compared; 2], "{one:?}");
            assert!(compared == 0 || one.found != one.expected, "{one:?}");
        }
    }
}

/// What the audit says of a damage: how the subjects are called, and of which kinds they are.
fn planted(drift: Drift) -> (&'static str, &'static [DriftKind]) {
    match drift {
        Drift::Supplied | Drift::Movements | Drift::Sales => ("tea", &[DriftKind::Ledger]),
        Drift::Account | Drift::Accounts => ("tea", &[DriftKind::Ledger, DriftKind::Orders]),
        Drift::Orders => ("tea", &[DriftKind::Orders]),
        Drift::Outbox => ("number-of-", &[DriftKind::Outbox, DriftKind::Hold]),
        Drift::Holds => ("number-of-", &[DriftKind::Hold]),
        Drift::Funds => ("number-of-", &[DriftKind::Funds]),
        Drift::History => ("number-of-", &[DriftKind::History]),
        Drift::Allowances | Drift::StrayAllowance => ("buyer:", &[DriftKind::Allowance]),
    }
}
