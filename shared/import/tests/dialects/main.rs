//! Product files of other systems, as callers see them.

#![allow(clippy::unwrap_used)]

mod faults;
mod google;
mod medusa;
mod support;
mod unknown;
mod vendure;
mod woocommerce;
