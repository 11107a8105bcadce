//! What the rules say.
//!
//! Invariant: every `language` of a rule is a place in [`SearchRules::languages`].

use souk_catalogue::{FacetName, Filter};

/// Everything that `search.toml` says, and the base list of synonyms where it is not switched off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRules {
    /// Codes of the languages that rules name.
    pub languages: Vec<String>,
    /// Synonyms, the shop's own before those of the base list.
    pub synonyms: Vec<Synonyms>,
    /// Related types, in the order of the file.
    pub related: Vec<RelatedTypes>,
    /// Rules of queries, in the order of the file.
    pub queries: Vec<QueryRule>,
    /// Boosts.
    pub boosts: Vec<Boost>,
    /// Stop words, once for each language.
    pub stop_words: Vec<StopWords>,
    /// What becomes of products that are sold out.
    pub sold_out: SoldOut,
}

/// Words that find each other, or a word that finds others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synonyms {
    /// Place of the language; every language where absent.
    pub language: Option<u8>,
    /// Words or phrases. Each finds each other one where `finds` is empty; else each finds those.
    pub words: Vec<String>,
    /// What `words` find besides themselves, but not the other way.
    pub finds: Vec<String>,
    /// Whether it is of the base list.
    pub is_base: bool,
}

/// Types whose products are shown beside those of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelatedTypes {
    /// In the shop's own language, as products name it.
    pub product_type: String,
    /// The others, in their order.
    pub related: Vec<String>,
}

/// What is done about a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryRule {
    /// Place of the language; every language where absent.
    pub language: Option<u8>,
    /// The query; empty for every query.
    pub query: String,
    /// Whether longer queries with these words, one behind the other, are meant too.
    pub is_contained: bool,
    /// What is done.
    pub action: Action,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// These products come first, in this order. Slugs.
    Pin(Vec<String>),
    /// These products are not shown. Slugs.
    Hide(Vec<String>),
    /// Other products are not shown.
    Filter(QueryFilter),
    /// The shopper gets to a path of the shop, without a language before it.
    Redirect(String),
}

/// What products have to have. Values of one list widen, lists narrow; an empty list wants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryFilter {
    /// Slug of a collection.
    pub collection: Option<String>,
    /// Types, in the shop's own language.
    pub types: Vec<String>,
    /// Makers.
    pub vendors: Vec<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Names of options with values, in the shop's own language.
    pub options: Vec<(String, Vec<String>)>,
    /// Lowest price at least, in minor units.
    pub price_min_minor: Option<i64>,
    /// Lowest price at most, in minor units.
    pub price_max_minor: Option<i64>,
    /// Whether they have to be in stock.
    pub in_stock: bool,
    /// Whether the words of the rule need not be found any more, because the filter says what they say.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boost {
    /// Which.
    pub of: BoostOf,
    /// What their score is multiplied by, in hundredths.
    pub percent: u16,
}

/// Which products a boost is about; names in the shop's own language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoostOf {
    /// Those of a type.
    Type(String),
    /// Those of a maker.
    Vendor(String),
    /// Those with a label.
    Tag(String),
    /// Those of a collection, by its slug.
    Collection(String),
}

/// Words of queries that need not be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopWords {
    /// Place of the language.
    pub language: u8,
    /// The words.
    pub words: Vec<String>,
}

/// What becomes of products that are sold out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SoldOut {
    /// They stay in their places.
    #[default]
    Show,
    /// They come behind the others.
    Last,
    /// They are not shown.
    Hide,
}

impl SearchRules {
    /// The place of a language among those that rules name.
    pub(super) fn place(&self, language: &str) -> Option<u8> {
        let place = self.languages.iter().position(|code| code == language);
        place.and_then(|place| u8::try_from(place).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
