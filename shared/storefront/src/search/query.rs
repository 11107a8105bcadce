//! What a request for a search asks for.

use souk_catalogue::FacetName;
use souk_domain::{Locale, Slug, canonical_name};
use souk_pages::paths;
use souk_pages::view::SearchOrder;
use souk_ports::Edge;
use souk_protocol::problem::Problem;
use souk_search::format::FacetKind;
use souk_search::query::{Filters as Wanted, QUERY_CHARS_MAX, Sort, Start};

use crate::catalogue::filters::{Filters, PriceUnit, invalid};
use crate::http::reply;
use crate::http::response_key::SearchKey;
use crate::http::shop::Shop;
use crate::search::cursor::Cursor;

/// A query, as the page and the API take it.
#[derive(Debug, Clone)]
pub(crate) struct SearchQuery {
    /// As it was typed, without space around it; empty before the first search.
    pub(crate) text: String,
    pub(crate) order: SearchOrder,
    /// Slug of a collection.
    pub(crate) collection: Option<String>,
    pub(crate) filters: Filters,
    /// Whether products that are sold out are left out.
    pub(crate) in_stock: bool,
    pub(crate) cursor: Option<Cursor>,
    /// Results on a page.
    pub(crate) count: u32,
}

impl SearchQuery {
    /// Reads the parameters of a request; gives the names of those that a search does not have.
    ///
    /// # Errors
    /// When one of them is wrong; the problem names it.
    pub(crate) fn read<E: Edge>(
        shop: &Shop<'_, E>,
        unit: PriceUnit,
        count: u32,
    ) -> Result<(Self, Vec<String>), Problem> {
        let given = |name| {
            let parameter = shop.incoming.parameter(name);
            parameter.filter(|text: &String| !text.is_empty())
        };
        let text = given("q").unwrap_or_default();
        let text = text.trim();
        if text.chars().count() > QUERY_CHARS_MAX {
            let detail = format!("has more than {QUERY_CHARS_MAX} characters");
            return Err(reply::invalid("?q", detail));
        }
        let collection = given("collection").map(|slug| canonical_name(&slug).into_owned());
        if (collection.iter()).any(|slug| slug.chars().count() > Slug::BYTES_MAX) {
            let detail = format!("has more than {} characters", Slug::BYTES_MAX);
            return Err(reply::invalid("?collection", detail));
        }
        let (filters, others) = Filters::read(shop.incoming.parameters(), unit)?;
        let cursor = given("cursor").map(|text| {
            let detail = "is not a cursor of a search: take `next` of the page before";
            Cursor::parse(&text).ok_or_else(|| reply::invalid("?cursor", detail))
        });
        let query = Self {
            text: text.to_owned(),
            order: read_order(given("sort").as_deref())?,
            collection,
            filters,
            in_stock: shop.read_switch(paths::IN_STOCK)?,
            cursor: cursor.transpose()?,
            count,
        };
        Ok((query, others))
    }

    /// Refuses a cursor of another search.
    ///
    /// # Errors
    /// When its text, language, market, order or filters are others.
    pub(crate) fn check_cursor(&self, locale: Locale) -> Result<(), Problem> {
        let is_other = |cursor: &Cursor| {
            cursor.fingerprint != self.fingerprint(locale)
                || cursor.insights.is_some() != self.is_learnt()
        };
        match self.cursor {
            Some(cursor) if is_other(&cursor) => {
                let detail = "belongs to another search: keep its words, language, order and \
                              filters, or begin with the first page";
                Err(reply::invalid("?cursor", detail))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The version of the insights that the order of the pages before comes from, where it comes from
    /// them.
    pub(crate) fn insights(&self) -> Option<u64> {
        self.cursor?.insights
    }

    /// Whether the order comes from the insights.
    fn is_learnt(&self) -> bool {
        matches!(self.order, SearchOrder::Relevance | SearchOrder::Popular)
    }

    /// Where the page begins.
    pub(crate) fn start(&self) -> Start {
        self.cursor.map_or(Start::default(), |cursor| cursor.start)
    }

    /// Whether it is the first page.
    pub(crate) fn is_first(&self) -> bool {
        self.start() == Start::default()
    }

    /// Whether it asks for less than all that has the words.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.in_stock || self.collection.is_some() || !self.filters.is_empty()
    }

    /// The cursor of a page of these results, in these versions of the catalogue and of the insights.
    pub(crate) fn cursor_at(
        &self,
        (version, insights): (u64, u64),
        locale: Locale,
        start: Start,
    ) -> String {
        let cursor = Cursor {
            version,
            insights: self.is_learnt().then_some(insights),
            start,
            fingerprint: self.fingerprint(locale),
        };
        cursor.encode()
    }

    fn fingerprint(&self, locale: Locale) -> u64 {
        let of = format!(
            "{:?} {} {} {} {:?} {}",
            self.text,
            locale.place(),
            locale.market(),
            self.order.name(),
            self.collection,
            self.in_stock
        );
        self.filters.fingerprint(&of)
    }

    /// Tells pages of results apart.
    pub(crate) fn key(&self) -> SearchKey {
        SearchKey {
            text: self.text.clone(),
            sort: self.sort(),
            start: self.start(),
            in_stock: self.in_stock,
            count: self.count,
            collection: self.collection.clone().unwrap_or_default(),
            filters: self.filters.query(PriceUnit::Minor),
        }
    }

    pub(crate) fn sort(&self) -> Sort {
        match self.order {
            SearchOrder::Relevance => Sort::Relevance,
            SearchOrder::PriceAscending => Sort::PriceAscending,
            SearchOrder::PriceDescending => Sort::PriceDescending,
            SearchOrder::Newest => Sort::Newest,
            SearchOrder::Title => Sort::Title,
            SearchOrder::Popular => Sort::Popular,
        }
    }

    /// What products have to have.
    pub(crate) fn wanted(&self) -> Wanted {
        let facets = self.filters.facets.iter();
        let facets = facets.map(|(name, values)| (kind(name), values.iter().cloned().collect()));
        let collection = self.collection.iter();
        let collection = collection.map(|slug| (FacetKind::Collection, vec![slug.clone()]));
        Wanted {
            groups: facets.chain(collection).collect(),
            price_min_minor: self.filters.price_min_minor,
            price_max_minor: self.filters.price_max_minor,
        }
    }
}

fn kind(name: &FacetName) -> FacetKind {
    match name {
        FacetName::Vendor => FacetKind::Vendor,
        FacetName::Type => FacetKind::Type,
        FacetName::Tag => FacetKind::Tag,
        FacetName::Option(name) => FacetKind::Option(name.clone()),
    }
}

/// The facet that addresses and pages name; `None` for collections, which have a parameter of their
/// own.
pub(crate) fn facet_name(kind: &FacetKind) -> Option<FacetName> {
    match kind {
        FacetKind::Vendor => Some(FacetName::Vendor),
        FacetKind::Type => Some(FacetName::Type),
        FacetKind::Tag => Some(FacetName::Tag),
        FacetKind::Option(name) => Some(FacetName::Option(name.clone())),
        FacetKind::Collection => None,
    }
}

fn read_order(text: Option<&str>) -> Result<SearchOrder, Problem> {
    let Some(text) = text else {
        return Ok(SearchOrder::default());
    };
    let found = SearchOrder::ALL
        .into_iter()
        .find(|order| order.name() == text);
    found.ok_or_else(|| {
        let names = SearchOrder::ALL.map(SearchOrder::name).join(", ");
        invalid("sort", &format!("must be one of {names}"))
    })
}
