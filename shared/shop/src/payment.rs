//! How orders can be paid.

use minicbor::{Decode, Encode};
use souk_catalogue::Text;

/// The methods that a shop offers. A card needs a payment provider besides, whose secrets are no
/// part of a version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PaymentMethods {
    /// In the order in which they are offered: `card`, `transfer`, `on_delivery`.
    #[n(0)]
    pub offered: Vec<String>,
    /// The account that transfers go to; present where `transfer` is offered.
    #[n(1)]
    pub account: Option<Account>,
    /// Days that units are held for an order that is paid by transfer.
    #[n(2)]
    pub transfer_hold_days: u16,
    /// Minutes that units are held for an order that is paid by card.
    #[n(3)]
    pub card_hold_minutes: u16,
}

impl Default for PaymentMethods {
    /// No method; 2 days for a transfer, which most banks make within one, and 15 minutes for a card.
    fn default() -> Self {
        Self {
            offered: Vec::new(),
            account: None,
            transfer_hold_days: 2,
            card_hold_minutes: 15,
        }
    }
}

/// A bank account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Account {
    /// Who owns it.
    #[n(0)]
    pub holder: String,
    /// IBAN, or the number of the account with everything that the bank's country needs.
    #[n(1)]
    pub number: String,
    /// BIC or SWIFT code.
    #[n(2)]
    pub bic: Option<String>,
    /// Name of the bank.
    #[n(3)]
    pub bank: Option<String>,
    /// Another line for shoppers.
    #[n(4)]
    pub note: Text,
}
