//! Imports of product files with their companions, as callers see them.

#![allow(clippy::unwrap_used)]

mod exports;
mod meaning;
mod mistakes;
mod support;
