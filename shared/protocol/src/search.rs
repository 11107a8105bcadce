//! The JSON of `/api/v1/search`, `/api/v1/suggest` and `/api/v1/help/search`.

use serde::{Deserialize, Serialize};

use crate::public::{Money, Product};

/// Results of a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchPage {
    /// What was searched for.
    pub query: Understood,
    /// The products of this page; without `description_html` and with their first picture only.
    pub items: Vec<FoundProduct>,
    /// Products on all pages.
    pub total: u32,
    /// Pass it as `cursor` for the next page; `null` on the last one. It stays with the version
    /// of the catalogue that the first page was read from; in the order `popular` it is good until the
    /// shop has learnt anew what is popular.
    pub next: Option<String>,
    /// What the results can be filtered by; only with `facets=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<Vec<SearchFacet>>,
    /// Whether `facets` count all results, and not the best of them alone.
    pub counts_exact: bool,
    /// What goes with the results; on the first page.
    pub related: Vec<RelatedType>,
    /// What there is to read; on the first page.
    pub articles: Vec<FoundArticle>,
    /// Other searches, where little was found; those of many shoppers first.
    pub suggestions: Vec<String>,
    /// Where the shop sends who searches for this: a path or an address.
    pub redirect: Option<String>,
    /// Number of the version of the catalogue.
    pub catalogue_version: u64,
    /// Number of the version of what the shop has learnt from orders and searches; `null` as long
    /// as it has learnt nothing.
    pub insights_version: Option<u64>,
}

/// What was searched for, and why it is not what was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Understood {
    /// What was typed.
    pub text: String,
    /// What was searched for.
    pub used: String,
    /// Words that are searched for instead of others.
    pub corrections: Vec<Correction>,
    /// Whether words were left out, because no product has all of them.
    pub relaxed: bool,
    /// Those words.
    pub dropped: Vec<String>,
}

/// A word that is searched for instead of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Correction {
    /// What was typed.
    pub from: String,
    /// What is searched for.
    pub to: String,
    /// `typo`, `pinyin`, `homophone`, `split` or `join`.
    pub kind: String,
}

/// A product that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundProduct {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// Parts of its title that the search names: first character and the one behind the last.
    pub highlight: Vec<[u32; 2]>,
}

/// A facet of the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchFacet {
    /// The parameter that filters by it, such as `vendor` or `option.Colour`.
    pub parameter: String,
    /// What it is called.
    pub label: String,
    /// Its values.
    pub values: Vec<SearchFacetValue>,
}

/// A value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SearchFacetValue {
    /// The value of the parameter.
    pub value: String,
    /// What it is called in the language of the request.
    pub text: String,
    /// Products that have it, under the filters of the other facets.
    pub count: u32,
    /// Whether the request names it.
    pub chosen: bool,
}

/// Products of a kind that goes with the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RelatedType {
    /// The kind, as `type` filters it.
    #[serde(rename = "type")]
    pub product_type: String,
    /// What it is called in the language of the request.
    pub text: String,
    /// A search for all of them.
    pub query: String,
    /// Products that this search finds.
    pub total: u32,
    /// Some of them.
    pub items: Vec<Product>,
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundArticle {
    /// `page`, `blog` or `help`.
    pub kind: String,
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Its page.
    pub url: String,
}

/// What a search could become while it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suggestions {
    /// What was typed.
    pub query: String,
    /// Searches that begin with it, those of many shoppers first.
    pub queries: Vec<String>,
    /// Products whose titles have it.
    pub products: Vec<SuggestedProduct>,
    /// Collections whose titles have it.
    pub collections: Vec<SuggestedPage>,
    /// Kinds of products.
    pub types: Vec<SuggestedType>,
    /// What there is to read.
    pub articles: Vec<FoundArticle>,
}

/// A product among suggestions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestedProduct {
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Price of its cheapest variant.
    pub price: Money,
    /// Address of a small picture; `null` where there is none.
    pub image: Option<String>,
}

/// A page among suggestions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestedPage {
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Its page.
    pub url: String,
}

/// A kind of products among suggestions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestedType {
    /// The kind, as `type` filters it.
    pub value: String,
    /// What it is called in the language of the request.
    pub text: String,
}

/// Answers to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpAnswers {
    /// The answers, the best first.
    pub items: Vec<HelpAnswer>,
}

/// An answer of the shop's help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpAnswer {
    /// Name in addresses.
    pub slug: String,
    /// Title.
    pub title: String,
    /// What it says: its summary, or else how its text begins.
    pub excerpt: String,
    /// Its page.
    pub url: String,
}
