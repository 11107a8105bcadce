//! The terms of a shop: `markets.toml`, `prices.csv`, `delivery.toml`, `tax.toml`,
//! `promotions.toml` and `options.toml`, as [`Terms`] and the [`Facts`] of every variant.
//!
//! - `keys`: the keys of the files; a module for each file; `amounts`: amounts by currency;
//!   `products`: conditions on products, as numbers of groups;
//! - what the modules work on: `conversion`, `rows`, `sale`, `selector`; what comes of it: `shop`;
//! - `statements`: what files say, to be compared.
//!
//! Every file may be absent: then there is one market with the shop's currency and no tax, the prices
//! are those of the products, and there are the deliveries that every shop has.
//!
//! Invariants: every problem of every file is reported at once, at its place. Files without an error
//! give terms that can be published, and the order of promotions in the file makes no difference.

mod amounts;
mod conversion;
mod delivery;
mod keys;
mod markets;
mod options;
mod prices;
mod products;
mod promotions;
mod rows;
mod sale;
mod selector;
mod shop;
mod statements;
mod tax;

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::{INSTANTS_MAX, Product, Selling, instants};
use souk_domain::Currency;
use souk_pricing::{Terms, Title};
use souk_shop::Offset;

pub use delivery::UsualDelivery;
pub(crate) use keys::{
    DELIVERY_FILE_KEYS, MARKET_FILE_KEYS, OPTION_FILE_KEYS, PRICE_COLUMNS, PROMOTION_FILE_KEYS,
    TAX_FILE_KEYS,
};
pub use shop::ShopTerms;
pub use statements::{KINDS, Kind, statements_of};

use self::conversion::MarketExtra;
use self::rows::Rows;
use self::sale::Sale;
use self::selector::{Names, Selector};
use crate::document::{Document, Node};
use crate::moment::{End, Moment};
use crate::problem::{Problem, Severity, suggestion};
use crate::shape::{Key, Shape, check};
use crate::translated;

/// Names of the files in the folder.
pub const MARKETS_FILE: &str = "markets.toml";
/// Prices.
pub const PRICES_FILE: &str = "prices.csv";
/// Delivery.
pub const DELIVERY_FILE: &str = "delivery.toml";
/// Tax.
pub const TAX_FILE: &str = "tax.toml";
/// Promotions.
pub const PROMOTIONS_FILE: &str = "promotions.toml";
/// Options of lines.
pub const OPTIONS_FILE: &str = "options.toml";
/// All of them.
pub const FILES: [&str; 6] = [
    MARKETS_FILE,
    PRICES_FILE,
    DELIVERY_FILE,
    TAX_FILE,
    PROMOTIONS_FILE,
    OPTIONS_FILE,
];

/// Id of the market of a shop without `markets.toml`.
const ONLY_MARKET: &str = "main";

/// The texts of the files by their names, as far as there are any.
pub type TermsFiles<'f> = BTreeMap<&'static str, &'f str>;

/// What the files are read with.
pub struct Context<'c> {
    /// Codes of the shop's languages, its own first.
    pub languages: &'c [String],
    /// ISO 4217 code of the prices of products.
    pub currency: &'c str,
    /// IANA name of the shop's time zone.
    pub time_zone: &'c str,
    /// What the shop sells.
    pub products: &'c [Product],
    /// Slugs of collections, those without products among them.
    pub collections: &'c [String],
    /// The offsets of a time zone, or why there is none of this name.
    pub offsets: &'c dyn Fn(&str) -> Result<Vec<Offset>, String>,
    /// What is offered without `delivery.toml`.
    pub usual_delivery: UsualDelivery,
    /// How bad it is that files name a product, a collection or a tag which does not exist: a warning
    /// where the files are those that are published.
    pub missing: Severity,
    /// Milliseconds since 1970.
    pub now_ms: i64,
}

