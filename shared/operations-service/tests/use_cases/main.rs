//! Use cases of the deployable `operations`, over a store and edges in memory.

mod before_checkout;
mod changes;
mod clock;
mod ladder;
mod plan;
mod rates;
mod reading;
mod release;
mod rooms;
mod signals;
mod support;
