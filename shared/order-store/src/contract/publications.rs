//! Statements on the list of catalogue versions.

use souk_protocol::origin::{
    PaymentMethod, PriceStamps, PriceTerms, PublishedTerms, SetTerms, StoredTerms,
};
use souk_protocol::staff::{Publication, PublicationChange, PublicationReply, Publications};

use super::Fixture;
use super::shop::{Shop, TERMS, order};
use crate::{SubmitReply, Terms};

const FORMAT: u32 = 3;

fn begin<F: Fixture>(shop: &Shop<F>, manifest: &str) -> Publication {
    begin_in(shop, manifest, FORMAT)
}

fn begin_in<F: Fixture>(shop: &Shop<F>, manifest: &str, format: u32) -> Publication {
    done(shop.publish(&PublicationChange::Begin {
        manifest: manifest.to_owned(),
        format,
        products: 20,
        variants: 50,
    }))
}

fn activate<F: Fixture>(shop: &Shop<F>, version: u64, expected: Option<u64>) -> PublicationReply {
    shop.publish(&PublicationChange::Activate { version, expected })
}

fn drop_it<F: Fixture>(shop: &Shop<F>, version: u64, grace_ms: i64) -> PublicationReply {
    shop.publish(&PublicationChange::Drop { version, grace_ms })
}

fn done(reply: PublicationReply) -> Publication {
    match reply {
        PublicationReply::Done { publication } => publication,
        other => panic!("not done: {other:?}"),
    }
}

fn current<F: Fixture>(shop: &Shop<F>, format: u32) -> Option<u64> {
    shop.publications().current.get(&format).copied()
}

fn find<F: Fixture>(shop: &Shop<F>, version: u64) -> Publication {
    let list = shop.publications().versions;
    let mut found = list.into_iter().filter(|one| one.version == version);
    found.next().expect("the version is there")
}

pub(super) fn nothing_is_published_at_first<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.publications(), Publications::default());
}

pub(super) fn a_version_is_begun_and_activated<F: Fixture>(shop: &Shop<F>) {
    let begun_at_ms = shop.now_ms();
    let begun = begin(shop, "m1");
    let expected = Publication {
        version: 1,
        manifest: "m1".to_owned(),
        format: FORMAT,
        products: 20,
        variants: 50,
        begun_at_ms,
        activated_at_ms: None,
        retired_at_ms: Some(begun_at_ms),
    };
    assert_eq!(begun, expected);
    assert_eq!(current(shop, FORMAT), None);
    let activated_at_ms = Some(shop.now_ms());
    let activated = done(activate(shop, 1, None));
    let expected = Publication {
        activated_at_ms,
        retired_at_ms: None,
        ..expected
    };
    assert_eq!(activated, expected);
    let list = Publications {
        current: [(FORMAT, 1)].into(),
        versions: vec![expected],
    };
    assert_eq!(shop.publications(), list);
}

pub(super) fn an_activation_that_expects_another_version_is_superseded<F: Fixture>(shop: &Shop<F>) {
    for manifest in ["m1", "m2", "m3"] {
        begin(shop, manifest);
    }
    let superseded = |current| PublicationReply::Superseded { current };
    assert_eq!(activate(shop, 1, Some(2)), superseded(None));
    done(activate(shop, 1, None));
    let list = shop.publications();
    assert_eq!(activate(shop, 2, None), superseded(Some(1)));
    assert_eq!(activate(shop, 2, Some(3)), superseded(Some(1)));
    assert_eq!(activate(shop, 9, None), PublicationReply::Unknown);
    assert_eq!(shop.publications(), list);
    done(activate(shop, 2, Some(1)));
    assert_eq!(current(shop, FORMAT), Some(2));
}

pub(super) fn activating_the_published_version_again_is_done_already<F: Fixture>(shop: &Shop<F>) {
    begin(shop, "m1");
    let first = done(activate(shop, 1, None));
    assert_eq!(done(activate(shop, 1, None)), first);
    assert_eq!(done(activate(shop, 1, Some(1))), first);
}

pub(super) fn activating_an_unknown_version_is_refused<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(activate(shop, 1, None), PublicationReply::Unknown);
    begin(shop, "m1");
    done(activate(shop, 1, None));
    let list = shop.publications();
    assert_eq!(activate(shop, 2, Some(1)), PublicationReply::Unknown);
    assert_eq!(activate(shop, u64::MAX, Some(1)), PublicationReply::Unknown);
    assert_eq!(shop.publications(), list);
}

pub(super) fn rolling_back_activates_an_old_version<F: Fixture>(shop: &Shop<F>) {
    begin(shop, "m1");
    begin(shop, "m2");
    done(activate(shop, 1, None));
    let retired_at_ms = Some(shop.now_ms());
    done(activate(shop, 2, Some(1)));
    assert_eq!(find(shop, 1).retired_at_ms, retired_at_ms);
    let back_at_ms = Some(shop.now_ms());
    let back = done(activate(shop, 1, Some(2)));
    assert_eq!(
        (back.activated_at_ms, back.retired_at_ms),
        (back_at_ms, None)
    );
    assert_eq!(find(shop, 2).retired_at_ms, back_at_ms);
    assert_eq!(current(shop, FORMAT), Some(1));
}

