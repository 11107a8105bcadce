//! The grammar of filters in addresses: `vendor=`, `type=`, `tag=`, `option.<Name>=`, each as often
//! as one likes, `price.min=` and `price.max=`.
//!
//! Values of one facet are joined by "or", facets by "and". Values and names are those of the
//! shop's own language in every language, so an address means the same everywhere. The API names
//! prices in minor units; a page names them as people write them, in the currency's main unit.
//!
//! A filter holds for the product, not for one variant: a product that exists in blue and in large
//! is found by both, even if the large one is red. A value that no product has finds nothing and is
//! no error, because it may have existed a version ago. Other parameters, such as `utm_source`, are
//! left to the caller.
//!
//! Invariant: equal filters have one form ([`Filters::pairs`]), whatever the order and repetitions
//! of the address were, so they share one cache entry and one cursor.
//!
//! Not here: which products have a value (`souk_catalogue::PostingBlock`).

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::{FacetName, Filter};
use souk_domain::{Currency, Money};
use souk_pages::paths::{PRICE_MAX, PRICE_MIN};
use souk_protocol::limits::{FILTER_CHARS_MAX, FILTER_PRICE_MINOR_MAX, FILTER_VALUES_MAX};
use souk_protocol::problem::Problem;

use crate::http::reply;

const OPTION: &str = "option.";

/// Characters of a client's text that a problem repeats.
const QUOTED_CHARS_MAX: usize = 64;

/// In which unit an address names prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PriceUnit {
    /// Cents, fen, yen: the API.
    Minor,
    /// Dollars, yuan, yen, with a decimal point: pages.
    Main(Currency),
}

/// What a request wants to see of a collection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    /// By facet the values of which a product has to have one.
    pub(crate) facets: BTreeMap<FacetName, BTreeSet<String>>,
    /// Lowest price in minor units.
    pub(crate) price_min_minor: Option<i64>,
    /// Highest price in minor units.
    pub(crate) price_max_minor: Option<i64>,
}

/// The parameter of a facet.
pub(crate) fn parameter(facet: &FacetName) -> String {
    match facet {
        FacetName::Vendor => "vendor".to_owned(),
        FacetName::Type => "type".to_owned(),
        FacetName::Tag => "tag".to_owned(),
        FacetName::Option(name) => format!("{OPTION}{name}"),
    }
}

fn facet(parameter: &str) -> Option<FacetName> {
    match parameter {
        "vendor" => Some(FacetName::Vendor),
        "type" => Some(FacetName::Type),
        "tag" => Some(FacetName::Tag),
        other => match other.strip_prefix(OPTION) {
            None | Some("") => None,
            Some(name) => Some(FacetName::Option(name.to_owned())),
        },
    }
}

impl Filters {
    /// Reads the filters among the parameters of an address, and gives the parameters that are
    /// none. A parameter without a value counts as absent: forms send those.
    ///
    /// # Errors
    /// When a filter is unknown, too long, not a price, or there are too many; the problem names
    /// the parameter.
    pub(crate) fn read<'a, Text: AsRef<str> + 'a>(
        parameters: impl Iterator<Item = (Text, Text)>,
        unit: PriceUnit,
    ) -> Result<(Self, Vec<String>), Problem> {
        let mut filters = Self::default();
        let mut others = Vec::new();
        let mut given = 0;
        for (name, value) in parameters {
            let (name, value) = (name.as_ref(), value.as_ref());
            if let Some(facet) = facet(name) {
                given += 1;
                if given > FILTER_VALUES_MAX {
                    let detail =
                        format!("is one more than the {FILTER_VALUES_MAX} values that are taken");
                    return Err(invalid(name, &detail));
                }
                filters.add(name, facet, value)?;
            } else if name == PRICE_MIN {
                filters.price_min_minor = once(name, value, unit, filters.price_min_minor)?;
            } else if name == PRICE_MAX {
                filters.price_max_minor = once(name, value, unit, filters.price_max_minor)?;
            } else if name.starts_with("option") || name.starts_with("price") {
                let detail = "is no filter: there are vendor, type, tag, option.<Name>, price.min \
                              and price.max";
                return Err(invalid(name, detail));
            } else {
                others.push(name.to_owned());
            }
        }
        Ok((filters, others))
    }

