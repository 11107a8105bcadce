//! How the shop takes cards, as an instance knows it.
//!
//! Not here: asking for it (`payment`), what decides it (`souk-payments`).

use std::cell::RefCell;

use souk_ports::is_within;
use souk_protocol::payments::PaymentMethods;

/// How long an instance remembers whether cards are taken: as long as a deployment may take to
/// reach every instance.
const TTL_MS: i64 = 60_000;

/// The methods that were read last for each currency. A shop has one for each market, and orders of
/// before may have another.
#[derive(Debug, Default)]
pub(crate) struct PaymentMethodsCache(RefCell<Vec<Known>>);

#[derive(Debug)]
struct Known {
    read_at_ms: i64,
    currency: String,
    methods: PaymentMethods,
}

impl PaymentMethodsCache {
    /// The methods, while they need not be read again.
    pub(crate) fn fresh(&self, currency: &str, now_ms: i64) -> Option<PaymentMethods> {
        let known = self.0.borrow();
        let known = known.iter().find(|known| known.currency == currency)?;
        is_within(TTL_MS, known.read_at_ms, now_ms).then(|| known.methods.clone())
    }

    /// Keeps what was read.
    pub(crate) fn put(&self, currency: &str, read_at_ms: i64, methods: PaymentMethods) {
        let mut all = self.0.borrow_mut();
        all.retain(|known| known.currency != currency);
        all.push(Known {
            read_at_ms,
            currency: currency.to_owned(),
            methods,
        });
    }
}
