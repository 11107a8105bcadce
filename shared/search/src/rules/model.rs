//! The blob.
//!
//! Invariant: every `language` of a rule is a place in [`SearchRules::languages`]; a blob in which one
//! is not is refused.

use minicbor::{Decode, Encode};
use souk_catalogue::{DecodeError, FacetName, Filter, decode_blob, encode_blob};

use super::BLOB_BYTES_MAX;

const WHAT: &str = "list of search rules";

/// Everything that `search.toml` says, and the base list of synonyms where it is not switched off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct SearchRules {
    /// Codes of the languages that rules name.
    #[n(0)]
    pub languages: Vec<String>,
    /// Synonyms, the shop's own before those of the base list.
    #[n(1)]
    pub synonyms: Vec<Synonyms>,
    /// Related types, in the order of the file.
    #[n(2)]
    pub related: Vec<RelatedTypes>,
    /// Rules of queries, in the order of the file.
    #[n(3)]
    pub queries: Vec<QueryRule>,
    /// Boosts.
    #[n(4)]
    pub boosts: Vec<Boost>,
    /// Stop words, once for each language.
    #[n(5)]
    pub stop_words: Vec<StopWords>,
    /// What becomes of products that are sold out.
    #[n(6)]
    pub sold_out: SoldOut,
}

/// Words that find each other, or a word that finds others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Synonyms {
    /// Place of the language; every language where absent.
    #[n(0)]
    pub language: Option<u8>,
    /// Words or phrases. Each finds each other one where `finds` is empty; else each finds those.
    #[n(1)]
    pub words: Vec<String>,
    /// What `words` find besides themselves, but not the other way.
    #[n(2)]
    pub finds: Vec<String>,
    /// Whether it is of the base list.
    #[n(3)]
    pub is_base: bool,
}

/// Types whose products are shown beside those of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct RelatedTypes {
    /// In the shop's own language, as products name it.
    #[n(0)]
    pub product_type: String,
    /// The others, in their order.
    #[n(1)]
    pub related: Vec<String>,
}