    fn add(&mut self, name: &str, facet: FacetName, value: &str) -> Result<(), Problem> {
        if value.is_empty() {
            return Ok(());
        }
        let too_long = |text: &str| text.chars().count() > FILTER_CHARS_MAX;
        if too_long(value) || matches!(&facet, FacetName::Option(name) if too_long(name)) {
            let detail = format!("has more than {FILTER_CHARS_MAX} characters");
            return Err(invalid(name, &detail));
        }
        let values = self.facets.entry(facet).or_default();
        values.insert(value.to_owned());
        Ok(())
    }

    /// Whether nothing is filtered.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the bounds of the price contradict each other.
    pub(crate) fn has_no_price(&self) -> bool {
        matches!((self.price_min_minor, self.price_max_minor), (Some(min), Some(max)) if min > max)
    }

    /// The canonical form: parameters and values in their order, each once.
    pub(crate) fn pairs(&self, unit: PriceUnit) -> Vec<(String, String)> {
        let price = |minor: i64| match unit {
            PriceUnit::Minor => minor.to_string(),
            PriceUnit::Main(currency) => Money::new(minor, currency).decimal(),
        };
        let values = self.facets.iter().flat_map(|(facet, values)| {
            let values = values.iter();
            values.map(move |value| (parameter(facet), value.clone()))
        });
        let bounds = [
            (PRICE_MIN, self.price_min_minor),
            (PRICE_MAX, self.price_max_minor),
        ];
        let bounds = bounds
            .into_iter()
            .filter_map(|(name, minor)| Some((name.to_owned(), price(minor?))));
        values.chain(bounds).collect()
    }

    /// The canonical form as the query of an address.
    pub(crate) fn query(&self, unit: PriceUnit) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.pairs(unit))
            .finish()
    }

    /// Stands for these filters of a collection, in cursors.
    pub(crate) fn fingerprint(&self, collection: &str) -> u64 {
        let text = format!("{collection:?} {}", self.query(PriceUnit::Minor));
        let hash = blake3::hash(text.as_bytes());
        u64::from_be_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
    }

    /// What the catalogue is asked.
    pub(crate) fn filter(&self) -> Filter {
        let priced = Filter::priced(self.price_min_minor, self.price_max_minor);
        let facets = self.facets.iter();
        facets.fold(priced, |filter, (facet, values)| {
            filter.any_of(facet, values.iter().map(String::as_str))
        })
    }
}

/// A bound of the price; it may be said once.
fn once(
    name: &str,
    value: &str,
    unit: PriceUnit,
    known: Option<i64>,
) -> Result<Option<i64>, Problem> {
    if value.trim().is_empty() {
        return Ok(known);
    }
    if known.is_some() {
        return Err(invalid(name, "is there twice"));
    }
    let digits = match unit {
        PriceUnit::Minor => 0,
        PriceUnit::Main(currency) => currency.minor_digits(),
    };
    let minor = minor(value.trim(), digits).filter(|&minor| minor <= FILTER_PRICE_MINOR_MAX);
    match minor {
        Some(minor) => Ok(Some(minor)),
        None if digits == 0 => Err(invalid(name, "must be a whole number of minor units")),
        None => Err(invalid(name, "must be an amount such as 12.50")),
    }
}

/// `12`, `12.` and `12.5` with as many digits behind the point as the currency has, in minor units.
fn minor(text: &str, digits: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = fraction.len() <= digits as usize && only_digits(whole) && only_digits(fraction);
    if !fits || whole.is_empty() || (digits == 0 && text.contains('.')) {
        return None;
    }
    let padded = format!("{whole}{fraction:0<width$}", width = digits as usize);
    padded.parse().ok()
}

