//! Builds the index that `souk-search` reads: dictionaries, segmentation, merging of runs.
//!
//! - **Architecture Invariant:** part of the program `souk`; no function depends on it.
