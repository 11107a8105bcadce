//! The availability badge: what could be ordered a few seconds ago. The order path never reads it.

use souk_operations::{Setting, Switch};

use crate::signals::Signals;

/// Where a badge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Badge {
    /// On one of many cards.
    OnCard,
    /// On the page of the product, or beside a line of the cart.
    OnItsOwn,
}

impl Signals {
    /// Whether an SKU with this number could not be ordered then; see
    /// [`souk_stock_signals::sku_number`].
    pub(crate) fn is_sold_out(&self, number: u32) -> bool {
        self.snapshot.is_sold_out(number)
    }

    /// Whether anything could not be ordered then.
    pub(crate) fn has_sold_out(&self) -> bool {
        !self.snapshot.is_empty()
    }

    /// Whether the SKU could be ordered when the snapshot was written, or nothing is said of it.
    pub(crate) fn is_available(&self, sku: &str, badge: Badge) -> bool {
        let says_nothing = match self.switches.of(Switch::Badges) {
            Setting::Off => true,
            Setting::Reduced => badge == Badge::OnCard,
            _ => false,
        };
        says_nothing || self.snapshot.is_available(sku)
    }
}
