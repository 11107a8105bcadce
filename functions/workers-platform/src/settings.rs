//! Variables and secrets of a script, as its `wrangler.toml` and its secrets hand them over.
//!
//! Not here: what they mean (the use cases read them), and when they are read (each script does so
//! once per isolate).

use std::cell::OnceCell;

use souk_settings::{SettingsError, Values};
use souk_sharding::ShardsError;
use worker::{Env, console_error};

/// The value of a variable or secret; empty when the script has none of this name.
fn variable(env: &Env, name: &str) -> String {
    let value = env.var(name).map(|value| value.to_string());
    value.unwrap_or_default()
}

/// Variables and secrets by their names in small letters; here they have the same ones in capitals.
pub fn values<'a>(env: &Env, names: impl IntoIterator<Item = &'a &'static str>) -> Values {
    let names = names.into_iter();
    names
        .map(|name| (*name, variable(env, &name.to_ascii_uppercase())))
        .collect()
}

/// Settings for as long as the isolate lives, or a line in the log that says what is wrong with
/// them; the script answers nothing but that it is closed then.
pub fn keep<T>(settings: Result<T, SettingsError>) -> Option<&'static T> {
    match settings {
        Ok(settings) => Some(Box::leak(Box::new(settings))),
        Err(error) => {
            console_error!("{error}");
            None
        }
    }
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