/// Reads the files. What comes back has to be used only where no error was added.
pub fn read(
    files: &TermsFiles<'_>,
    context: &Context<'_>,
    problems: &mut Vec<Problem>,
) -> ShopTerms {
    let mut reading = Reading {
        currency: Currency::parse(context.currency).unwrap_or(Currency::USD),
        names: Names::of(context.products, context.collections),
        context,
        problems,
        terms: Terms::default(),
        markets: Vec::new(),
        converted: BTreeSet::new(),
        categories: Vec::new(),
        groups: Vec::new(),
        sales: Vec::new(),
        seen: BTreeMap::new(),
    };
    reading.each(files)
}

/// Milliseconds since 1970 of a moment such as `2026-11-27 09:00`, in a place with these offsets;
/// `None` for what is no moment.
pub fn moment_ms(text: &str, offsets: &[Offset]) -> Option<i64> {
    let moment = Moment::parse(text)?;
    Some(moment.at_ms(offsets, End::From))
}

/// Files that are being read.
struct Reading<'c> {
    context: &'c Context<'c>,
    problems: &'c mut Vec<Problem>,
    /// Of the prices of products.
    currency: Currency,
    names: Names<'c>,
    terms: Terms,
    /// What the terms do not keep of each market.
    markets: Vec<MarketExtra>,
    /// Ids of markets with converted prices.
    converted: BTreeSet<String>,
    /// What is in each tax category.
    categories: Vec<Selector>,
    /// What is in each group of products.
    groups: Vec<Selector>,
    sales: Vec<Sale>,
    /// The line of each id that a kind of things has.
    seen: BTreeMap<(&'static str, String), usize>,
}

