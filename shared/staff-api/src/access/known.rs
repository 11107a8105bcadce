//! The tokens that an instance has read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use souk_protocol::staff::{StaffToken, TOKENS_FRESH_MS};
use souk_sql::StoreError;
use souk_staff_tokens::{KeptToken, StaffTokens};

/// A token that the instance does not know is looked for in the store this long after the last look
/// at the earliest, in milliseconds.
pub(crate) const REREAD_MS: i64 = 250;
/// The last use of a token is remembered this often at most, in milliseconds.
const USE_MS: i64 = 60_000;

/// The tokens of the shop, as they were read last.
#[derive(Debug, Default)]
pub(crate) struct Known {
    read: RefCell<Option<Read>>,
    /// When the instance reported the use of a token, by its hash.
    used_at_ms: RefCell<BTreeMap<String, i64>>,
}

#[derive(Debug, Clone)]
struct Read {
    /// Before the read began.
    at_ms: i64,
    tokens: Rc<[KeptToken]>,
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
            if found.is_none() && (0..REREAD_MS).contains(&age_ms) {
                return Ok(None);
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
