//! Bugs of staff tokens: who is let in, and what is remembered of it.

use super::{Mutant, Place, mutant};

const STORE: &str = "shared/staff-tokens/src/sqlite/mod.rs";
const CHECK: &str = "shared/staff-api/src/admit.rs";
const KNOWN: &str = "shared/staff-api/src/access/known.rs";
const REFUSED: &str = "shared/staff-api/src/access/refused.rs";
const TOKENS: &str = "shared/staff-api/src/tokens.rs";
const ORDERS: &str = "shared/staff-api/src/orders.rs";
const ROUTES: &str = "shared/staff-api/src/routes.rs";

pub(super) const MUTANTS: &[Mutant] = &[
    mutant(
        Place::Staff,
        "a revoked token is valid again when it is made again",
        STORE,
        "match is_same && !is_revoked {",
        "match is_same || is_revoked {",
    ),
    mutant(
        Place::Staff,
        "the same token may be made with more permissions",
        STORE,
        "            && about.permissions == asked.permissions\n",
        "",
    ),
    mutant(
        Place::Staff,
        "revoked tokens are among those that are valid",
        STORE,
        "FROM staff_token WHERE revoked_at_ms IS NULL ORDER BY name",
        "FROM staff_token ORDER BY name",
    ),
    mutant(
        Place::Staff,
        "a late report moves the last use back",
        STORE,
        "max(coalesce(last_used_at_ms, 0), ?2)",
        "?2",
    ),
    mutant(
        Place::Staff,
        "a token that expired opens the staff API",
        CHECK,
        "if token.is_expired(now_ms) {",
        "if token.is_expired(0) {",
    ),
    mutant(
        Place::Staff,
        "the deployment's secret opens everything",
        CHECK,
        "permissions: vec![Permission::Tokens],",
        "permissions: Permission::ALL.to_vec(),",
    ),
    mutant(
        Place::Staff,
        "any permission opens an operation",
        CHECK,
        "!wanted.iter().any(|&permission| caller.may(permission))",
        "caller.permissions.is_empty()",
    ),
    mutant(
        Place::Staff,
        "a revoked token works for as long as an instance is asked for it",
        KNOWN,
        "found.is_some() && (0..TOKENS_FRESH_MS).contains(&age_ms)",
        "found.is_some()",
    ),
    mutant(
        Place::Staff,
        "a new token has to wait until the known ones are stale",
        KNOWN,
        "left: LOOKS_MAX,
            since_ms: 0,",
        "left: 0,
            since_ms: i64::MAX,",
    ),
    mutant(
        Place::Staff,
        "guesses are never slowed down",
        REFUSED,
        "(!is_over).then_some(left_s)",
        "(!is_over && left_s > 10).then_some(left_s)",
    ),
    mutant(
        Place::Staff,
        "refusals that wait for the store are forgotten",
        CHECK,
        "count.count += waiting.count;",
        "count.count += 0;",
    ),
    mutant(
        Place::Staff,
        "a token gives permissions that it lacks",
        TOKENS,
        "!is_deployment && !caller.may(permission)",
        "!is_deployment && caller.permissions.is_empty()",
    ),
    mutant(
        Place::Staff,
        "an instance does not forget a token that it has revoked",
        TOKENS,
        "        self.access.forget_tokens();\n        match was_there {",
        "        match was_there {",
    ),
    mutant(
        Place::Staff,
        "a token for orders books payments",
        ORDERS,
        "| Action::FailRefund { .. } => &[Permission::Money],",
        "| Action::FailRefund { .. } => &[],",
    ),
    mutant(
        Place::Staff,
        "goods that come back bring money with them",
        ORDERS,
        "Action::Return { refund, .. } if *refund != Some(0) =>",
        "Action::Return { refund, .. } if *refund < Some(0) =>",
    ),
    mutant(
        Place::Staff,
        "a token without the permission sees names",
        ORDERS,
        "&& !caller.may(Permission::Personal)",
        "&& caller.permissions.is_empty()",
    ),
    mutant(
        Place::Staff,
        "the history does not name who changed an order",
        ORDERS,
        "by_name: Some(caller.name.clone()),",
        "by_name: None,",
    ),
    mutant(
        Place::Staff,
        "a body may be as long as its sender likes",
        ROUTES,
        "if request.body().len() > bytes_max {",
        "if request.body().len() > bytes_max * 64 {",
    ),
];
