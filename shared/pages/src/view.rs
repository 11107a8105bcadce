//! What the pages show, ready to be laid out.

mod buying;
mod sale;

use std::collections::BTreeMap;

use souk_catalogue::{Collection, FacetName, ListingOrder, Market, Product, Text};
use souk_domain::{Currency, Locale, countries};
use souk_protocol::origin::OrderRecord;
use souk_shop::{ContentKind, CountryNames, Entry, Part, Shop, Story};

use crate::words::Words;

pub use self::buying::{
    CartLine, CartView, CheckoutView, FormState, GivenCode, Notice, OPTION_FLAG, OPTION_TEXT,
    OptionField, RecentOrder,
};
pub use self::sale::{
    BuyView, LeftView, PastDrawView, PlaceState, PlaceView, QueueView, SaleItemView, SaleRoomView,
    SaleStands, SaleView,
};

/// What every page knows.
#[derive(Debug, Clone)]
pub struct Site<'a> {
    /// The language of the page, and the market that it is of.
    pub locale: Locale,
    /// Scheme and host of the shop, without a slash at the end; for canonical addresses.
    pub base_url: &'a str,
    /// Path and query of this page without the language's prefix, for the language switch and
    /// for `hreflang`; only parameters that make a page of its own.
    pub path: &'a str,
    /// What the shop says about itself.
    pub shop: &'a Shop,
    /// Its markets; none in a shop without terms.
    pub markets: &'a [Market],
    /// The texts of the pages in the language of the page.
    pub words: &'a Words,
    /// Names of countries in the language of the page; `None` for English ones.
    pub countries: Option<&'a CountryNames>,
    /// Collections for the navigation, without `all`.
    pub collections: &'a [Collection],
    /// Currency of every price.
    pub currency: Currency,
    /// Whether buyers get mails about their orders.
    pub sends_mails: bool,
    /// Whether search engines may index the page.
    pub indexable: bool,
    /// Whether the version can be searched, so that every page has a form for it.
    pub has_search: bool,
}

impl<'a> Site<'a> {
    /// The shop's name.
    pub fn name(&self) -> &'a str {
        self.shop.name.get(self.locale)
    }

    /// The languages of the market.
    pub fn locales(&self) -> Vec<Locale> {
        self.shop.locales_of(self.markets, self.locale.market())
    }

    /// The shop's own language in this market; `None` where the market does not have it.
    pub fn own_here(&self) -> Option<Locale> {
        self.locales().into_iter().find(|locale| locale.is_own())
    }

    /// Whether the market delivers to a country.
    pub fn delivers_to(&self, code: &str) -> bool {
        let market = self.markets.get(self.locale.market());
        market.is_none_or(|market| market.delivers_to(code))
    }

    /// What a country is called; `None` for what is no code of one.
    pub fn country_name(&self, code: &str) -> Option<&'a str> {
        let own = self.countries.and_then(|names| names.find(code));
        own.or_else(|| countries::country_name(code))
    }

    /// Code and name of every country that the market delivers to, in the order in which people look
    /// names up in the language.
    pub fn country_names(&self) -> Vec<(&'a str, &'a str)> {
        let mut names: Vec<(&str, &str)> = match self.countries {
            Some(own) => own
                .names
                .iter()
                .map(|(code, name)| (&**code, &**name))
                .collect(),
            None => countries::all().collect(),
        };
        names.retain(|(code, _)| self.delivers_to(code));
        names
    }

    /// What a collection is called.
    pub fn title_of<'t>(&self, collection: &'t Collection) -> &'t str
    where
        'a: 't,
    {
        match collection.title.get(self.locale) {
            "" => self.words.everything(),
            title => title,
        }
    }
}

/// A product together with what was known of its stock a few seconds ago.
#[derive(Debug, Clone)]
pub struct ProductCard {
    /// The product; a card without description on listings.
    pub product: Product,
    /// For each variant whether it could be ordered.
    pub available: Vec<bool>,
}

impl ProductCard {
    /// The variant that the product's page shows where its address names none: the first that can be
    /// ordered, or else the first.
    pub fn first_choice(&self) -> usize {
        let mut available = self.available.iter();
        available.position(|&available| available).unwrap_or(0)
    }
}

/// A document.
#[derive(Debug, Clone)]
pub struct DocumentView<'a> {
    /// What the index says about it.
    pub entry: &'a Entry,
    /// Whether the parts are in the language of the page; else they are in the shop's own.
    pub is_translated: bool,
    /// The languages that it is written in.
    pub languages: Vec<Locale>,
    /// Its text.
    pub parts: &'a [Part],
    /// The products that it embeds, by slug. One that the version does not have is not shown.
    pub products: BTreeMap<String, ProductCard>,
    /// The collections that it embeds with their first products, by slug.
    pub collections: BTreeMap<String, (&'a Collection, Vec<ProductCard>)>,
    /// Whether the reader has just said if the answer helped.
    pub thanks: bool,
}

