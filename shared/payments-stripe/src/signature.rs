//! Signatures of Stripe's webhooks, scheme `v1`: HMAC-SHA256 with the endpoint's secret over
//! `TIME.BODY`, in the header `Stripe-Signature: t=TIME,v1=HEX[,v1=HEX…]`.
//!
//! The body is the raw bytes that arrived: a body that was parsed and printed again has another
//! signature. Source: <https://docs.stripe.com/webhooks#verify-manually>.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header of a delivery that carries its signature.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// How far the time of a signature may be from now, in seconds: Stripe's own default.
pub const TOLERANCE_S: i64 = 300;

/// Signatures that are looked at in one header: Stripe sends one for each secret that is not yet
/// expired, which are two while one is replaced.
const SIGNATURES_MAX: usize = 8;

/// Why an event is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header, or none that can be read.
    #[error("the Stripe-Signature header is missing or malformed")]
    Malformed,
    /// No secret of ours gives one of the signatures for these bytes and this time.
    #[error("no signature is right")]
    Wrong,
    /// It was signed correctly, but too long ago, or in the future: it may be a replay.
    #[error("the signature's time is too far from now")]
    Stale,
}

/// The header for a body.
pub fn sign(secret: &str, body: &[u8], now_s: i64) -> String {
    use std::fmt::Write;
    let mut header = format!("t={now_s},v1=");
    for byte in mac(secret, &now_s.to_string(), body)
        .finalize()
        .into_bytes()
    {
        let _ = write!(header, "{byte:02x}");
    }
    header
}

/// Whether one of the secrets has signed the body within [`TOLERANCE_S`] of now.
///
/// # Errors
/// When not.
pub fn verify(
    header: &str,
    body: &[u8],
    secrets: &[String],
    now_s: i64,
) -> Result<(), SignatureError> {
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", value)) if time.is_none() => time = Some(value),
            Some(("v1", value)) if signatures.len() < SIGNATURES_MAX => {
                signatures.extend(from_hex(value));
            }
            // Other schemes, a second time and surplus signatures are ignored.
            Some(_) | None => {}
        }
    }
    let time = time.ok_or(SignatureError::Malformed)?;
    let signed_at_s: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    if signatures.is_empty() {
        return Err(SignatureError::Malformed);
    }
    let signed = secrets.iter().any(|secret| {
        let mac = mac(secret, time, body);
        let right = mac.finalize().into_bytes();
        let is_right = |signature: &Vec<u8>| bool::from(right.ct_eq(signature));
        signatures.iter().any(is_right)
    });
    if !signed {
        return Err(SignatureError::Wrong);
    }
    if now_s.abs_diff(signed_at_s) > TOLERANCE_S.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

fn mac(secret: &str, time: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    let digits = digits.filter(|digits| digits.len() == 64)?;
    Some(
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW_S: i64 = 1_790_000_000;

    fn secrets(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_signature_of_another_implementation_is_known() {
        // printf '1790000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
        let header =
            "t=1790000000,v1=e32657f3e678d33b41ec084c16ac0e125d25480a06cb3902286dc5942c6fd259";
        assert_eq!(sign("whsec_test", br#"{"id":"evt_1"}"#, NOW_S), header);
    }

    #[test]
    fn any_of_several_secrets_and_signatures_may_be_the_right_one() {
        let (old, new) = (sign("old", b"body", NOW_S), sign("new", b"body", NOW_S));
        let both = format!("{old},{},v0=00", &new[new.find("v1").unwrap()..]);
        for header in [&old, &both] {
            for known in [&["old"][..], &["new", "old"]] {
                assert_eq!(verify(header, b"body", &secrets(known), NOW_S), Ok(()));
            }
        }
        assert_eq!(verify(&both, b"body", &secrets(&["new"]), NOW_S), Ok(()));
        let wrong = Err(SignatureError::Wrong);
        assert_eq!(verify(&old, b"body", &secrets(&["new"]), NOW_S), wrong);
        assert_eq!(verify(&old, b"body", &[], NOW_S), wrong);
    }

    #[test]
    fn signatures_are_good_for_five_minutes() {
        let header = sign("s", b"", NOW_S);
        let at = |now_s| verify(&header, b"", &secrets(&["s"]), now_s);
        for (seconds, expected) in [
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(SignatureError::Stale)),
            (-301, Err(SignatureError::Stale)),
        ] {
            assert_eq!(at(NOW_S + seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_header_without_a_time_or_a_signature_is_malformed() {
        let hex = "0".repeat(64);
        for header in [
            String::new(),
            "t=1790000000".to_owned(),
            format!("v1={hex}"),
            format!("t=,v1={hex}"),
            format!("t=x,v1={hex}"),
            "t=1790000000,v1=abc".to_owned(),
            "t=1790000000,v1=é".to_owned(),
            format!("t=1790000000;v1={hex}"),
        ] {
            let got = verify(&header, b"", &secrets(&["s"]), NOW_S);
            assert_eq!(got, Err(SignatureError::Malformed), "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_byte_of_the_body_or_the_time_fails_verification(
            body in proptest::collection::vec(any::<u8>(), 1..200),
            place in any::<prop::sample::Index>(),
            flip in 1u8..=255,
        ) {
            let header = sign("secret", &body, NOW_S);
            let known = secrets(&["secret"]);
            prop_assert_eq!(verify(&header, &body, &known, NOW_S), Ok(()));
            let mut forged = body.clone();
            forged[place.index(body.len())] ^= flip;
            let wrong = Err(SignatureError::Wrong);
            prop_assert_eq!(verify(&header, &forged, &known, NOW_S), wrong);
            let later = header.replace("t=1790000000", "t=1790000001");
            prop_assert_eq!(verify(&later, &body, &known, NOW_S), wrong);
        }
    }
}