pub(super) fn formats_are_published_and_rolled_back_beside_each_other<F: Fixture>(shop: &Shop<F>) {
    const NEXT: u32 = FORMAT + 1;
    begin(shop, "m1");
    begin(shop, "m2");
    begin_in(shop, "n3", NEXT);
    begin_in(shop, "n4", NEXT);
    done(activate(shop, 2, None));
    let of_the_first = find(shop, 2);
    // No version of the next format is published, although one of the other format is.
    let superseded = PublicationReply::Superseded { current: None };
    assert_eq!(activate(shop, 3, Some(2)), superseded);
    done(activate(shop, 3, None));
    done(activate(shop, 4, Some(3)));
    assert_eq!(find(shop, 2), of_the_first);
    let list = shop.publications();
    assert_eq!(list.current, [(FORMAT, 2), (NEXT, 4)].into());
    let of_the_next = find(shop, 4);
    done(activate(shop, 1, Some(2)));
    assert_eq!(find(shop, 4), of_the_next);
    done(activate(shop, 3, Some(4)));
    assert_eq!(
        (current(shop, FORMAT), current(shop, NEXT)),
        (Some(1), Some(3))
    );
    shop.pass(1_000_000);
    for published in [1, 3] {
        assert_eq!(drop_it(shop, published, 0), PublicationReply::InUse);
    }
    done(drop_it(shop, 4, 0));
    assert_eq!(current(shop, NEXT), Some(3));
}

pub(super) fn the_same_manifest_is_taken_up_again<F: Fixture>(shop: &Shop<F>) {
    let first = begin(shop, "m1");
    let again_at_ms = Some(shop.now_ms());
    let again = begin(shop, "m1");
    let expected = Publication {
        retired_at_ms: again_at_ms,
        ..first
    };
    assert_eq!(again, expected);
    assert_eq!(shop.publications().versions, [expected]);
}

pub(super) fn taking_up_the_published_manifest_leaves_it_published<F: Fixture>(shop: &Shop<F>) {
    begin(shop, "m1");
    let activated = done(activate(shop, 1, None));
    assert_eq!(begin(shop, "m1"), activated);
    assert_eq!(current(shop, FORMAT), Some(1));
}

pub(super) fn the_published_version_is_not_dropped<F: Fixture>(shop: &Shop<F>) {
    begin(shop, "m1");
    done(activate(shop, 1, None));
    shop.pass(1_000_000);
    assert_eq!(drop_it(shop, 1, 0), PublicationReply::InUse);
    assert_eq!(current(shop, FORMAT), Some(1));
}

pub(super) fn a_version_is_dropped_after_its_grace_and_not_before<F: Fixture>(shop: &Shop<F>) {
    begin(shop, "m1");
    begin(shop, "m2");
    done(activate(shop, 1, None));
    done(activate(shop, 2, Some(1)));
    // The next call is 999 milliseconds after the retirement, the one after it 1,000.
    shop.pass(998);
    assert_eq!(drop_it(shop, 1, 1_000), PublicationReply::InUse);
    let retired = find(shop, 1);
    assert_eq!(done(drop_it(shop, 1, 1_000)), retired);
    assert_eq!(drop_it(shop, 1, 1_000), PublicationReply::Unknown);
    let left: Vec<_> = shop
        .publications()
        .versions
        .iter()
        .map(|one| one.version)
        .collect();
    assert_eq!(left, [2]);
    assert_eq!(drop_it(shop, u64::MAX, 0), PublicationReply::Unknown);
}

pub(super) fn numbers_ascend_and_are_not_used_again<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(begin(shop, "m1").version, 1);
    assert_eq!(begin(shop, "m1").version, 1);
    assert_eq!(begin(shop, "m2").version, 2);
    done(drop_it(shop, 2, 0));
    assert_eq!(begin(shop, "m2").version, 3);
    assert_eq!(begin(shop, "m3").version, 4);
}

fn orders(stamp: &str) -> PublishedTerms {
    PublishedTerms {
        stamp: stamp.to_owned(),
        payment_methods: vec![PaymentMethod::Card, PaymentMethod::Transfer],
        express_fee: Some(1_500),
        card_hold_ms: 900_000,
        transfer_hold_ms: 172_800_000,
    }
}

/// Terms of orders, and of prices where they are named.
fn terms(stamp: &str, prices: Option<&str>) -> SetTerms {
    SetTerms {
        orders: orders(stamp),
        prices: prices.map(|stamp| PriceTerms {
            stamp: stamp.to_owned(),
            blob: format!("blob of {stamp}"),
        }),
        revoked: Vec::new(),
    }
}

