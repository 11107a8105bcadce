//! The token that opens an order: a MAC over its number, under the deployment's secret.
//!
//! So the edge knows a wrong token by itself, and a stranger who tries some costs the origin
//! nothing. This is the only place that makes or judges one. Two functions have the secret: the
//! storefront, and the mail function, which makes the links in mails.
//!
//! A deployment that changes its secret leaves the old one behind a comma: the first one makes
//! tokens, each opens every order. So an order that was placed under the old secret has two tokens
//! until that is taken out, and is answered with the newer one when it is placed again.
//!
//! **Architecture Invariant:** no token is stored or sent to the origin. The payment provider gets
//! it in the address that the shopper returns to, the provider of mails in the link of a mail.

use souk_settings::Secrets;
use subtle::ConstantTimeEq;

const PURPOSE: &str = "souk 2026 order token";

/// The token of an order.
pub fn token_of(secrets: &Secrets, id: &str) -> String {
    mac(secrets.newest(), id)
}

/// Whether a token is the one of an order. It takes the same time for every token of a length.
pub fn is_token_of(secrets: &Secrets, id: &str, token: &str) -> bool {
    secrets
        .all()
        .any(|secret| mac(secret, id).as_bytes().ct_eq(token.as_bytes()).into())
}

/// 128 bits.
fn mac(secret: &str, id: &str) -> String {
    let key = blake3::derive_key(PURPOSE, secret.as_bytes());
    blake3::keyed_hash(&key, id.as_bytes()).to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(secrets: &str, id: &str) -> String {
        super::token_of(&Secrets::split(secrets), id)
    }

    fn is_token_of(secrets: &str, id: &str, token: &str) -> bool {
        super::is_token_of(&Secrets::split(secrets), id, token)
    }

    const ID: &str = "18BCFE56800-0101010101";
    const OLD: &str = "an old secret of many characters";
    const NEW: &str = "a new secret of many characters!";

    #[test]
    fn a_token_opens_its_own_order_and_no_other() {
        let token = token_of(OLD, ID);
        assert_eq!(token.len(), 32);
        assert!(is_token_of(OLD, ID, &token));
        for (secret, id, token) in [
            (OLD, "18BCFE56800-0101010102", token.as_str()),
            (OLD, "18BCFE56800-0101010101-17", &token),
            (NEW, ID, &token),
            (OLD, ID, ""),
            (OLD, ID, &token[..31]),
            (OLD, ID, &token.to_uppercase()),
        ] {
            assert!(!is_token_of(secret, id, token), "{secret} {id} {token}");
        }
    }

    #[test]
    fn an_old_secret_still_opens_what_was_placed_under_it() {
        let (old, both) = (token_of(OLD, ID), format!("{NEW}, {OLD}"));
        assert!(is_token_of(&both, ID, &old));
        assert!(is_token_of(&both, ID, &token_of(&both, ID)));
        assert_eq!(token_of(&both, ID), token_of(NEW, ID));
        assert!(!is_token_of(NEW, ID, &old));
    }
}
