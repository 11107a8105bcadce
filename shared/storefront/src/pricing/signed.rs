//! The text that names a quote: which version priced which cart, when, and at what total, signed by
//! the shop.

use souk_protocol::origin::PromotionLeftOut;

use crate::http::signing::Signer;

/// How far the clock of the instance that made a quote may be ahead, in milliseconds.
const AHEAD_MS: i64 = 5_000;

/// What the text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedQuote {
    /// Number of the version that the cart was priced by.
    pub(crate) version: u64,
    /// The moment whose prices count, in milliseconds since 1970.
    pub(crate) at_ms: i64,
    /// What the cart costs, in minor units.
    pub(crate) total: i64,
    /// Names the cart and what else its price is for.
    pub(crate) content: [u8; 8],
    /// Promotions that the price leaves out.
    pub(crate) without: Vec<PromotionLeftOut>,
}

/// Three numbers and the name of the content.
const BYTES: usize = 4 * 8;

impl SignedQuote {
    /// The text.
    pub(crate) fn sign(&self, signer: &Signer) -> String {
        let mut payload = Vec::with_capacity(BYTES);
        payload.extend(self.version.to_be_bytes());
        payload.extend(self.at_ms.to_be_bytes());
        payload.extend(self.total.to_be_bytes());
        payload.extend(self.content);
        if !self.without.is_empty() {
            let without = serde_json::to_vec(&self.without);
            payload.extend(without.expect("plain structs become JSON"));
        }
        signer.sign(&payload)
    }

    /// Reads a text; `None` for one that the shop has not signed.
    pub(crate) fn open(text: &str, signer: &Signer) -> Option<Self> {
        let payload = signer.open(text)?;
        let (fixed, without) = payload.split_at_checked(BYTES)?;
        let (numbers, content) = fixed.split_at(3 * 8);
        let (numbers, _) = numbers.as_chunks::<8>();
        Some(Self {
            version: u64::from_be_bytes(*numbers.first()?),
            at_ms: i64::from_be_bytes(*numbers.get(1)?),
            total: i64::from_be_bytes(*numbers.get(2)?),
            content: content.try_into().ok()?,
            without: match without {
                [] => Vec::new(),
                without => souk_json::read(without).ok()?,
            },
        })
    }

    /// Whether an order may still name it: for `freeze_ms`.
    pub(crate) fn is_current(&self, freeze_ms: i64, now_ms: i64) -> bool {
        let age_ms = now_ms.saturating_sub(self.at_ms);
        (-AHEAD_MS..=freeze_ms).contains(&age_ms)
    }
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::PromotionRefusal;
    use souk_settings::Secrets;

    use super::*;

    fn quote(without: &[&str]) -> SignedQuote {
        let left_out = |id: &&str| PromotionLeftOut {
            promotion: (*id).to_owned(),
            reason: PromotionRefusal::UsedUp,
        };
        SignedQuote {
            version: 7,
            at_ms: 1_790_000_000_000,
            total: 4_711,
            content: [9; 8],
            without: without.iter().map(left_out).collect(),
        }
    }

    fn signer(purpose: &'static str) -> Signer {
        Signer::new(&Secrets::split("secret"), purpose)
    }

    #[test]
    fn a_quote_is_read_back_and_one_of_others_is_not() {
        for quote in [quote(&[]), quote(&["first", "zweite"])] {
            let text = quote.sign(&signer("quote"));
            assert_eq!(SignedQuote::open(&text, &signer("cart")), None);
            assert_eq!(SignedQuote::open(&text, &signer("quote")), Some(quote));
        }
        for payload in [&b""[..], &[0; BYTES - 1], &[0; BYTES + 1]] {
            let text = signer("quote").sign(payload);
            assert_eq!(SignedQuote::open(&text, &signer("quote")), None);
        }
    }

    #[test]
    fn a_quote_holds_as_long_as_the_deployment_says() {
        let quote = quote(&[]);
        let after = |ms: i64| quote.is_current(700, quote.at_ms + ms);
        let cases = [-5_001, -5_000, 0, 700, 701].map(after);
        assert_eq!(cases, [false, true, true, true, false]);
        let of_another_age = SignedQuote {
            at_ms: i64::MIN,
            ..quote
        };
        assert!(!of_another_age.is_current(700, 0));
    }
}
