//! The address of an order: what is wrong with it, and the form in which it is stored.
//!
//! Two rules of different strictness: every order has a country, a street and what the country calls
//! a city, each in one line; one that a shopper typed also has what a courier of the country asks
//! for ([`check_by_country`]). A client of the API may know its addresses better.
//!
//! Not here: the rules of countries (`souk-addresses`).

use souk_addresses::{Need, Part, PostalFault, Rules};
use souk_protocol::limits;
use souk_protocol::public::Address;

use crate::orders::errors::Errors;

/// What every order's address must have; `at` is its place in the request.
pub(super) fn check(at: &str, address: &Address, errors: &mut Errors) {
    let rules = Rules::of(&address.country);
    // They are unknown where the catalogue cannot be read: a new order has no price then.
    if rules.is_none() && souk_addresses::are_known() {
        let detail = "is not an ISO 3166-1 alpha-2 country code such as CN";
        errors.add::<()>(format!("{at}/country"), detail);
    }
    let has_city = rules.is_none_or(|rules| rules.need(Part::City) == Need::Required);
    let line_max = limits::ADDRESS_LINE_CHARS_MAX;
    let members = [
        ("region", &address.region, false, line_max),
        ("city", &address.city, has_city, line_max),
        (
            "postal_code",
            &address.postal_code,
            false,
            limits::POSTAL_CODE_CHARS_MAX,
        ),
        ("line1", &address.line1, true, line_max),
        ("line2", &address.line2, false, line_max),
    ];
    for (member, text, required, chars_max) in members {
        errors.line(&format!("{at}/{member}"), text, required, chars_max);
    }
}

/// What the country of the address asks for.
pub(super) fn check_by_country(at: &str, address: &Address, errors: &mut Errors) {
    let Some(rules) = Rules::of(&address.country) else {
        return;
    };
    let country = rules.code();
    let parts = [
        (Part::Region, "region", &address.region),
        (Part::PostalCode, "postal_code", &address.postal_code),
    ];
    for (part, member, text) in parts {
        if rules.need(part) == Need::Required && text.trim().is_empty() {
            let detail = format!("is required for an address in {country}");
            errors.add::<()>(format!("{at}/{member}"), detail);
        }
    }
    let detail = match rules.postal_fault(&address.postal_code, &address.region) {
        Some(PostalFault::Form { example }) => {
            format!("is not a postal code of {country}, such as {example}")
        }
        Some(PostalFault::Region(region)) => format!("is not a postal code of {}", region.name),
        None => return,
    };
    errors.add::<()>(format!("{at}/postal_code"), detail);
}

/// The address with its postal code and its region in the country's form, where they have one.
pub(super) fn stored(address: &Address) -> Address {
    let Some(rules) = Rules::of(&address.country) else {
        return address.clone();
    };
    let code = rules.postal_code(&address.postal_code);
    Address {
        region: rules.region_name(&address.region),
        postal_code: code.unwrap_or_else(|| souk_addresses::plain(&address.postal_code)),
        ..address.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(country: &str, region: &str, city: &str, postal_code: &str) -> Address {
        Address {
            country: country.to_owned(),
            region: region.to_owned(),
            city: city.to_owned(),
            postal_code: postal_code.to_owned(),
            line1: "1 Long Road".to_owned(),
            line2: String::new(),
        }
    }

    fn faults(address: &Address) -> Vec<String> {
        let mut errors = Errors::default();
        check("", address, &mut errors);
        check_by_country("", address, &mut errors);
        let member = |pointer: &str| pointer.rsplit('/').next().unwrap_or_default().to_owned();
        errors
            .0
            .iter()
            .map(|error| format!("{}: {}", member(&error.pointer), error.detail))
            .collect()
    }

    #[test]
    fn a_fault_names_its_field_and_a_code_of_the_country() {
        let cases = [
            (
                address("CN", "浙江省", "杭州市", "31000"),
                "postal_code: is not a postal code of CN, such as 266033",
            ),
            (
                address("DE", "", "Berlin", "1011"),
                "postal_code: is not a postal code of DE, such as 26133",
            ),
            (
                address("DE", "", "Berlin", ""),
                "postal_code: is required for an address in DE",
            ),
            (address("DE", "", "", "10115"), "city: is required"),
            (
                address("US", "", "Austin", "78701"),
                "region: is required for an address in US",
            ),
            (
                address("US", "TX", "Austin", "94043"),
                "postal_code: is not a postal code of Texas",
            ),
            (
                address("JP", "", "", "154-0023"),
                "region: is required for an address in JP",
            ),
            (
                address("ZZ", "", "Town", ""),
                "country: is not an ISO 3166-1 alpha-2 country code such as CN",
            ),
        ];
        for (address, fault) in cases {
            assert_eq!(faults(&address), [fault], "{address:?}");
        }
    }

    #[test]
    fn what_the_country_does_not_use_may_be_empty() {
        let good = [
            address("SG", "", "", "068876"),
            address("HK", "Kowloon", "", ""),
            address("AE", "Dubai", "", ""),
            address("JP", "東京都", "", "〒154-0023"),
            address("QA", "", "Doha", ""),
            address("IE", "", "Cork", ""),
            address("XK", "", "Prishtinë", "10000"),
            address("GB", "Kent", "Dover", "ct16 1aa"),
        ];
        for address in good {
            assert_eq!(faults(&address), <[&str; 0]>::default(), "{address:?}");
        }
    }

    #[test]
    fn an_address_is_stored_in_the_form_of_its_country() {
        let cases = [
            (address("DE", "", "Berlin", "D-10115"), "", "10115"),
            (address("AT", "", "Wien", "A-1010"), "", "1010"),
            (address("FR", "", "Paris", "F-75001"), "", "75001"),
            (
                address("JP", "東京都", "", "〒154-0023"),
                "東京都",
                "154-0023",
            ),
            (address("SA", "", "Riyadh", "١١٥٦٤"), "", "11564"),
            (address("IR", "", "تهران", "۱۱۹۳۶۱۲۳۴۵"), "", "11936-12345"),
            (
                address("US", "california", "Cupertino", "950141234"),
                "CA",
                "95014-1234",
            ),
            (address("GB", "", "London", "sw1a2aa"), "", "SW1A 2AA"),
            // What no rule knows stays: a client of the API may know better.
            (
                address("US", "Elsewhere", "Town", "１２ x"),
                "Elsewhere",
                "12 x",
            ),
        ];
        for (address, region, code) in cases {
            let stored = stored(&address);
            assert_eq!(
                (stored.region.as_str(), stored.postal_code.as_str()),
                (region, code)
            );
            assert_eq!(
                (&stored.city, &stored.line1),
                (&address.city, &address.line1)
            );
        }
    }
}
