//! The harness of the end-to-end tests: starts whole shops on the real runtimes and speaks to them
//! as shoppers, buyers and staff do, over HTTP.
//!
//! - [`Shop`]: one running shop with stores, secrets and a port of its own.
//! - [`Instance`]: one of several processes of a shop.
//! - [`Client`] and [`Answer`]: plain HTTP, nothing followed, nothing decoded.
//! - [`buyers`]: clients that place orders and repeat what has no answer, with the same key.
//! - [`commands`]: what buyers and staff do to stock and orders, with keys.
//! - [`crash`]: buyers whose shop dies under them.
//! - [`faults`]: the way between an edge and its origin, when it is bad.
//! - [`stage`]: a shop with ways that can be broken, for drills.
//! - [`catalogue`]: catalogues made up for a test.
//! - [`tools`]: where the programs are that the tests run.
//!
//! Invariants: every server listens on the loopback address only; whatever a test starts ends with
//! it, also when the test panics or is killed (see [`server`]); nothing waits by sleeping for a
//! fixed time.
//!
//! What the tests prove stands in `tests/`; the rules of one part alone are tested in that part.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

pub mod browser;
pub mod buyers;
pub mod catalogue;
mod client;
pub mod commands;
pub mod crash;
mod distant;
pub mod faults;
mod instance;
mod platform;
pub mod python;
pub mod server;
mod shop;
pub mod stage;
pub mod tools;
mod waiting;
mod workers;

pub use client::{Answer, Client};
pub use instance::Instance;
pub use platform::{Goal, NextBuild, Platform};
pub use shop::{DATA_KEYS, Shop};
pub use waiting::{eventually, eventually_within};

/// The seed of everything random in a test: `SOUK_E2E_SEED`, or a new one. Print it.
pub fn seed() -> u64 {
    given_seed().unwrap_or_else(|| fastrand::u64(..))
}

/// `SOUK_E2E_SEED`, for what is repeatable without it.
pub fn given_seed() -> Option<u64> {
    std::env::var("SOUK_E2E_SEED").ok()?.parse().ok()
}

/// Makes one test of each scenario for every platform.
///
/// A scenario is an `async fn(Platform) -> Result<()>`.
#[macro_export]
macro_rules! on_every_platform {
    ($($scenario:ident),+ $(,)?) => {
        mod workers {
            $crate::tests_on!(Workers: $($scenario),+);
        }
        mod spin_sqlite {
            $crate::tests_on!(SpinSqlite: $($scenario),+);
        }
        mod spin_postgres {
            $crate::tests_on!(SpinPostgres: $($scenario),+);
        }
    };
}

/// The same, and on Workers once more over several shards.
#[macro_export]
macro_rules! on_every_platform_and_over_shards {
    ($($scenario:ident),+ $(,)?) => {
        $crate::on_every_platform!($($scenario),+);
        mod workers_sharded {
            $crate::tests_on!(WorkersSharded: $($scenario),+);
        }
    };
}

/// Makes one test of each scenario of the module above for one platform.
#[macro_export]
macro_rules! tests_on {
    ($platform:ident: $($scenario:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() -> anyhow::Result<()> {
                super::$scenario($crate::Platform::$platform).await
            }
        )+
    };
}