pub(super) fn terms_are_kept_with_those_before_them<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.terms(), None);
    let since_ms = shop.set_terms(&terms("a", None));
    let first = StoredTerms {
        current: orders("a"),
        before: None,
        since_ms,
        prices: PriceStamps::default(),
        revoked: Vec::new(),
    };
    assert_eq!(shop.terms(), Some(first.clone()));
    // A step of publishing may be repeated.
    shop.set_terms(&terms("a", None));
    assert_eq!(shop.terms(), Some(first));
    let since_ms = shop.set_terms(&terms("b", None));
    let second = StoredTerms {
        current: orders("b"),
        before: Some(orders("a")),
        since_ms,
        prices: PriceStamps::default(),
        revoked: Vec::new(),
    };
    assert_eq!(shop.terms(), Some(second));
}

pub(super) fn terms_of_prices_are_kept_with_those_before_them_and_no_others<F: Fixture>(
    shop: &Shop<F>,
) {
    let kept = |stamp: &str| shop.price_terms(stamp);
    let blob = |stamp: &str| Some(format!("blob of {stamp}"));
    shop.set_terms(&terms("a", Some("p1")));
    let orders_since = shop.terms().expect("terms").since_ms;
    let since_ms = shop.set_terms(&terms("a", Some("p2")));
    let stored = shop.terms().expect("terms");
    let stamps = PriceStamps {
        current: Some("p2".to_owned()),
        before: Some("p1".to_owned()),
        since_ms,
    };
    assert_eq!((stored.prices, stored.since_ms), (stamps, orders_since));
    assert_eq!([kept("p1"), kept("p2")], [blob("p1"), blob("p2")]);
    shop.set_terms(&terms("a", Some("p2")));
    assert_eq!(shop.terms().expect("terms").prices.since_ms, since_ms);
    shop.set_terms(&terms("b", Some("p3")));
    assert_eq!(
        [kept("p1"), kept("p2"), kept("p3")],
        [None, blob("p2"), blob("p3")]
    );
    // A rollback.
    shop.set_terms(&terms("a", Some("p2")));
    assert_eq!([kept("p2"), kept("p3")], [blob("p2"), blob("p3")]);
    shop.set_terms(&terms("a", None));
    let stored = shop.terms().expect("terms").prices;
    assert_eq!(
        (stored.current, stored.before),
        (None, Some("p2".to_owned()))
    );
    assert_eq!([kept("p2"), kept("p3")], [blob("p2"), None]);
}

pub(super) fn a_new_order_under_other_terms_than_shown_is_refused<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("MUG", 1_000, 5)]);
    let others = Terms {
        are_as_shown: false,
        ..TERMS
    };
    let order = order("key", &[("MUG", 2)]);
    assert_eq!(shop.submit_by(&others, &order), SubmitReply::TermsChanged);
    assert_eq!(shop.accounts(&["MUG"])[0].available, 5);
    let placed = shop.submit_by(&TERMS, &order);
    assert!(matches!(placed, SubmitReply::Accepted { .. }), "{placed:?}");
    // What is placed is placed: its key finds it under any terms.
    let again = shop.submit_by(&others, &order);
    assert!(matches!(again, SubmitReply::Exists { .. }), "{again:?}");
    assert_eq!(shop.accounts(&["MUG"])[0].available, 3);
}

pub(super) fn an_order_by_a_method_that_is_not_offered_is_refused<F: Fixture>(shop: &Shop<F>) {
    shop.offer(&[("MUG", 1_000, 5)]);
    let order = order("key", &[("MUG", 1)]);
    let mut without = TERMS;
    match order.details.payment {
        PaymentMethod::OnDelivery => without.methods.on_delivery = false,
        PaymentMethod::Transfer => without.methods.transfer = false,
        PaymentMethod::Card => without.methods.card = false,
    }
    assert_eq!(shop.submit_by(&without, &order), SubmitReply::TermsChanged);
    let placed = shop.submit_by(&TERMS, &order);
    assert!(matches!(placed, SubmitReply::Accepted { .. }), "{placed:?}");
}

pub(super) fn a_promotion_stays_revoked_through_publishes_until_that_is_taken_back<F: Fixture>(
    shop: &Shop<F>,
) {
    let nothing: [&str; 0] = [];
    // Nothing is published that could be revoked.
    assert_eq!(shop.revoke("gift", false), nothing);
    shop.set_terms(&terms("a", Some("p1")));
    assert_eq!(shop.revoke("welcome", false), ["welcome"]);
    assert_eq!(shop.revoke("gift", false), ["gift", "welcome"]);
    assert_eq!(shop.revoke("gift", false), ["gift", "welcome"]);
    shop.set_terms(&terms("b", Some("p2")));
    assert_eq!(shop.revoke("gift", true), ["welcome"]);
    assert_eq!(shop.revoke("gift", true), ["welcome"]);
    let stored = shop.terms().expect("terms");
    assert_eq!(
        (stored.current.stamp.as_str(), stored.revoked.len()),
        ("b", 1)
    );
    assert_eq!(stored.prices.current.as_deref(), Some("p2"));
}