/// What is done about a query.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct QueryRule {
    /// Place of the language; every language where absent.
    #[n(0)]
    pub language: Option<u8>,
    /// The query; empty for every query.
    #[n(1)]
    pub query: String,
    /// Whether longer queries with these words, one behind the other, are meant too.
    #[n(2)]
    pub is_contained: bool,
    /// What is done.
    #[n(3)]
    pub action: Action,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// These products come first, in this order. Slugs.
    #[n(0)]
    Pin(#[n(0)] Vec<String>),
    /// These products are not shown. Slugs.
    #[n(1)]
    Hide(#[n(0)] Vec<String>),
    /// Other products are not shown.
    #[n(2)]
    Filter(#[n(0)] QueryFilter),
    /// The shopper gets to a path of the shop, without a language before it.
    #[n(3)]
    Redirect(#[n(0)] String),
}

/// What products have to have. Values of one list widen, lists narrow; an empty list wants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct QueryFilter {
    /// Slug of a collection.
    #[n(0)]
    pub collection: Option<String>,
    /// Types, in the shop's own language.
    #[n(1)]
    pub types: Vec<String>,
    /// Makers.
    #[n(2)]
    pub vendors: Vec<String>,
    /// Labels.
    #[n(3)]
    pub tags: Vec<String>,
    /// Names of options with values, in the shop's own language.
    #[n(4)]
    pub options: Vec<(String, Vec<String>)>,
    /// Lowest price at least, in minor units.
    #[n(5)]
    pub price_min_minor: Option<i64>,
    /// Lowest price at most, in minor units.
    #[n(6)]
    pub price_max_minor: Option<i64>,
    /// Whether they have to be in stock.
    #[n(7)]
    pub in_stock: bool,
    /// Whether the words of the rule need not be found any more, because the filter says what they say.
    #[n(8)]
    pub drops_words: bool,
}

impl QueryFilter {
    /// As listings have it, for all but the collection and the stock.
    pub fn filter(&self) -> Filter {
        let mut filter = Filter::priced(self.price_min_minor, self.price_max_minor);
        let lists = [
            (FacetName::Type, &self.types),
            (FacetName::Vendor, &self.vendors),
            (FacetName::Tag, &self.tags),
        ];
        let options = self.options.iter();
        let options = options.map(|(name, values)| (FacetName::Option(name.clone()), values));
        for (facet, values) in lists.into_iter().chain(options) {
            if !values.is_empty() {
                filter = filter.any_of(&facet, values.iter().map(String::as_str));
            }
        }
        filter
    }
}

/// Products that come earlier or later.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Boost {
    /// Which.
    #[n(0)]
    pub of: BoostOf,
    /// What their score is multiplied by, in hundredths.
    #[n(1)]
    pub percent: u16,
}

/// Which products a boost is about; names in the shop's own language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum BoostOf {
    /// Those of a type.
    #[n(0)]
    Type(#[n(0)] String),
    /// Those of a maker.
    #[n(1)]
    Vendor(#[n(0)] String),
    /// Those with a label.
    #[n(2)]
    Tag(#[n(0)] String),
    /// Those of a collection, by its slug.
    #[n(3)]
    Collection(#[n(0)] String),
}

/// Words of queries that need not be found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct StopWords {
    /// Place of the language.
    #[n(0)]
    pub language: u8,
    /// The words.
    #[n(1)]
    pub words: Vec<String>,
}

/// What becomes of products that are sold out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SoldOut {
    /// They stay in their places.
    #[n(0)]
    #[default]
    Show,
    /// They come behind the others.
    #[n(1)]
    Last,
    /// They are not shown.
    #[n(2)]
    Hide,
}

impl SearchRules {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        encode_blob(self)
    }

    /// # Errors
    /// When the blob is not a list of rules, or larger than one may be.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        let wrong = |reason: String| DecodeError { what: WHAT, reason };
        if blob.len() > BLOB_BYTES_MAX {
            return Err(wrong(format!("it has {} bytes", blob.len())));
        }
        let rules: Self = decode_blob(WHAT, blob)?;
        let places = rules.synonyms.iter().filter_map(|one| one.language);
        let places = places.chain(rules.queries.iter().filter_map(|one| one.language));
        let mut places = places.chain(rules.stop_words.iter().map(|one| one.language));
        match places.find(|&place| usize::from(place) >= rules.languages.len()) {
            Some(place) => Err(wrong(format!("it has no language {place}"))),
            None => Ok(rules),
        }
    }

    /// The place of a language among those that rules name.
    pub(super) fn place(&self, language: &str) -> Option<u8> {
        let place = self.languages.iter().position(|code| code == language);
        place.and_then(|place| u8::try_from(place).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> SearchRules {
        SearchRules {
            languages: vec!["de".to_owned()],
            synonyms: vec![Synonyms {
                language: Some(0),
                words: vec!["Kanne".to_owned(), "Krug".to_owned()],
                ..Synonyms::default()
            }],
            queries: vec![QueryRule {
                language: None,
                query: "widerruf".to_owned(),
                is_contained: false,
                action: Action::Redirect("/pages/widerruf".to_owned()),
            }],
            boosts: vec![Boost {
                of: BoostOf::Tag("neu".to_owned()),
                percent: 120,
            }],
            sold_out: SoldOut::Last,
            ..SearchRules::default()
        }
    }

    #[test]
    fn rules_come_back_from_their_blob() {
        for rules in [rules(), SearchRules::default()] {
            assert_eq!(SearchRules::decode(&rules.encode()).unwrap(), rules);
        }
    }

    #[test]
    fn a_blob_that_is_cut_or_too_large_or_names_no_language_is_refused() {
        let blob = rules().encode();
        for length in 0..blob.len() {
            assert!(SearchRules::decode(&blob[..length]).is_err(), "{length}");
        }
        let mut nowhere = rules();
        nowhere.languages.clear();
        assert!(SearchRules::decode(&nowhere.encode()).is_err());
        let mut large = rules();
        large.languages.push("x".repeat(BLOB_BYTES_MAX));
        assert!(SearchRules::decode(&large.encode()).is_err());
    }

    #[test]
    fn a_filter_wants_every_list_that_has_values() {
        assert!(QueryFilter::default().filter().is_empty());
        let filter = QueryFilter {
            tags: vec!["new".to_owned(), "sale".to_owned()],
            options: vec![("Colour".to_owned(), vec!["Red".to_owned()])],
            price_max_minor: Some(2_000),
            ..QueryFilter::default()
        };
        let expected = Filter::priced(None, Some(2_000))
            .any_of(&FacetName::Tag, ["new", "sale"])
            .any_of(&FacetName::Option("Colour".to_owned()), ["Red"]);
        assert_eq!(filter.filter(), expected);
    }
}