/// The problem of a parameter, whose name comes from the client.
pub(crate) fn invalid(parameter: &str, detail: &str) -> Problem {
    let name: String = parameter.chars().take(QUOTED_CHARS_MAX).collect();
    reply::invalid(&format!("?{name}"), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, unit: PriceUnit) -> Result<Filters, String> {
        let read = Filters::read(form_urlencoded::parse(query.as_bytes()), unit);
        let (filters, _) = read.map_err(|problem| problem.errors[0].pointer.clone())?;
        Ok(filters)
    }

    #[test]
    fn equal_filters_have_one_form() {
        let one = "vendor=B&option.Size=L&price.max=900&vendor=A&tag=x&vendor=B&type=&price.min=";
        let other = "tag=x&vendor=A&vendor=B&price.max=0900&option.Size=L";
        let canonical = "vendor=A&vendor=B&tag=x&option.Size=L&price.max=900";
        for query in [one, other, canonical] {
            let filters = read(query, PriceUnit::Minor).unwrap();
            assert_eq!(filters.query(PriceUnit::Minor), canonical, "{query}");
        }
        let [a, b] = ["vendor=A", "type=A"].map(|query| read(query, PriceUnit::Minor).unwrap());
        assert_ne!(a.fingerprint("all"), b.fingerprint("all"));
        assert_ne!(a.fingerprint("all"), a.fingerprint("tea"));
        assert!(read("", PriceUnit::Minor).unwrap().is_empty());
    }

    #[test]
    fn prices_are_read_in_the_unit_of_the_address() {
        let main = |code| PriceUnit::Main(Currency::parse(code).unwrap());
        let cases = [
            ("12", main("USD"), Some(1200)),
            ("12.5", main("USD"), Some(1250)),
            ("+12.+", main("USD"), Some(1200)),
            ("12.505", main("USD"), None),
            (".5", main("USD"), None),
            ("-1", main("USD"), None),
            ("1e3", main("USD"), None),
            ("12", main("JPY"), Some(12)),
            ("12.5", main("JPY"), None),
            ("1.234", main("KWD"), Some(1234)),
            ("1250", PriceUnit::Minor, Some(1250)),
            ("12.50", PriceUnit::Minor, None),
            ("1000000000001", PriceUnit::Minor, None),
            ("99999999999999999999", PriceUnit::Minor, None),
        ];
        for (text, unit, minor) in cases {
            let read = read(&format!("price.min={text}"), unit);
            let expected = minor.ok_or("?price.min".to_owned());
            let read = read.map(|filters| filters.price_min_minor.unwrap());
            assert_eq!(read, expected, "{text} {unit:?}");
        }
        let euros = read("price.min=12.5", main("EUR")).unwrap();
        assert_eq!(euros.query(main("EUR")), "price.min=12.50");
    }

    #[test]
    fn what_is_no_filter_is_named() {
        let long = "x".repeat(256);
        let cases = [
            ("option.=L", "?option."),
            ("option=L", "?option"),
            ("price=5", "?price"),
            ("price.from=5", "?price.from"),
            ("price.min=1&price.min=1", "?price.min"),
            (&format!("vendor={long}"), "?vendor"),
            (
                &format!("option.{long}=L"),
                &format!("?option.{}", "x".repeat(57)),
            ),
        ];
        for (query, pointer) in cases {
            assert_eq!(
                read(query, PriceUnit::Minor),
                Err(pointer.to_owned()),
                "{query}"
            );
        }
        let many = |count: usize| {
            let pairs: Vec<_> = (0..count).map(|n| format!("tag={n}")).collect();
            read(&pairs.join("&"), PriceUnit::Minor).map(|filters| filters.facets.len())
        };
        assert_eq!(many(50), Ok(1));
        assert_eq!(many(51), Err("?tag".to_owned()));
    }
}
