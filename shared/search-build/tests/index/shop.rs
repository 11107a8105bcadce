//! A shop whose versions are kept in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use souk_catalogue::{Hash, OptionName, Product, SlugHash, Text, Variant};
use souk_domain::{LanguageCode, Locale};
use souk_search::query::{
    Answer, Filters, Learnt, ReadBlobs, Request, Searcher, Sort, Start, Steering, Stock,
    SuggestRequest, Suggestions,
};
use souk_search::rules::SoldOut;
use souk_search_build::{BuildError, Index, Published, Source, Tools, build};
use souk_stock_signals::sku_number;

pub(crate) static TOOLS: LazyLock<Tools> = LazyLock::new(Tools::default);

/// Every blob that was ever written.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) blobs: RefCell<BTreeMap<Hash, Bytes>>,
    pub(crate) rounds: Cell<usize>,
    pub(crate) reads: Cell<usize>,
}

impl ReadBlobs for Store {
    type Error = Hash;

    async fn read_all(&self, names: &[Hash]) -> Result<Vec<Bytes>, Hash> {
        self.rounds.set(self.rounds.get() + 1);
        self.reads.set(self.reads.get() + names.len());
        let blobs = self.blobs.borrow();
        names
            .iter()
            .map(|name| blobs.get(name).cloned().ok_or(*name))
            .collect()
    }
}

/// What a future gives that waits for nothing.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("blobs in memory are there at once"),
    }
}

/// A shop with its published index.
pub(crate) struct Shop {
    pub(crate) store: Store,
    pub(crate) languages: Vec<LanguageCode>,
    pub(crate) index: Option<Index>,
}

impl Shop {
    pub(crate) fn new(languages: &[&str]) -> Self {
        let languages = languages
            .iter()
            .map(|code| LanguageCode::parse(code).expect("a code"));
        Self {
            store: Store::default(),
            languages: languages.collect(),
            index: None,
        }
    }

    /// A shop with these products.
    pub(crate) fn of(languages: &[&str], products: &[Product]) -> Self {
        let mut shop = Self::new(languages);
        shop.publish(products);
        shop
    }

    /// Publishes; gives how many blobs are new.
    pub(crate) fn publish(&mut self, products: &[Product]) -> usize {
        let read = |hash: Hash| {
            let blobs = self.store.blobs.borrow();
            let blob = blobs.get(&hash).map(|blob| blob.to_vec());
            blob.ok_or_else(|| BuildError::Read(hash.to_string()))
        };
        let published = self.index.as_ref().map(|index| Published {
            root: index.root,
            read: &read,
        });
        let source = Source {
            products,
            collections: &[],
            languages: &self.languages,
            published_at_ms: &|product| product.modified_at_ms,
            prices: &|product| vec![Some(product.price_range_minor().0)],
        };
        let index = build(&source, published.as_ref(), &TOOLS).expect("an index");
        let mut blobs = self.store.blobs.borrow_mut();
        let before = blobs.len();
        blobs.extend(
            index
                .blobs
                .iter()
                .map(|(hash, blob)| (*hash, blob.clone().into())),
        );
        let new = blobs.len() - before;
        for name in &index.names {
            assert!(blobs.contains_key(name), "{name} was never written");
        }
        drop(blobs);
        self.index = Some(index);
        new
    }

    pub(crate) fn locale(&self, place: u8) -> Locale {
        Locale::new(place, self.languages[usize::from(place)])
    }

    pub(crate) fn searcher(&self) -> Searcher {
        let index = self.index.as_ref().expect("a published index");
        ready(Searcher::open(&self.store, index.root)).expect("a root")
    }

    pub(crate) fn answer(&self, ask: &Ask<'_>) -> Answer {
        let sold_out: Vec<u32> = ask.sold_out.iter().map(|sku| sku_number(sku)).collect();
        let is_sold_out = |number| sold_out.contains(&number);
        let factor = |tie| ask.factors.get(&tie).copied().unwrap_or(256);
        let request = Request {
            text: ask.text,
            locale: self.locale(ask.locale),
            filters: &ask.filters,
            sort: ask.sort,
            popular: &ask.popular,
            learnt: Learnt {
                factor: (!ask.factors.is_empty()).then_some(&factor),
            },
            start: ask.start,
            limit: ask.limit,
            facets: true,
            related: true,
            steering: &ask.steering,
            stock: Stock {
                is_sold_out: (!ask.sold_out.is_empty()).then_some(&is_sold_out),
                sold_out: ask.sold_out_are,
            },
        };
        ready(self.searcher().answer(&self.store, &request)).expect("an answer")
    }

    pub(crate) fn suggest(&self, text: &str) -> Suggestions {
        let steering = Steering::default();
        let request = SuggestRequest {
            text,
            locale: self.locale(0),
            limit: 5,
            steering: &steering,
        };
        ready(self.searcher().suggest(&self.store, &request)).expect("an answer")
    }

    /// The slugs that a query finds.
    pub(crate) fn find(&self, text: &str) -> Vec<String> {
        slugs(&self.answer(&Ask::new(text)))
    }
}

pub(crate) fn slugs(answer: &Answer) -> Vec<String> {
    answer
        .items
        .iter()
        .map(|item| item.product.slug.clone())
        .collect()
}

/// A query.
pub(crate) struct Ask<'a> {
    pub(crate) text: &'a str,
    pub(crate) locale: u8,
    pub(crate) filters: Filters,
    pub(crate) sort: Sort,
    /// The most popular products, the most popular first.
    pub(crate) popular: Vec<SlugHash>,
    /// What was learnt of products, by their ties.
    pub(crate) factors: BTreeMap<u32, u64>,
    pub(crate) start: Start,
    pub(crate) limit: usize,
    pub(crate) steering: Steering,
    pub(crate) sold_out: Vec<String>,
    pub(crate) sold_out_are: SoldOut,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            locale: 0,
            filters: Filters::default(),
            sort: Sort::Relevance,
            popular: Vec::new(),
            factors: BTreeMap::new(),
            start: Start::default(),
            limit: 50,
            steering: Steering::default(),
            sold_out: Vec::new(),
            sold_out_are: SoldOut::Show,
        }
    }
}

/// A product with one variant.
pub(crate) fn product(slug: &str, title: &str, kind: &str) -> Product {
    Product {
        slug: slug.to_owned(),
        title: Text::new(title),
        product_type: Text::new(kind),
        variants: vec![Variant {
            sku: format!("SKU-{slug}"),
            price_minor: 1000,
            ..Variant::default()
        }],
        ..Product::default()
    }
}

/// The product with an option of one value.
pub(crate) fn with_option(mut product: Product, name: &str, value: &str) -> Product {
    product.options = vec![OptionName {
        name: Text::new(name),
    }];
    product.variants[0].option_values = vec![Text::new(value)];
    product
}