/// A page of the list of all documents of a kind.
#[derive(Debug, Clone)]
pub struct DocumentsView<'a> {
    /// Which kind.
    pub kind: ContentKind,
    /// The documents of this page.
    pub entries: &'a [Entry],
    /// `cursor` of the next page.
    pub next: Option<String>,
}

/// Answers of the help to a question.
#[derive(Debug, Clone)]
pub struct AnswersView<'a> {
    /// What was typed.
    pub text: &'a str,
    /// The best answers.
    pub entries: &'a [Entry],
    /// Whether none of them helped: the page says how to reach the shop in their place.
    pub is_contact: bool,
}

/// The home page: its blocks from top to bottom, with what they show.
#[derive(Debug, Clone)]
pub struct HomeView<'a> {
    /// Those that have something to show.
    pub blocks: Vec<HomeBlock<'a>>,
}

/// A block of the home page with what it shows.
#[derive(Debug, Clone)]
pub enum HomeBlock<'a> {
    /// Words beside a picture, or beside pictures of products.
    Story {
        /// Words and picture.
        story: &'a Story,
        /// Products whose pictures stand beside the words; empty where it has a picture.
        cards: Vec<ProductCard>,
    },
    /// Products of a collection, or those that are bought most.
    Row {
        /// Heading; empty for the collection's title, or the program's own.
        title: &'a Text,
        /// Which collection; `None` for what is bought most.
        collection: Option<&'a Collection>,
        /// Its first products.
        cards: Vec<ProductCard>,
    },
    /// Tiles of collections.
    Collections {
        /// Heading; empty for the program's own.
        title: &'a Text,
        /// Which.
        collections: Vec<&'a Collection>,
    },
    /// Short texts side by side.
    Notes {
        /// Heading.
        title: &'a Text,
        /// Heading and text of each.
        notes: &'a [(Text, Text)],
    },
    /// A text.
    Text {
        /// Heading; empty for none.
        title: &'a Text,
        /// Safe HTML.
        html: &'a Text,
    },
    /// Documents of a kind.
    Documents {
        /// Heading.
        title: &'a Text,
        /// Which kind.
        kind: ContentKind,
        /// The documents.
        entries: Vec<Entry>,
    },
}

/// One page of a collection.
#[derive(Debug, Clone)]
pub struct CollectionView<'a> {
    /// The collection.
    pub collection: &'a Collection,
    /// The cards of this page.
    pub cards: Vec<ProductCard>,
    /// The order that they are in.
    pub order: ListingOrder,
    /// Place of the first card in the collection, from 0.
    pub offset: u32,
    /// Cards on all pages; `None` where that is not counted.
    pub total: Option<u32>,
    /// `cursor` of the page before; `Some("")` for the first page.
    pub previous: Option<String>,
    /// `cursor` of the next page.
    pub next: Option<String>,
    /// What it can be filtered by, and what it is filtered by.
    pub filters: FilterView,
}

/// The results of a search.
#[derive(Debug, Clone, Default)]
pub struct SearchView<'a> {
    /// What was typed; empty before the first search.
    pub text: &'a str,
    /// What was searched for instead.
    pub instead: Option<&'a str>,
    /// Words that were left out, because no product has all of them.
    pub dropped: Vec<&'a str>,
    /// The cards of this page.
    pub cards: Vec<ProductCard>,
    /// Of each card the parts of its title that the search names: first character and the one behind
    /// the last.
    pub marks: Vec<Vec<(usize, usize)>>,
    /// The order that they are in.
    pub order: SearchOrder,
    /// Whether the shop knows what is bought most.
    pub knows_popular: bool,
    /// Place of the first card among the results, from 0.
    pub offset: u32,
    /// Results on all pages.
    pub total: u32,
    /// `cursor` of the page before; `Some("")` for the first page.
    pub previous: Option<String>,
    /// `cursor` of the next page.
    pub next: Option<String>,
    /// What they can be filtered by, and what they are filtered by.
    pub filters: FilterView,
    /// What goes with the results.
    pub related: Vec<RelatedView>,
    /// What there is to read.
    pub articles: &'a [Entry],
    /// Other searches.
    pub suggestions: Vec<String>,
}

/// Products of a kind that goes with the results of a search.
#[derive(Debug, Clone)]
pub struct RelatedView {
    /// What the kind is called.
    pub name: String,
    /// What is searched for to see all of them.
    pub query: String,
    /// Some of them.
    pub cards: Vec<ProductCard>,
}

/// The orders of the results of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchOrder {
    /// The best match first.
    #[default]
    Relevance,
    /// The cheapest first.
    PriceAscending,
    /// The most expensive first.
    PriceDescending,
    /// The newest first.
    Newest,
    /// By title.
    Title,
    /// What is bought most first.
    Popular,
}

