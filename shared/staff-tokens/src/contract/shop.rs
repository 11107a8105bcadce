//! A store of tokens under test, and the words that the statements use.

use souk_protocol::staff::{CreateToken, Permission, Refusal, RefusalCount};
use souk_sql::StoreError;

use crate::{Creation, KeptToken, NewToken, Recounted, StaffTokens};

/// When everything happens, unless the test says otherwise.
pub(super) const NOW_MS: i64 = 1_790_000_000_000;

/// Tries of a call that the engine was too busy for.
const TRIES_MAX: usize = 200;

/// An engine under test.
pub trait Fixture: Sync {
    /// The store on it.
    type StaffTokens: StaffTokens;

    /// A database of its own, set up and without content.
    fn empty() -> Self;

    /// A store over this database; called on several threads.
    fn open(&self) -> Self::StaffTokens;

    /// Runs a statement past the store: what another version has written.
    fn run(&self, sql: &str);

    /// Runs a future to its end on the calling thread.
    fn block_on<T>(&self, work: impl Future<Output = T>) -> T;
}

/// A store of tokens and its engine.
pub(super) struct Shop<F: Fixture> {
    pub(super) fixture: F,
    store: F::StaffTokens,
}

/// A token that allows a tick, named and hashed so.
pub(super) fn token(name: &str, hash: &str) -> NewToken {
    NewToken {
        hash: hash.to_owned(),
        asked: CreateToken {
            name: name.to_owned(),
            permissions: vec![Permission::Tick],
            expires_at_ms: None,
        },
        by: "boss".to_owned(),
    }
}

pub(super) fn refused(reason: Refusal, count: i64) -> RefusalCount {
    RefusalCount { reason, count }
}

/// Keeps a token over a store of its own, again when the engine was busy, as the staff do.
pub(super) fn create<F: Fixture>(fixture: &F, token: &NewToken) -> Creation {
    let store = fixture.open();
    for _ in 0..TRIES_MAX {
        match fixture.block_on(store.create(token, NOW_MS)) {
            Ok(creation) => return creation,
            Err(StoreError::Transient(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the engine was busy {TRIES_MAX} times")
}

impl<F: Fixture> Shop<F> {
    pub(super) fn empty() -> Self {
        let fixture = F::empty();
        let store = fixture.open();
        Self { fixture, store }
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> T {
        self.fixture.block_on(work).expect("the engine answers")
    }

    pub(super) fn create(&self, token: &NewToken) -> Creation {
        self.wait(self.store.create(token, NOW_MS))
    }

    pub(super) fn created(&self, name: &str, hash: &str) {
        let creation = self.create(&token(name, hash));
        assert!(matches!(creation, Creation::Done { .. }), "{creation:?}");
    }

    pub(super) fn revoke(&self, name: &str) -> bool {
        self.wait(self.store.revoke(name, "boss", NOW_MS))
    }

    pub(super) fn tokens(&self) -> Vec<KeptToken> {
        self.wait(self.store.tokens())
    }

    pub(super) fn names(&self) -> Vec<String> {
        let tokens = self.tokens().into_iter();
        tokens.map(|kept| kept.about.name).collect()
    }

    pub(super) fn used(&self, hash: &str, now_ms: i64) {
        self.wait(self.store.used(hash, now_ms));
    }

    pub(super) fn refuse(&self, refused: &[RefusalCount], now_ms: i64) -> Vec<RefusalCount> {
        let mut told = self.recount(refused, now_ms).untold;
        told.sort_by_key(|count| count.reason);
        told
    }

    pub(super) fn recount(&self, refused: &[RefusalCount], now_ms: i64) -> Recounted {
        self.wait(self.store.refused(refused, now_ms))
    }

    pub(super) fn refusals(&self) -> Vec<RefusalCount> {
        self.wait(self.store.refusals())
    }
}
