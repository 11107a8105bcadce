//! Statements on the audit itself: it is what every other statement relies on.

use souk_protocol::life::Action;
use souk_protocol::trade::PaymentMethod;

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
        let named = match drift {
            Drift::Account
            | Drift::Supplied
            | Drift::Movements
            | Drift::Sales
            | Drift::Orders
            | Drift::Accounts => "tea",
            Drift::Outbox | Drift::Holds | Drift::Funds | Drift::History => "number-of-",
        };
        assert!(!found.is_empty(), "{drift:?} was not found");
        assert!(
            found.iter().all(|sentence| sentence.contains(named)),
            "{found:?}"
        );
    }
}
