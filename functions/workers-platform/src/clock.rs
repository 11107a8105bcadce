//! The time.

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    // Whole ones, which a float holds exactly for the next 280,000 years.
    js_sys::Date::now() as i64
}
