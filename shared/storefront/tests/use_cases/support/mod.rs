//! A shop without a platform: the real use cases over ports that a test can steer.
//!
//! - [`world`]: every port of the edge, with counters and faults;
//! - [`back_office`]: the real back office beside it;
//! - [`next_build`]: the build of a release, over the same ports;
//! - [`operations`]: the store of levels and switches, by the real rules;
//! - [`origin`]: the real origin over SQLite in memory;
//! - [`pool`]: origins of other deployments, over the same one;
//! - [`about`]: what the shop says about itself;
//! - [`content`]: its documents;
//! - [`fixture`]: a catalogue, built by the real builder;
//! - [`terms`]: terms of prices;
//! - [`shop`]: one instance of the edge in that world, and how tests talk to it.

pub(crate) mod about;
pub(crate) mod back_office;
pub(crate) mod content;
pub(crate) mod fixture;
pub(crate) mod next_build;
pub(crate) mod operations;
pub(crate) mod origin;
pub(crate) mod pool;
pub(crate) mod shop;
pub(crate) mod terms;
pub(crate) mod world;

pub(crate) use shop::{Shop, json, request, text};
pub(crate) use world::{Fault, Lesson, World};
