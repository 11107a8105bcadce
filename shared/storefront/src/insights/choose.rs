//! Which products go with others. What cannot be ordered now is not recommended, nor what the
//! shopper has in front of them.

use std::cmp::Reverse;

use souk_catalogue::{Product, SlugHash};
use souk_domain::Locale;
use souk_insights::Segment;
use souk_pages::view::ProductCard;
use souk_ports::Edge;
use souk_protocol::keys;
use souk_search::format::FacetKind;
use souk_search::query::{Filters, QUERY_CHARS_MAX, Request, Sort, Start, Steering, Stock};

use crate::catalogue::availability::Availability;
use crate::catalogue::card::card;
use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::Shop;
use crate::insights::Insights;
use crate::search::Blobs;

/// Products that are read beyond those wanted, at once with them: some may be sold out.
const AHEAD: usize = 2;

/// What goes with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// What is bought with it.
    Together,
    /// What could be bought in its place.
    Similar,
}

impl Kind {
    /// Every one.
    pub(crate) const ALL: [Kind; 2] = [Kind::Together, Kind::Similar];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Together => "together",
            Kind::Similar => "similar",
        }
    }
}

/// What products were chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    Baskets,
    Type,
    Popular,
}

impl ChosenBy {
    /// Every one.
    #[cfg(feature = "openapi")]
    pub(crate) const ALL: [ChosenBy; 3] = [ChosenBy::Baskets, ChosenBy::Type, ChosenBy::Popular];

    pub(crate) fn name(self) -> &'static str {
        match self {
            ChosenBy::Baskets => "baskets",
            ChosenBy::Type => "type",
            ChosenBy::Popular => "popular",
        }
    }
}

/// Products that go with others.
pub(crate) struct Chosen {
    pub(crate) products: Vec<Product>,
    pub(crate) by: ChosenBy,
}

/// What is chosen from.
pub(crate) struct Choice<'c, 'a, E> {
    pub(crate) shop: &'c Shop<'a, E>,
    pub(crate) reader: &'c Reader<'a, E>,
    pub(crate) availability: &'c Availability,
    pub(crate) insights: &'c Insights,
    pub(crate) locale: Locale,
    pub(crate) count: usize,
}