impl Reading<'_> {
    fn each(&mut self, files: &TermsFiles<'_>) -> ShopTerms {
        self.file(files, MARKETS_FILE, MARKET_FILE_KEYS, Self::markets);
        if self.terms.markets.is_empty() {
            self.only_market();
        }
        match files.contains_key(DELIVERY_FILE) {
            true => self.file(files, DELIVERY_FILE, DELIVERY_FILE_KEYS, Self::delivery),
            false => self.usual_delivery(),
        }
        self.file(files, TAX_FILE, TAX_FILE_KEYS, Self::tax);
        self.file(
            files,
            PROMOTIONS_FILE,
            PROMOTION_FILE_KEYS,
            Self::promotions,
        );
        self.file(files, OPTIONS_FILE, OPTION_FILE_KEYS, Self::options);
        let rows = match files.get(PRICES_FILE) {
            Some(text) => self.prices(text),
            None => Rows::default(),
        };
        let shop = ShopTerms {
            selling: self.selling(&rows),
            terms: std::mem::take(&mut self.terms),
        };
        self.warn_of_prices(&shop);
        self.check_instants(&shop);
        if let Err(error) = shop.terms.encode() {
            let instead = "take promotions, rates or zones away";
            let problem = Problem::of_file(PROMOTIONS_FILE, error.to_string(), instead);
            self.problems.push(problem);
        }
        shop
    }

    fn file(
        &mut self,
        files: &TermsFiles<'_>,
        name: &'static str,
        keys: &'static [Key],
        read: fn(&mut Self, &Node<'_>),
    ) {
        let Some(text) = files.get(name) else {
            return;
        };
        let document = Document::parse(name, text, self.problems);
        let root = document.root();
        check(&root, &Shape::Table(keys), self.problems);
        read(self, &root);
    }

    fn only_market(&mut self) {
        let zone = self.context.time_zone;
        self.terms = Terms::plain(ONLY_MARKET, self.currency, zone, Vec::new());
        self.markets.push(MarketExtra {
            offsets: (self.context.offsets)(zone).unwrap_or_default(),
            ..MarketExtra::default()
        });
    }

    /// Products that a market does not sell, because they have no price there.
    fn warn_of_prices(&mut self, shop: &ShopTerms) {
        if self
            .problems
            .iter()
            .any(|one| one.severity == Severity::Error)
        {
            // What is missing may be what is wrong.
            return;
        }
        let variants = self.context.products.iter().flat_map(|one| &one.variants);
        let variants: Vec<_> = variants.zip(&shop.selling).collect();
        for market in &shop.terms.markets {
            let is_sold = |selling: &Option<Selling>| match selling {
                Some(selling) => selling.prices.iter().any(|one| one.market == market.id),
                None => market.id == shop.first_market(),
            };
            let unsold = variants.iter().filter(|(_, selling)| !is_sold(selling));
            let unsold: Vec<_> = unsold.map(|(variant, _)| &variant.sku).collect();
            let Some(first) = unsold.first() else {
                continue;
            };
            let reason = format!(
                "{} variants are not sold in the market {}, {first} among them: they have no price there",
                unsold.len(),
                market.id
            );
            let instead = "add them to prices.csv, or add convert to the market";
            let problem = Problem::of_file(MARKETS_FILE, reason, instead).warning();
            self.problems.push(problem);
        }
    }

    /// A version names every moment at which a price changes, and there is a limit.
    fn check_instants(&mut self, shop: &ShopTerms) {
        let moments = instants(shop.selling.iter().flatten(), self.context.now_ms).len();
        if moments > INSTANTS_MAX {
            let reason = format!(
                "prices change at {moments} moments from now on; {INSTANTS_MAX} are possible"
            );
            let instead = "let more of them change at the same moments";
            let problem = Problem::of_file(PRICES_FILE, reason, instead);
            self.problems.push(problem);
        }
    }

    /// A problem with something that is named and does not exist.
    fn missing(&self, problem: Problem) -> Problem {
        match self.context.missing {
            Severity::Error => problem,
            Severity::Warning => problem.warning(),
        }
    }

    /// The id of a thing; one that another thing of this kind has is reported.
    fn unique(&mut self, node: &Node<'_>, kind: &'static str) -> String {
        let id = node.text_of("id");
        let line = node.line();
        if id.is_empty() {
            return id;
        }
        if let Some(other) = self.seen.get(&(kind, id.clone())) {
            let reason = format!("the {kind} at line {other} is called '{id}' already");
            let at = node.get("id").unwrap_or_else(|| node.clone());
            self.problems.push(at.error(reason, "choose another name"));
        }
        self.seen.insert((kind, id.clone()), line);
        id
    }

    fn title(&mut self, node: &Node<'_>) -> Title {
        let languages = &self.context.languages;
        let title = translated::read(node.get("title"), languages, self.problems);
        Title {
            own: title.own,
            others: title.others,
        }
    }

    fn all_markets(&self) -> Vec<u16> {
        let places = 0..self.terms.markets.len();
        places
            .filter_map(|place| u16::try_from(place).ok())
            .collect()
    }

    /// Places of the markets that the key `markets` names; none where there is no such key.
    fn named_markets(&mut self, node: &Node<'_>) -> Vec<u16> {
        let items = node
            .get("markets")
            .map_or_else(Vec::new, |node| node.items());
        let mut places: Vec<_> = items
            .iter()
            .filter_map(|item| self.market_named(item))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn market_named(&mut self, node: &Node<'_>) -> Option<u16> {
        let id = node.text()?;
        let mut markets = self.terms.markets.iter();
        let place = markets.position(|market| market.id == id);
        if place.is_none() {
            let known = self.terms.markets.iter().map(|market| market.id.as_str());
            let instead = suggestion(id, known);
            self.problems
                .push(node.error(format!("there is no market '{id}'"), instead));
        }
        u16::try_from(place?).ok()
    }
}

/// The value with the name that a key has; the first one where there is no such key.
fn choice<T: Copy, const N: usize>(
    node: &Node<'_>,
    key: &str,
    names: &[&str],
    values: [T; N],
) -> T {
    let name = node.text_of(key);
    let place = names.iter().position(|known| *known == name);
    values[place.filter(|&place| place < N).unwrap_or(0)]
}

/// The tables of a list; none where there is no such list.
fn tables<'a>(node: &Node<'a>, name: &str) -> Vec<Node<'a>> {
    node.get(name).map_or_else(Vec::new, |node| node.items())
}
