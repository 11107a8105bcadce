//! Variables and secrets of a script, as its `wrangler.toml` and its secrets hand them over.
//!
//! Not here: what they mean (the use cases read them), and when they are read (each script does so
//! once per isolate).

use std::cell::OnceCell;

use souk_sharding::ShardsError;
use worker::{Env, console_error};

/// The value of a variable; empty when the script has none of this name.
pub fn variable(env: &Env, name: &str) -> String {
    let value = env.var(name).map(|value| value.to_string());
    value.unwrap_or_default()
}

/// The value of a secret; empty when the script has none of this name.
pub fn secret(env: &Env, name: &str) -> String {
    let value = env.secret(name).map(|value| value.to_string());
    value.unwrap_or_default()
}

thread_local! {
    static SHARDS: OnceCell<Result<u16, ShardsError>> = const { OnceCell::new() };
}

/// How many shards the origin has. Every script that reaches the origin is configured with the same
/// number.
///
/// # Errors
/// When `ORIGIN_SHARDS` is no such number.
pub fn shards(env: &Env) -> Result<u16, ShardsError> {
    SHARDS.with(|cell| {
        let shards = cell.get_or_init(|| {
            let shards = souk_sharding::shards(&variable(env, "ORIGIN_SHARDS"));
            if let Err(error) = &shards {
                console_error!("{error}");
            }
            shards
        });
        shards.clone()
    })
}
