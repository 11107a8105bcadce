//! Countries as the checkout and an order show them.
//!
//! Not here: their names and what their addresses need (`souk_domain::countries`).

/// The ones that are offered first.
pub(super) const COMMON: [&str; 6] = ["CN", "US", "GB", "DE", "JP", "FR"];

/// Whether an address of the country is written from the largest part to the smallest.
pub(super) fn largest_first(code: &str) -> bool {
    matches!(code, "CN" | "HK" | "JP" | "KR" | "MO" | "TW")
}
