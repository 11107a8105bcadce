//! Numbers of clients.

use std::thread;

use souk_operations::{Allowed, Rate};

use super::shop::{Fixture, NOW_MS, Shop};
use crate::rates::RateCounters;

const RATE: Rate = Rate {
    quota: 5,
    window_s: 60,
};

pub(super) fn a_client_has_its_quota_in_every_process<F: Fixture>(shop: &Shop<F>) {
    for left in (0..5).rev() {
        let allowed = shop.take("order:one", RATE, NOW_MS);
        assert!(
            matches!(allowed, Allowed::Yes { remaining, .. } if remaining == left),
            "{allowed:?}"
        );
    }
    let refused = Allowed::No { retry_after_s: 12 };
    assert_eq!(shop.take("order:one", RATE, NOW_MS), refused);
    let other = shop.take("order:other", RATE, NOW_MS);
    assert!(matches!(other, Allowed::Yes { remaining: 4, .. }));
    let later = shop.take("order:one", RATE, NOW_MS + 12_000);
    assert!(matches!(later, Allowed::Yes { remaining: 0, .. }));
}

pub(super) fn clients_at_the_same_moment_get_no_more_than_the_quota<F: Fixture>(shop: &Shop<F>) {
    let fixture = &shop.fixture;
    let allowed = thread::scope(|scope| {
        let takers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let store = fixture.open();
                    let mut allowed = 0;
                    for _ in 0..5 {
                        let taken = fixture.block_on(async {
                            loop {
                                // An engine that is busy is asked again.
                                if let Ok(taken) = store.take("order:one", RATE, NOW_MS).await {
                                    return taken;
                                }
                            }
                        });
                        allowed += u32::from(matches!(taken, Allowed::Yes { .. }));
                    }
                    allowed
                })
            })
            .collect();
        let all = takers
            .into_iter()
            .map(|taker| taker.join().expect("it counts"));
        all.sum::<u32>()
    });
    assert_eq!(allowed, RATE.quota);
}

pub(super) fn a_client_whose_quota_is_whole_is_forgotten<F: Fixture>(shop: &Shop<F>) {
    for number in 0..10 {
        shop.take(&format!("order:{number}"), RATE, NOW_MS);
    }
    let whole_ms = NOW_MS + 60_000;
    for number in 10..20 {
        shop.take(&format!("order:{number}"), RATE, whole_ms);
    }
    // Fails where a row of the first ten is left.
    let check = format!(
        "INSERT INTO operations_rate (name, full_us)
        SELECT name, full_us FROM operations_rate WHERE full_us <= {whole_ms} * 1000"
    );
    assert_eq!(shop.fixture.run(&check), Ok(()));
}
