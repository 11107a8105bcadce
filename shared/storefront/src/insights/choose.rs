//! Which products go with others. What cannot be ordered now is not recommended, nor what the
//! shopper has in front of them.

use std::cmp::Reverse;

use souk_catalogue::{Product, SlugHash};
use souk_domain::Locale;
use souk_insights::{Segment, Together};
use souk_operations::{Setting, Switch};
use souk_pages::view::{Beside, ProductCard, Relation};
use souk_ports::Edge;
use souk_search::format::FacetKind;
use souk_search::query::{Filters, Learnt, QUERY_CHARS_MAX, Request, Sort, Start, Steering, Stock};

use crate::catalogue::card::card;
use crate::catalogue::error::ReadError;
use crate::catalogue::reader::Reader;
use crate::http::shop::Shop;
use crate::insights::{ChosenBy, Insights, Kind};
use crate::signals::{Badge, Signals};

/// Products whose lists are added up; the API refuses to do it for more.
pub(crate) const FOR_MAX: usize = 20;
/// Products beside the lines of a cart or of an order.
pub(crate) const LINES_BESIDE: usize = 4;
/// Products that are read beyond those wanted, at once with them: some may be sold out.
const AHEAD: usize = 2;

/// Products that go with others.
pub(crate) struct Chosen {
    pub(crate) products: Vec<Product>,
    pub(crate) by: ChosenBy,
}

/// What is chosen from.
pub(crate) struct Choice<'c, 'a, E> {
    pub(crate) shop: &'c Shop<'a, E>,
    pub(crate) reader: &'c Reader<'a, E>,
    pub(crate) signals: &'c Signals,
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
        let setting = self.setting();
        if setting != Setting::On {
            by = ChosenBy::Popular;
            if setting == Setting::Reduced {
                products = self.popular(slugs).await?;
            }
            return Ok(Chosen { products, by });
        }
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

    /// How recommendations are switched.
    pub(crate) fn setting(&self) -> Setting {
        self.signals.switches.of(Switch::Recommendations)
    }

    /// What goes with the lines of a cart or of an order: bought together with them, or popular;
    /// `None` where there are none. No search: nothing that depends on one shopper is kept for the
    /// next.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn beside(&self, slugs: &[&str]) -> Result<Option<Beside>, ReadError> {
        if slugs.is_empty() || self.setting() == Setting::Off {
            return Ok(None);
        }
        let chosen = self.choose(Kind::Together, slugs, None).await?;
        Ok(Some(Beside {
            relation: match chosen.by {
                ChosenBy::Baskets => Relation::Together,
                ChosenBy::Type => Relation::Similar,
                ChosenBy::Popular => Relation::Popular,
            },
            cards: self.cards(chosen.products),
        }))
    }

    /// What is bought together with these products: the lists of the first [`FOR_MAX`] added up.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn together(&self, slugs: &[&str]) -> Result<Vec<Product>, ReadError> {
        let mut scores: Vec<(SlugHash, u32)> = Vec::new();
        let asked = &slugs[..slugs.len().min(FOR_MAX)];
        for one in self.lists(asked).await {
            match scores.iter_mut().find(|(known, _)| *known == one.slug) {
                Some((_, sum)) => *sum += u32::from(one.score),
                None => scores.push((one.slug, one.score.into())),
            }
        }
        // The highest first, put in one by one: there are a few dozen.
        let mut sorted: Vec<(SlugHash, u32)> = Vec::with_capacity(scores.len());
        for one in scores {
            let comes_after =
                |other: &&(SlugHash, u32)| (Reverse(other.1), other.0) < (Reverse(one.1), one.0);
            let place = sorted.iter().take_while(comes_after).count();
            sorted.insert(place, one);
        }
        let candidates: Vec<_> = sorted.into_iter().map(|(slug, _)| slug).collect();
        self.available(&candidates, slugs).await
    }

    /// The lists of the products, read at once; none where one of them cannot be read.
    async fn lists(&self, slugs: &[&str]) -> Vec<Together> {
        let root = &self.insights.root;
        let of = |slug: &&str| root.segment(slug);
        let segments: Vec<_> = slugs.iter().filter_map(of).collect();
        let read = async {
            let blobs = self.reader.blobs_once(&segments).await?;
            let mut lists = Vec::new();
            let listed = slugs.iter().filter(|slug| of(slug).is_some());
            for (slug, blob) in listed.zip(&blobs) {
                lists.extend(Segment::decode(blob)?.list(slug)?);
            }
            Ok::<_, ReadError>(lists)
        };
        match read.await {
            Ok(lists) => lists,
            Err(error) => {
                let text = error.to_string();
                self.shop.log_failure("answered without lists", &text);
                Vec::new()
            }
        }
    }

    /// What is bought most, but for these products.
    ///
    /// # Errors
    /// When the catalogue cannot be read.
    pub(crate) async fn popular(&self, slugs: &[&str]) -> Result<Vec<Product>, ReadError> {
        self.available(&self.insights.root.popular(), slugs).await
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
                popular: &[],
                learnt: Learnt::default(),
                start: Start::default(),
                limit: 2 * self.count + slugs.len(),
                facets: false,
                related: false,
                steering: &Steering::default(),
                stock: Stock::default(),
            };
            let answer = self.reader.answer(&head, &request).await?;
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
            let next: Vec<_> = rest.by_ref().take(wanted).copied().collect();
            if next.is_empty() {
                break;
            }
            for product in self.reader.products_hashed(&next).await? {
                if self.can_be_had(&product) {
                    found.push(product.card());
                }
            }
        }
        found.truncate(self.count);
        Ok(found)
    }

    /// Products as the pages show them.
    pub(crate) fn cards(&self, products: Vec<Product>) -> Vec<ProductCard> {
        let products = products.into_iter();
        products
            .map(|one| card(one, self.signals, Badge::OnCard))
            .collect()
    }

    fn can_be_had(&self, product: &Product) -> bool {
        (product.variants.iter()).any(|variant| {
            variant.backorder || self.signals.is_available(&variant.sku, Badge::OnCard)
        })
    }
}
