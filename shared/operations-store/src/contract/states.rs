//! States: what is read back, and what becomes of writers at the same moment.

use std::sync::Barrier;
use std::thread;

use souk_operations::{Change, Command, Manual, Operations, Setting, Switch, verify};
use souk_sql::StoreError;

use super::shop::{Fixture, NOW_MS, Shop, level};
use crate::{OperationsStore, Stored};

pub(super) fn an_empty_store_has_everything_on<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.read(), Stored::default());
    assert_eq!(shop.journal(0, 10), "");
}

pub(super) fn a_state_is_read_back_with_all_that_it_has<F: Fixture>(shop: &Shop<F>) {
    shop.change(3, "a crowd");
    let Stored { version, state } = shop.read();
    let command = Command::Set(Manual {
        switch: Switch::Search,
        setting: Setting::Closed,
        until_ms: NOW_MS + 60_000,
    });
    let change = state.change(command, "Ada", "", NOW_MS);
    let Change { mut next, record } = change.expect("the search can be closed");
    next.next_pulse(Vec::new(), NOW_MS);
    assert_eq!(shop.replace(version, &next, &[record]), Ok(true));
    let read = shop.read();
    assert_eq!((read.version, &read.state), (version + 1, &next));
    // As another connection reads it.
    let other = shop.fixture.open();
    assert_eq!(shop.fixture.block_on(other.read()), Ok(read));
}

pub(super) fn a_state_without_a_record_is_stored<F: Fixture>(shop: &Shop<F>) {
    let mut state = Operations::default();
    let stamp = state.next_pulse(Vec::new(), NOW_MS).stamp;
    assert_eq!(shop.replace(0, &state, &[]), Ok(true));
    assert_eq!(shop.read().state.stamp(), stamp);
    assert_eq!(shop.journal(0, 10), "");
}

pub(super) fn of_two_writers_with_the_same_version_one_writes<F: Fixture>(shop: &Shop<F>) {
    let Stored { version, state } = shop.read();
    let (first, second) = (level(&state, 1, "first"), level(&state, 2, "second"));
    assert_eq!(
        shop.replace(version, &first.next, &[first.record]),
        Ok(true)
    );
    let late = shop.replace(version, &second.next, &[second.record]);
    assert_eq!(late, Ok(false));
    assert_eq!(shop.read().state, first.next);
    assert_eq!(shop.journal(0, 10).lines().count(), 1);
    // A version that is still to come is no better.
    let early = shop.replace(version + 2, &second.next, &[]);
    assert_eq!(early, Ok(false));
}

pub(super) fn writers_at_the_same_moment_lose_nothing<F: Fixture>(shop: &Shop<F>) {
    const WRITERS: u8 = 4;
    const CHANGES: u8 = 6;
    let (fixture, begin) = (&shop.fixture, Barrier::new(WRITERS.into()));
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let begin = &begin;
            scope.spawn(move || {
                let store = fixture.open();
                begin.wait();
                for number in 0..CHANGES {
                    let reason = format!("writer {writer}, change {number}");
                    fixture.block_on(insist(&store, &reason));
                }
            });
        }
    });
    let journal = shop.journal(0, 1_000);
    let Stored { version, state } = shop.read();
    let verified = verify(&journal, Some(state.journal().head())).expect("it holds together");
    assert_eq!(verified.records, u64::from(WRITERS * CHANGES));
    assert_eq!(version, i64::from(WRITERS * CHANGES));
    for writer in 0..WRITERS {
        for number in 0..CHANGES {
            let reason = format!("writer {writer}, change {number}\"");
            assert_eq!(journal.matches(&reason).count(), 1, "{reason}");
        }
    }
}

/// Makes a change, as often as another writer is quicker or has the file.
async fn insist<S: OperationsStore>(store: &S, reason: &str) {
    loop {
        let Stored { version, state } = store.read().await.expect("the engine answers");
        let Change { next, record } = level(&state, 2, reason);
        match store.replace(version, &next, &[record], &[], None).await {
            Ok(true) => return,
            Ok(false) | Err(StoreError::Transient(_)) => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

pub(super) fn setting_up_again_changes_nothing<F: Fixture>(shop: &Shop<F>) {
    shop.change(2, "");
    let (before, journal) = (shop.read(), shop.journal(0, 10));
    shop.fixture.set_up();
    assert_eq!(shop.read(), before);
    assert_eq!(shop.journal(0, 10), journal);
}
