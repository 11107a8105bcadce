//! Ranges of prices, one for each market.

/// The range of prices of the market at a place: the first one's, or one of the further ones'.
pub(crate) fn in_market(
    first: (i64, i64),
    further: Option<&[(i64, i64)]>,
    market: usize,
) -> (i64, i64) {
    match market.checked_sub(1) {
        None => first,
        Some(place) => further
            .and_then(|further| further.get(place).copied())
            .unwrap_or_default(),
    }
}
