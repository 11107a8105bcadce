//! The folders of this repository.