impl<E: Edge> Choice<'_, '_, E> {
    /// Products that go with the first one of these slugs, or with all of them; where nothing is known
    /// by baskets those of a kind with `product`, then those that are bought most.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn choose(
        &self,
        kind: Kind,
        slugs: &[&str],
        product: Option<&Product>,
    ) -> Result<Chosen, ReadError> {
        let mut products = Vec::new();
        let mut by = ChosenBy::Baskets;
        if kind == Kind::Together {
            products = self.together(slugs).await?;
        }
        if let (true, Some(product)) = (products.is_empty(), product) {
            // In a box: few requests come here, and it is the largest part.
            products = Box::pin(self.similar(product, slugs)).await?;
            by = ChosenBy::Type;
        }
        if products.is_empty() {
            products = self.popular(slugs).await?;
            by = ChosenBy::Popular;
        }
        Ok(Chosen { products, by })
    }

    /// What is bought together with these products: their lists added up.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn together(&self, slugs: &[&str]) -> Result<Vec<Product>, ReadError> {
        let lists = slugs.iter().map(|slug| self.list(slug));
        let lists = futures_util::future::join_all(lists).await;
        let mut scores: Vec<(SlugHash, u32)> = Vec::new();
        for (slug, score) in lists.into_iter().flatten() {
            match scores.iter_mut().find(|(known, _)| *known == slug) {
                Some((_, sum)) => *sum += score,
                None => scores.push((slug, score)),
            }
        }
        scores.sort_unstable_by_key(|(slug, score)| (Reverse(*score), *slug));
        let candidates: Vec<_> = scores.into_iter().map(|(slug, _)| slug).collect();
        self.available(&candidates, slugs).await
    }

    /// The list of a product; an empty one where it cannot be read.
    async fn list(&self, slug: &str) -> Vec<(SlugHash, u32)> {
        let read = async {
            let Some(segment) = self.insights.root.segment(slug) else {
                return Ok(Vec::new());
            };
            let blob = self.shop.tiers().read(&keys::blob(segment)).await?;
            Ok::<_, ReadError>(Segment::decode(&blob)?.list(slug)?)
        };
        match read.await {
            Ok(list) => (list.into_iter())
                .map(|one| (one.slug, one.score.into()))
                .collect(),
            Err(error) => {
                let text = error.to_string();
                self.shop.log_failure("answered without a list", &text);
                Vec::new()
            }
        }
    }

    /// What is bought most, but for these products.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn popular(&self, slugs: &[&str]) -> Result<Vec<Product>, ReadError> {
        let popular = self.insights.root.popular.iter();
        let candidates: Vec<_> = popular.map(|slug| SlugHash(*slug)).collect();
        self.available(&candidates, slugs).await
    }

    /// Products of a kind with this one: first those that share the words of its title, then others.
    async fn similar(&self, product: &Product, slugs: &[&str]) -> Result<Vec<Product>, ReadError> {
        let Some(head) = self.reader.search_head().await? else {
            return Ok(Vec::new());
        };
        let mut filters = Filters::default();
        let product_type = &product.product_type;
        if !product_type.base.is_empty() {
            let types = vec![product_type.base.clone()];
            filters.groups.push((FacetKind::Type, types));
        }
        let mut found: Vec<Product> = Vec::new();
        for text in [&product.title, product_type] {
            let text: String = text
                .get(self.locale)
                .chars()
                .take(QUERY_CHARS_MAX)
                .collect();
            if found.len() >= self.count || text.is_empty() {
                continue;
            }
            let request = Request {
                text: &text,
                locale: self.locale,
                filters: &filters,
                sort: Sort::Relevance,
                start: Start::default(),
                limit: 2 * self.count + slugs.len(),
                facets: false,
                related: false,
                steering: &Steering::default(),
                stock: Stock::default(),
            };
            let answer = head.searcher.answer(&Blobs(self.reader), &request).await?;
            for item in answer.items {
                let slug = &item.product.slug;
                let is_known =
                    slugs.contains(&slug.as_str()) || found.iter().any(|known| known.slug == *slug);
                if !is_known && self.can_be_had(&item.product) {
                    found.push(item.product);
                }
            }
        }
        found.truncate(self.count);
        Ok(found)
    }

    /// The first of the candidates that can be ordered.
    async fn available(
        &self,
        candidates: &[SlugHash],
        slugs: &[&str],
    ) -> Result<Vec<Product>, ReadError> {
        let left_out: Vec<_> = slugs.iter().map(|slug| SlugHash::of(slug)).collect();
        let mut rest = candidates.iter().filter(|slug| !left_out.contains(slug));
        let mut found = Vec::new();
        while found.len() < self.count {
            let wanted = self.count - found.len() + AHEAD;
            let reads = rest.by_ref().take(wanted);
            let reads = reads.map(|slug| self.reader.product_hashed(*slug));
            let read = futures_util::future::try_join_all(reads).await?;
            if read.is_empty() {
                break;
            }
            // One that is no longer published is not found.
            let products = read.into_iter().flatten();
            found.extend(
                products
                    .filter(|one| self.can_be_had(one))
                    .map(|one| one.card()),
            );
        }
        found.truncate(self.count);
        Ok(found)
    }

    /// Products as the pages show them.
    pub(crate) fn cards(&self, products: Vec<Product>) -> Vec<ProductCard> {
        let products = products.into_iter();
        products.map(|one| card(one, self.availability)).collect()
    }

    fn can_be_had(&self, product: &Product) -> bool {
        (product.variants.iter())
            .any(|variant| variant.backorder || self.availability.is_available(&variant.sku))
    }
}
