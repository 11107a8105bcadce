//! The tokens that an instance has read.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use souk_protocol::staff::{StaffToken, TOKENS_FRESH_MS};
use souk_sql::StoreError;
use souk_staff_tokens::{KeptToken, StaffTokens};

/// For tokens that it does not know an instance looks into the store so many times at once, so that
/// a new token is found by its first request...
const LOOKS_MAX: i64 = 8;
/// ...and then once in so many milliseconds, so that guesses do not cost the store a read each.
const LOOK_MS: i64 = 250;
/// The last use of a token is remembered this often at most, in milliseconds.
const USE_MS: i64 = 60_000;

/// The tokens of the shop, as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Known {
    read: RefCell<Option<Read>>,
    looks: Cell<Looks>,
    /// When the instance reported the use of a token, by its hash.
    used_at_ms: RefCell<BTreeMap<String, i64>>,
}

#[derive(Debug, Clone)]
struct Read {
    /// Before the read began.
    at_ms: i64,
    tokens: Rc<[KeptToken]>,
}

/// How often the store may be asked for tokens that the instance does not know.
#[derive(Debug, Clone, Copy)]
struct Looks {
    left: i64,
    since_ms: i64,
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            left: LOOKS_MAX,
            since_ms: 0,
        }
    }
}

impl Looks {
    /// With one look less, if there is one left.
    fn take(self, now_ms: i64) -> Option<Self> {
        // A clock that went back gives none.
        let more = (now_ms - self.since_ms).max(0) / LOOK_MS;
        let (left, since_ms) = match self.left.saturating_add(more) {
            left if left >= LOOKS_MAX => (LOOKS_MAX, now_ms),
            left => (left, (self.since_ms + more * LOOK_MS).min(now_ms)),
        };
        let left = left - 1;
        (left >= 0).then_some(Self { left, since_ms })
    }
}

impl Known {
    /// The token with this hash, as it was at most [`TOKENS_FRESH_MS`] ago.
    pub(crate) async fn find<T: StaffTokens>(
        &self,
        store: &T,
        hash: &str,
        now_ms: i64,
    ) -> Result<Option<StaffToken>, StoreError> {
        let token = |tokens: &[KeptToken]| {
            let found = tokens.iter().find(|kept| kept.hash == hash);
            found.map(|kept| kept.about.clone())
        };
        let read = self.read.borrow().clone();
        if let Some(read) = read {
            // A clock that went back makes everything stale.
            let age_ms = now_ms - read.at_ms;
            let found = token(&read.tokens);
            if found.is_some() && (0..TOKENS_FRESH_MS).contains(&age_ms) {
                return Ok(found);
            }
            if found.is_none() {
                match self.looks.get().take(now_ms) {
                    Some(fewer) => self.looks.set(fewer),
                    None => return Ok(None),
                }
            }
        }
        let tokens: Rc<[KeptToken]> = store.tokens().await?.into();
        let found = token(&tokens);
        self.used_at_ms
            .borrow_mut()
            .retain(|hash, _| tokens.iter().any(|kept| kept.hash == *hash));
        let at_ms = now_ms;
        self.read.replace(Some(Read { at_ms, tokens }));
        Ok(found)
    }

    pub(crate) fn forget(&self) {
        self.read.replace(None);
    }

    /// Whether the use of a token is to be reported; it counts as reported then.
    pub(crate) fn is_use_due(&self, hash: &str, token: &StaffToken, now_ms: i64) -> bool {
        let mut used = self.used_at_ms.borrow_mut();
        let last = used.get(hash).copied().max(token.last_used_at_ms);
        if last.is_some_and(|last_ms| (0..USE_MS).contains(&(now_ms - last_ms))) {
            return false;
        }
        used.insert(hash.to_owned(), now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_looks_are_for_free_and_then_one_in_a_while() {
        let mut looks = Looks::default();
        let mut take = |now_ms| match looks.take(now_ms) {
            Some(fewer) => {
                looks = fewer;
                true
            }
            None => false,
        };
        for _ in 0..LOOKS_MAX {
            assert!(take(10_000));
        }
        assert!(!take(10_000));
        assert!(!take(10_000 + LOOK_MS - 1));
        assert!(take(10_000 + LOOK_MS));
        assert!(!take(10_000 + LOOK_MS));
        // A clock that goes back gives no looks, and goes on when it has gone on.
        assert!(!take(1));
        assert!(take(10_000 + 2 * LOOK_MS));
        for _ in 0..LOOKS_MAX {
            assert!(take(1_000_000));
        }
        assert!(!take(1_000_000));
    }
}
