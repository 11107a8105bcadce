//! What tells tickets apart in the draw: 16 bytes, random or a keyed hash of the buyer.
//!
//! Where a sale knows its buyers by e-mail address or membership, all tickets of one buyer have one
//! seed, and so one place in the draw.
//!
//! Not here: that the order is the buyer's of the ticket (the storefront compares the seeds).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::cbor::byte_string;

/// The seed of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub [u8; 16]);

byte_string!(Seed);

/// By what a sale knows its buyers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buyer<'a> {
    /// An e-mail address, as it was typed.
    Email(&'a str),
    /// The id of a member.
    Member(&'a str),
}

impl Seed {
    /// The seed of a buyer: the first 16 bytes of HMAC-SHA256(secret, kind ‖ 0x00 ‖ name), where
    /// kind is `email` or `member`, and the name of an address is [`canonical_email`].
    pub fn of_buyer(secret: &[u8; 32], buyer: Buyer<'_>) -> Self {
        let (kind, name) = match buyer {
            Buyer::Email(email) => ("email", canonical_email(email)),
            Buyer::Member(id) => ("member", id.to_owned()),
        };
        let mac = hmac(secret, &[kind.as_bytes(), &[0], name.as_bytes()]);
        let (first, _) = mac.split_first_chunk().expect("a MAC has 32 bytes");
        Self(*first)
    }

    /// In base64url without padding, 22 characters: `seed` of the API.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// From that text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

/// An e-mail address in the form under which it is one buyer: in lower case, without spaces around
/// it, without what follows a `+` in its local part, and at `gmail.com` and `googlemail.com` (which
/// are one) without the dots there. A domain with letters beyond ASCII is given in its ASCII form.
pub fn canonical_email(text: &str) -> String {
    let email = text.trim().to_lowercase();
    let Some((local, domain)) = email.rsplit_once('@') else {
        return email;
    };
    let local = local.split('+').next().unwrap_or_default();
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
        _ => format!("{local}@{domain}"),
    }
}

/// HMAC-SHA256 over the parts, one after the other.
pub(crate) fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_buyer_has_one_seed_however_the_address_is_typed() {
        let seed = |email| Seed::of_buyer(&[7; 32], Buyer::Email(email));
        assert_eq!(seed("Ada@Example.org"), seed(" ada+tea@example.ORG "));
        assert_eq!(seed("a.d.a@gmail.com"), seed("ada+x@googlemail.com"));
        assert_ne!(seed("a.da@example.org"), seed("ada@example.org"));
        assert_ne!(seed("ada"), Seed::of_buyer(&[7; 32], Buyer::Member("ada")));
        assert_ne!(
            seed("ada@example.org"),
            Seed::of_buyer(&[8; 32], Buyer::Email("ada@example.org"))
        );
    }

    #[test]
    fn a_seed_reads_back_from_its_text() {
        let seed = Seed([0xAB; 16]);
        assert_eq!(seed.text().len(), 22);
        assert_eq!(Seed::parse(&seed.text()), Some(seed));
        for text in ["", "q", &"A".repeat(23), &format!("{}=", seed.text())] {
            assert_eq!(Seed::parse(text), None, "{text}");
        }
    }
}
