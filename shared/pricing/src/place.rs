//! Where a parcel goes, and areas that it may lie in.

use minicbor::{Decode, Encode};

/// Where a parcel goes. What is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1 code.
    pub country: String,
    /// Code of the region, as addresses of the country have it, such as `CA` in the United States.
    pub region: String,
    /// Postal code, as people write it.
    pub postal_code: String,
}

/// A part of the world. An empty list does not restrict it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Area {
    /// ISO 3166-1 codes.
    #[n(0)]
    pub countries: Vec<String>,
    /// Codes of regions.
    #[n(1)]
    pub regions: Vec<String>,
    /// Beginnings of postal codes: letters and digits count, without case.
    #[n(2)]
    pub postal: Vec<String>,
}

/// How closely an area says where a place is: the length of a postal code's beginning counts before a
/// region, a region before a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Closeness {
    postal: usize,
    region: bool,
    country: bool,
}

impl Area {
    /// How closely it describes a place that lies in it; `None` for one outside of it. A place that is not
    /// known lies in areas without a restriction only.
    pub(crate) fn closeness(&self, place: &Place) -> Option<Closeness> {
        let country = named(&self.countries, &place.country)?;
        let region = named(&self.regions, &place.region)?;
        let postal = self.postal_length(&place.postal_code)?;
        Some(Closeness {
            postal,
            region,
            country,
        })
    }

    /// The length of the longest beginning that a postal code has; 0 where none is asked for.
    fn postal_length(&self, code: &str) -> Option<usize> {
        if self.postal.is_empty() {
            return Some(0);
        }
        let beginnings = self.postal.iter();
        let lengths = beginnings.filter_map(|beginning| beginning_length(code, beginning));
        lengths.max()
    }
}

/// Whether a list names a code (`false` for a list that names none); `None` where it names others only.
fn named(list: &[String], code: &str) -> Option<bool> {
    if list.is_empty() {
        return Some(false);
    }
    let is_named = list.iter().any(|one| one.eq_ignore_ascii_case(code));
    is_named.then_some(true)
}

/// How many letters and digits a postal code begins with, if it begins with these.
fn beginning_length(code: &str, beginning: &str) -> Option<usize> {
    let mut code = signs(code);
    let mut length = 0;
    for sign in signs(beginning) {
        if code.next() != Some(sign) {
            return None;
        }
        length += 1;
    }
    (length > 0).then_some(length)
}

/// Letters and digits in upper case.
fn signs(text: &str) -> impl Iterator<Item = u8> {
    let bytes = text.bytes().filter(u8::is_ascii_alphanumeric);
    bytes.map(|byte| byte.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(countries: &[&str], regions: &[&str], postal: &[&str]) -> Area {
        let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        Area {
            countries: owned(countries),
            regions: owned(regions),
            postal: owned(postal),
        }
    }

    fn place(country: &str, region: &str, postal_code: &str) -> Place {
        Place {
            country: country.to_owned(),
            region: region.to_owned(),
            postal_code: postal_code.to_owned(),
        }
    }

    #[test]
    fn a_place_lies_in_an_area_that_names_all_of_its_parts() {
        let hawaii = place("US", "HI", "96701-12");
        let cases = [
            (area(&[], &[], &[]), true),
            (area(&["CA", "US"], &[], &[]), true),
            (area(&["us"], &["hi"], &["967"]), true),
            (area(&["US"], &["CA"], &[]), false),
            (area(&["US"], &[], &["968"]), false),
            (area(&["US"], &[], &["967 01 1"]), true),
            (area(&["US"], &[], &["--"]), false),
        ];
        for (area, is_in) in cases {
            assert_eq!(area.closeness(&hawaii).is_some(), is_in, "{area:?}");
        }
        let unknown = Place::default();
        assert!(area(&[], &[], &[]).closeness(&unknown).is_some());
        assert!(area(&["US"], &[], &[]).closeness(&unknown).is_none());
    }

    #[test]
    fn a_postal_code_is_closer_than_a_region_and_that_closer_than_a_country() {
        let there = place("GB", "SCT", "KW15 1AA");
        let areas = [
            area(&[], &[], &[]),
            area(&["GB"], &[], &[]),
            area(&["GB"], &["SCT"], &[]),
            area(&["GB"], &[], &["KW"]),
            area(&[], &[], &["KW15", "KW"]),
        ];
        let closeness: Vec<_> = areas.iter().map(|area| area.closeness(&there)).collect();
        assert!(closeness.is_sorted() && closeness[0].is_some());
    }
}
