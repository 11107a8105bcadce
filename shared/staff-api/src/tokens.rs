//! Making, listing and revoking staff tokens.
//!
//! A token is derived from the deployment's secret and the `Idempotency-Key` of the request that asks
//! for it. So the same request gives the same token when its answer was lost, and the store need not
//! keep the token.

use bytes::Bytes;
use http::{Request, StatusCode};
use souk_order_index::OrderIndex;
use souk_ports::BackOffice;
use souk_protocol::problem::{Problem, ProblemKind};
use souk_protocol::staff::{
    self, CreateToken, CreatedToken, DEPLOYMENT, Permission, StaffToken, TOKEN_KEY_BYTES_MIN,
    TOKEN_NAME_BYTES_MAX, TOKEN_PREFIX, TOKENS_MAX, is_token_name,
};
use souk_search_tallies::SearchTallies;
use souk_service_http::empty;
use souk_staff_tokens::{Creation, NewToken, StaffTokens};

use crate::access::{forbidden, hash_of};
use crate::reply::{Outcome, invalid, replayed, reply};
use crate::request::{body, idempotency_key};
use crate::staff::Staff;

/// Distinguishes tokens from everything else that is derived from the same secret.
const CONTEXT: &str = "souk 2026-11-29 staff token";

/// The caller's own token.
pub(crate) fn own(caller: &StaffToken) -> Outcome {
    Ok(reply(staff::READ_OWN_TOKEN, caller))
}

impl<D: BackOffice, B: OrderIndex, T: StaffTokens, S: SearchTallies> Staff<'_, D, B, T, S> {
    /// Every token that is not revoked.
    pub(crate) async fn list_tokens(&self) -> Outcome {
        let tokens = self.tokens.tokens().await?.into_iter();
        let tokens: Vec<_> = tokens.map(|kept| kept.about).collect();
        Ok(reply(staff::LIST_TOKENS, &tokens))
    }

    /// Makes a token, or the same one again.
    pub(crate) async fn create_token(
        &self,
        caller: &StaffToken,
        request: &Request<Bytes>,
    ) -> Outcome {
        let key = idempotency_key(request.headers())?;
        if key.len() < TOKEN_KEY_BYTES_MIN {
            let detail = format!(
                "the key of a request for a token has at least {TOKEN_KEY_BYTES_MIN} random \
                 characters, and is a secret as the token itself"
            );
            let problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
            return Err(problem.detail(detail).into());
        }
        let mut asked = body(staff::CREATE_TOKEN, request)?;
        // Each once, in their order.
        let permissions = Permission::ALL.into_iter();
        let permissions = permissions.filter(|one| asked.permissions.contains(one));
        asked.permissions = permissions.collect();
        let now_ms = self.back_office.now_ms();
        check(&asked, caller, now_ms)?;
        let token = derive(&self.settings.token, key, &asked.name);
        let new = NewToken {
            hash: hash_of(&token),
            asked,
            by: caller.name.clone(),
        };
        let creation = self.tokens.create(&new, now_ms).await?;
        self.access.forget_tokens();
        let made = |about| reply(staff::CREATE_TOKEN, &CreatedToken { token, about });
        let conflict =
            |detail: String| Err(Problem::new(ProblemKind::Conflict).detail(detail).into());
        match creation {
            Creation::Done { token: about } => Ok(made(about)),
            Creation::Already { token: about } => Ok(replayed(made(about))),
            Creation::NameTaken => {
                let name = &new.asked.name;
                conflict(format!(
                    "there is a token {name}: revoke it, or take another name"
                ))
            }
            Creation::TooMany => conflict(format!(
                "there are {TOKENS_MAX} valid tokens: revoke one of them first"
            )),
            Creation::HashUsed => {
                let detail = "the key was used before for another token, or one that was revoked: \
                              take a new one";
                Err(Problem::new(ProblemKind::IdempotencyKeyReused)
                    .detail(detail)
                    .into())
            }
        }
    }

    /// Revokes the token of a name.
    pub(crate) async fn revoke_token(&self, caller: &StaffToken, name: &str) -> Outcome {
        let now_ms = self.back_office.now_ms();
        let was_there =
            is_token_name(name) && self.tokens.revoke(name, &caller.name, now_ms).await?;
        self.access.forget_tokens();
        match was_there {
            true => Ok(empty(StatusCode::NO_CONTENT)),
            false => Err(Problem::new(ProblemKind::NotFound)
                .detail("there is no token of this name")
                .into()),
        }
    }
}

fn check(asked: &CreateToken, caller: &StaffToken, now_ms: i64) -> Result<(), Problem> {
    if !is_token_name(&asked.name) {
        let detail = format!(
            "1 to {TOKEN_NAME_BYTES_MAX} letters, digits, '.', '-' and '_', not '.' at first and not \
             '{DEPLOYMENT}'"
        );
        return Err(invalid("/name", detail));
    }
    if asked.permissions.is_empty() {
        let names = Permission::ALL.map(Permission::name).join(", ");
        return Err(invalid("/permissions", format!("at least one of {names}")));
    }
    if asked.expires_at_ms.is_some_and(|end_ms| end_ms <= now_ms) {
        let detail = "a moment that is still to come".to_owned();
        return Err(invalid("/expires_at_ms", detail));
    }
    // Otherwise a token that ends would live on in the one that it makes.
    if let Some(own_ms) = caller.expires_at_ms
        && asked.expires_at_ms.is_none_or(|end_ms| end_ms > own_ms)
    {
        let detail = format!("a token ends no later than its maker, which ends at {own_ms}");
        return Err(invalid("/expires_at_ms", detail));
    }
    // Otherwise a token that makes tokens would be a token for everything.
    let is_deployment = caller.name == DEPLOYMENT;
    let lacking = asked.permissions.iter();
    let mut lacking = lacking.filter(|&&permission| !is_deployment && !caller.may(permission));
    match lacking.next() {
        Some(&permission) => Err(Problem::new(ProblemKind::Unauthorized)
            .with_status(403)
            .detail(format!(
                "a token gives what it has itself; {}",
                forbidden(&[permission])
            ))),
        None => Ok(()),
    }
}

/// The token that a request asks for: 256 bits.
fn derive(secret: &str, key: &str, name: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    for part in [secret, key, name] {
        // With its length, so that no two lists of parts are the same bytes.
        let length = u64::try_from(part.len()).expect("a length fits");
        hasher.update(&length.to_le_bytes());
        hasher.update(part.as_bytes());
    }
    format!("{TOKEN_PREFIX}{}", hasher.finalize().to_hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_follows_from_secret_key_and_name() {
        let token = derive("secret", "key", "name");
        assert_eq!(token, derive("secret", "key", "name"));
        assert_eq!(token.len(), TOKEN_PREFIX.len() + 64);
        for (secret, key, name) in [
            ("secre", "tkey", "name"),
            ("secret", "keyn", "ame"),
            ("other", "key", "name"),
            ("secret", "other", "name"),
            ("secret", "key", "other"),
        ] {
            assert_ne!(token, derive(secret, key, name), "{secret} {key} {name}");
        }
    }
}
