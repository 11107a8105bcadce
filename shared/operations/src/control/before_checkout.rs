//! The room before the checkout: a sale without items that is there while the level asks for it.
//!
//! Each time the level rises that far it is another session, so tickets of the time before are none of it.
//!
//! Not here: who is called (`souk_room::before_checkout`).

use souk_room::{Control, before_checkout};

use super::Operations;
use crate::sale::{Sale, SaleSecret};

impl Operations {
    /// Opens the room at `now_ms`, in milliseconds since 1970, or takes it away, as the level is now;
    /// whether it did. `secret`: of which its keys are made, if it opens. That the level has changed
    /// is in the journal.
    pub fn keep_room_before_checkout(&mut self, secret: SaleSecret, now_ms: i64) -> bool {
        let is_wanted = self.level().has_room_before_checkout();
        let is_there = self.sales.iter().any(Sale::is_before_checkout);
        if is_wanted == is_there {
            return false;
        }
        self.sales.retain(|sale| !sale.is_before_checkout());
        let session = before_checkout::session(now_ms).ok();
        self.sales
            .extend(session.filter(|_| is_wanted).map(|session| Sale {
                id: before_checkout::CHECKOUT.to_owned(),
                sessions: vec![session],
                control: Control::Running,
                skus: Vec::new(),
                limit: 1,
                overbook_permille: 1_000,
                buy_within_ms: before_checkout::TURN_MS,
                secret,
                is_paused_by_plan: false,
            }));
        true
    }
}
