//! Signatures of Standard Webhooks, which the shop's own webhook sends and the provider's events
//! carry: HMAC-SHA256 over `ID.TIME.BODY` in Base64, as `v1,SIGNATURE`, with spaces between several.
//!
//! The body is the raw bytes that travel: one that was parsed and printed again has another signature.
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far the time of a signature may be from now, in seconds: what the reference libraries take.
pub(crate) const TOLERANCE_S: i64 = 300;
/// How a secret begins.
const PREFIX: &str = "whsec_";
/// Bytes of a secret: the specification wants 24 to 64.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Signatures that are looked at in one header: one for each secret that is being replaced.
const SIGNATURES_MAX: usize = 8;

/// A key for signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "wanted is whsec_ and 24 to 64 random bytes in Base64, such as those of `openssl rand -base64 32`"
)]
pub struct SecretError;

impl Secret {
    /// Reads `whsec_…`.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SecretError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError)?;
        match SECRET_BYTES.contains(&bytes.len()) {
            true => Ok(Self(bytes)),
            false => Err(SecretError),
        }
    }
}

/// Why an event is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing or cannot be read.
    #[error("the headers of the signature are missing or malformed")]
    Malformed,
    /// No secret of ours gives one of the signatures for these bytes and this time.
    #[error("no signature is right")]
    Wrong,
    /// It was signed correctly, but too long ago, or in the future: it may be a replay.
    #[error("the signature's time is too far from now")]
    Stale,
}

/// The value of `webhook-signature` for a body.
pub fn sign(secret: &Secret, id: &str, at_s: i64, body: &[u8]) -> String {
    let signature = mac(secret, id, &at_s.to_string(), body).finalize();
    format!("v1,{}", STANDARD.encode(signature.into_bytes()))
}

/// The id of a delivery that one of the secrets has signed within [`TOLERANCE_S`] of now. The headers
/// are those of the specification, or `svix-…`, as the provider of the first libraries calls them.
///
/// # Errors
/// When none has.
pub fn verify<'a>(
    headers: &'a HeaderMap,
    body: &[u8],
    secrets: &[Secret],
    now_s: i64,
) -> Result<&'a str, SignatureError> {
    let header = |name: &str| {
        let named = |prefix: &str| headers.get(format!("{prefix}-{name}"));
        let value = named("webhook").or_else(|| named("svix"));
        let text = value.and_then(|value| value.to_str().ok());
        text.filter(|text| !text.is_empty())
            .ok_or(SignatureError::Malformed)
    };
    let (id, time, signatures) = (header("id")?, header("timestamp")?, header("signature")?);
    let at_s: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    let signatures: Vec<Vec<u8>> = signatures
        .split(' ')
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .take(SIGNATURES_MAX)
        .collect();
    let is_signed = secrets.iter().any(|secret| {
        let right = mac(secret, id, time, body).finalize().into_bytes();
        let is_right = |one: &Vec<u8>| bool::from(right.ct_eq(one));
        signatures.iter().any(is_right)
    });
    if !is_signed {
        return Err(SignatureError::Wrong);
    }
    if now_s.abs_diff(at_s) > TOLERANCE_S.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(id)
}

fn mac(secret: &Secret, id: &str, time: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes any key");
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The example of the reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT_S: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(prefix: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("id", ID),
            ("timestamp", &AT_S.to_string()),
            ("signature", signature),
        ] {
            let name: http::HeaderName = format!("{prefix}-{name}").parse().unwrap();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn secret() -> Secret {
        Secret::parse(SECRET).unwrap()
    }

    #[test]
    fn the_signature_is_that_of_the_reference_libraries() {
        assert_eq!(sign(&secret(), ID, AT_S, BODY), SIGNATURE);
    }

    #[test]
    fn any_of_several_signatures_and_secrets_may_be_the_right_one() {
        let other = Secret::parse("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").unwrap();
        let both = format!("v1a,xx {} {SIGNATURE}", sign(&other, ID, AT_S, b"x"));
        for prefix in ["webhook", "svix"] {
            let headers = headers(prefix, &both);
            let secrets = [other.clone(), secret()];
            assert_eq!(verify(&headers, BODY, &secrets, AT_S), Ok(ID));
            let wrong = Err(SignatureError::Wrong);
            assert_eq!(verify(&headers, b"{}", &secrets, AT_S), wrong);
            assert_eq!(verify(&headers, BODY, &secrets[..1], AT_S), wrong);
            assert_eq!(verify(&headers, BODY, &[], AT_S), wrong);
        }
    }

    #[test]
    fn signatures_are_good_for_five_minutes() {
        let headers = headers("svix", SIGNATURE);
        let at = |now_s| verify(&headers, BODY, &[secret()], now_s);
        assert_eq!(at(AT_S + 300), Ok(ID));
        assert_eq!(at(AT_S - 300), Ok(ID));
        assert_eq!(at(AT_S + 301), Err(SignatureError::Stale));
        assert_eq!(at(AT_S - 301), Err(SignatureError::Stale));
    }

    #[test]
    fn what_has_no_signature_is_malformed() {
        let malformed = Err(SignatureError::Malformed);
        assert_eq!(
            verify(&HeaderMap::new(), BODY, &[secret()], AT_S),
            malformed
        );
        assert_eq!(
            verify(&headers("svix", ""), BODY, &[secret()], AT_S),
            malformed
        );
    }

    #[test]
    fn a_secret_has_its_form() {
        for text in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!",
        ] {
            assert_eq!(Secret::parse(text), Err(SecretError), "{text}");
        }
        assert_eq!(format!("{:?}", secret()), "Secret");
    }
}