impl SearchOrder {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Self; 6] = [
        Self::Relevance,
        Self::Popular,
        Self::Newest,
        Self::PriceAscending,
        Self::PriceDescending,
        Self::Title,
    ];

    /// As an address names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::PriceAscending => "price-asc",
            Self::PriceDescending => "price-desc",
            Self::Newest => "newest",
            Self::Title => "title",
            Self::Popular => "popular",
        }
    }
}

/// What a listing can be filtered by, and what it is filtered by.
#[derive(Debug, Clone, Default)]
pub struct FilterView {
    /// In the order in which they are offered.
    pub facets: Vec<FacetChoice>,
    /// The lowest and the highest price in the collection, in minor units.
    pub price_range_minor: (i64, i64),
    /// The lowest price that is wanted, in minor units.
    pub price_min_minor: Option<i64>,
    /// The highest price that is wanted, in minor units.
    pub price_max_minor: Option<i64>,
    /// How many of what is listed are not sold out, where a shopper can ask for them alone.
    pub in_stock: Option<u32>,
    /// What is chosen, in the order of the address.
    pub applied: Vec<AppliedFilter>,
}

impl FilterView {
    /// The same without numbers of products.
    pub fn uncounted(mut self) -> Self {
        let values = self.facets.iter_mut().flat_map(|facet| &mut facet.values);
        values.for_each(|value| value.products = None);
        self
    }
}

/// A facet with the values to choose from.
#[derive(Debug, Clone)]
pub struct FacetChoice {
    /// Its parameter in addresses.
    pub parameter: String,
    /// What the values are of.
    pub name: FacetName,
    /// Name of the option; empty for the facets that the shop names itself.
    pub label: Text,
    /// In the order in which they are shown.
    pub values: Vec<ValueChoice>,
}

/// A value to choose.
#[derive(Debug, Clone)]
pub struct ValueChoice {
    /// The value; its base stands in addresses.
    pub text: Text,
    /// Products that have it; `None` where that is not counted.
    pub products: Option<u32>,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A filter that is in force.
#[derive(Debug, Clone)]
pub struct AppliedFilter {
    /// Its parameter in addresses.
    pub parameter: String,
    /// Its value in addresses.
    pub value: String,
    /// What it says to people.
    pub says: Applied,
}

/// What a filter says to people.
#[derive(Debug, Clone)]
pub enum Applied {
    /// One of these is wanted.
    Value(Text),
    /// Nothing that is sold out.
    InStock,
    /// Nothing cheaper, in minor units.
    PriceMin(i64),
    /// Nothing dearer, in minor units.
    PriceMax(i64),
}

/// Products beside others.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The products; where there is none, nothing is shown.
    pub cards: Vec<ProductCard>,
    /// What they are.
    pub relation: Relation,
}

/// Why products stand beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// They are bought together.
    Together,
    /// They could be bought in the other's place.
    Similar,
    /// They are bought often.
    Popular,
}

/// A product page.
#[derive(Debug, Clone)]
pub struct ProductView<'a> {
    /// The product with everything.
    pub card: ProductCard,
    /// Index of the variant that is shown: the one that the address names, or else the first
    /// that can be ordered.
    pub selected: usize,
    /// The collection for the breadcrumbs.
    pub collection: Option<&'a Collection>,
    /// A few other products.
    pub beside: Beside,
    /// The options of lines with the variant.
    pub options: Vec<OptionField>,
}

/// An order's page.
#[derive(Debug, Clone)]
pub struct OrderView {
    /// The order and its history.
    pub record: OrderRecord,
    /// The token that opened it.
    pub token: String,
    /// For each line the product as the shop shows it now, for its picture and translation.
    pub products: Vec<Option<(Product, usize)>>,
    /// Whether the order was placed a moment ago (the page says thank you).
    pub just_placed: bool,
    /// Where a card can pay the order now: the moment, in milliseconds since 1970.
    pub pay_at_ms: Option<i64>,
    /// Whether the provider has just refused to take it.
    pub card_refused: bool,
    /// What goes with the lines; `None` where there is nothing to go by.
    pub beside: Option<Beside>,
    /// Hidden field `key` of the forms that change the order.
    pub change_key: String,
    /// Whether the order was changed a moment ago.
    pub was_changed: bool,
    /// A change that was not made.
    pub refused: Option<RefusedChange>,
}

/// A change of an order that was not made.
#[derive(Debug, Clone)]
pub struct RefusedChange {
    /// The HTTP status.
    pub status: u16,
    /// The fields `country`, `region`, `city`, `postal_code`, `line1`, `line2` of another address, where
    /// it was that.
    pub address: Option<FormState>,
}

/// A page that says one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// 404.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 400, 413 or 422: the request makes no sense.
    BadRequest,
    /// 403: a form was sent from another site, or is not one of the shop's.
    Forbidden,
    /// 503: nothing is published yet, or a store does not answer.
    Unavailable,
    /// The staff have switched it off for a while.
    SwitchedOff,
    /// 500.
    Internal,
    /// 410: the page of a listing that has since been published anew.
    ListingChanged,
}
