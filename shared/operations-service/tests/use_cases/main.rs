//! Use cases of the deployable `operations`, over a store and edges in memory.

mod changes;
mod clock;
mod ladder;
mod rates;
mod reading;
mod rooms;
mod support;
