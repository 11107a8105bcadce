//! What staff steer with `search.toml`: synonyms, related types, pins, redirects.
