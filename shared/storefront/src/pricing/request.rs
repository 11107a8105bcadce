//! What a request for a quote may say, as far as that needs no catalogue.

use souk_addresses::Rules;
use souk_domain::LINES_MAX;
use souk_pricing::Place;
use souk_protocol::limits;
use souk_protocol::problem::FieldError;
use souk_protocol::quotes::{QuotePlace, QuoteRequest};

use crate::orders::errors::Errors;
use crate::pricing::checks::{check_line, check_line_count, check_terms};
use crate::pricing::{Wanted, WantedLine, place_of};

/// Checks a request.
///
/// # Errors
/// Every place that breaks a rule, as JSON Pointers.
pub(crate) fn check(request: &QuoteRequest) -> Result<Wanted, Vec<FieldError>> {
    let mut errors = Errors::default();
    let lines = check_lines(request, &mut errors);
    check_terms(
        request.market.as_deref(),
        request.delivery.as_deref(),
        request.pickup_point.as_deref(),
        &request.codes,
        &mut errors,
    );
    if request.points != 0 {
        errors.add::<()>("/points", "must be 0: the shop has no points");
    }
    let place = request.place.as_ref();
    let place = place.map(|place| check_place(place, &mut errors));
    match errors.0.is_empty() {
        true => Ok(Wanted {
            market: request.market.clone(),
            lines,
            codes: request.codes.clone(),
            place,
            delivery: request.delivery.clone(),
            pickup_point: request.pickup_point.clone(),
            without: Vec::new(),
        }),
        false => Err(errors.0),
    }
}

fn check_lines(request: &QuoteRequest, errors: &mut Errors) -> Vec<WantedLine> {
    check_line_count(request.lines.len(), errors);
    let lines = request.lines.iter().enumerate().take(LINES_MAX);
    let checked = lines.filter_map(|(place, line)| {
        let (sku, quantity) = check_line(place, &line.sku, line.quantity, errors)?;
        Some(WantedLine {
            sku,
            quantity,
            options: line.options.clone(),
        })
    });
    checked.collect()
}

fn check_place(place: &QuotePlace, errors: &mut Errors) -> Place {
    if Rules::of(&place.country).is_none() {
        let detail = "is not an ISO 3166-1 alpha-2 country code such as CN";
        errors.add::<()>("/place/country", detail);
    }
    let (region, code) = (&place.region, &place.postal_code);
    let (region_max, code_max) = (
        limits::ADDRESS_LINE_CHARS_MAX,
        limits::POSTAL_CODE_CHARS_MAX,
    );
    errors.line("/place/region", region, false, region_max);
    errors.line("/place/postal_code", code, false, code_max);
    place_of(&place.country, region, code)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn request() -> Value {
        json!({
            "lines": [{"sku": "MUG-1", "quantity": 2, "options": {}}],
            "codes": ["WELCOME10"],
            "points": 0,
            "place": {"country": "US", "region": "california", "postal_code": "950141234"},
        })
    }

    fn checked(request: &Value) -> Result<Wanted, Vec<FieldError>> {
        check(&serde_json::from_value(request.clone()).unwrap())
    }

    #[test]
    fn a_place_is_read_in_the_form_of_its_country() {
        let place = checked(&request()).unwrap().place.unwrap();
        assert_eq!(
            (place.region.as_str(), place.postal_code.as_str()),
            ("CA", "95014-1234")
        );
    }

    #[test]
    fn every_wrong_place_is_named() {
        let many: Vec<_> = (0..17).map(|n| n.to_string()).collect();
        let cases = [
            ("/lines", json!([]), "/lines"),
            ("/lines/0/sku", json!(" "), "/lines/0/sku"),
            ("/lines/0/quantity", json!(0), "/lines/0/quantity"),
            ("/points", json!(1), "/points"),
            ("/codes", json!(many), "/codes"),
            ("/codes", json!(["a", ""]), "/codes/1"),
            ("/codes", json!(["x".repeat(101)]), "/codes/0"),
            ("/place/country", json!("USA"), "/place/country"),
            ("/place/region", json!("a\nb"), "/place/region"),
            ("/market", json!(""), "/market"),
            ("/delivery", json!("x".repeat(101)), "/delivery"),
            ("/pickup_point", json!(""), "/pickup_point"),
        ];
        for (place, value, pointer) in cases {
            let mut request = request();
            match request.pointer_mut(place) {
                Some(found) => *found = value,
                None => request[&place[1..]] = value,
            }
            let errors = checked(&request).unwrap_err();
            let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, [pointer], "{place}");
        }
    }
}
