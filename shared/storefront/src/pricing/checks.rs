//! What a request for a quote and an order say alike, as far as checking that needs no catalogue: their
//! lines, and what they name of the terms.

use souk_domain::{LINES_MAX, Quantity, Sku};
use souk_protocol::limits;

use crate::orders::errors::Errors;

/// Where a request says at which point the buyer collects.
pub(crate) const PICKUP_POINT: &str = "/pickup_point";

/// Checks how many lines there are.
pub(crate) fn check_line_count(count: usize, errors: &mut Errors) {
    if !(1..=LINES_MAX).contains(&count) {
        errors.add::<()>("/lines", format!("must have 1 to {LINES_MAX} lines"));
    }
}

/// Checks what a line asks for; `None` where something is wrong.
pub(crate) fn check_line(
    place: usize,
    sku: &str,
    quantity: i64,
    errors: &mut Errors,
) -> Option<(String, Quantity)> {
    let at = |member: &str| format!("/lines/{place}/{member}");
    let sku = match Sku::parse(sku) {
        Ok(sku) => Some(sku.as_str().to_owned()),
        Err(error) => errors.add(at("sku"), error.to_string()),
    };
    let units = u32::try_from(quantity).ok().map(Quantity::new);
    let quantity = match units {
        Some(Ok(quantity)) => Some(quantity),
        Some(Err(_)) | None => errors.add(at("quantity"), souk_domain::QuantityError.to_string()),
    };
    Some((sku?, quantity?))
}

/// Checks what a request names of the terms.
pub(crate) fn check_terms(
    market: Option<&str>,
    delivery: Option<&str>,
    pickup_point: Option<&str>,
    codes: &[String],
    errors: &mut Errors,
) {
    let ids = [
        ("/market", market),
        ("/delivery", delivery),
        (PICKUP_POINT, pickup_point),
    ];
    for (pointer, id) in ids {
        if id.is_some_and(|id| id.is_empty() || id.len() > limits::TERM_ID_BYTES_MAX) {
            let bytes_max = limits::TERM_ID_BYTES_MAX;
            errors.add::<()>(pointer, format!("must have 1 to {bytes_max} bytes"));
        }
    }
    if codes.len() > limits::CODES_MAX {
        let most = limits::CODES_MAX;
        errors.add::<()>("/codes", format!("must have {most} codes at most"));
        return;
    }
    for (place, code) in codes.iter().enumerate() {
        let pointer = format!("/codes/{place}");
        errors.line(&pointer, code, true, limits::CODE_CHARS_MAX);
    }
}
