//! How the shop takes cards, as an instance knows it.
//!
//! Not here: asking for it (`payment`), what decides it (`souk-payments`).

use std::cell::RefCell;

use souk_ports::is_within;
use souk_protocol::payments::PaymentMethods;

/// How long an instance remembers whether cards are taken: as long as a deployment may take to
/// reach every instance.
const TTL_MS: i64 = 60_000;

/// The methods that were read last, and when.
#[derive(Debug, Default)]
pub(crate) struct PaymentMethodsCache(RefCell<Option<(i64, PaymentMethods)>>);

impl PaymentMethodsCache {
    /// The methods, while they need not be read again.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<PaymentMethods> {
        let known = self.0.borrow();
        let (read_at_ms, methods) = known.as_ref()?;
        is_within(TTL_MS, *read_at_ms, now_ms).then(|| methods.clone())
    }

    /// Keeps what was read.
    pub(crate) fn put(&self, now_ms: i64, methods: PaymentMethods) {
        self.0.replace(Some((now_ms, methods)));
    }
}
