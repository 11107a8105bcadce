//! The public pages: home, the list of collections, and products. All of them are the same for every shopper.
//!
//! Not here: pages of collections (`collection`), what the home page shows (`home`).

use http::StatusCode;
use souk_catalogue::{Collection, Product};
use souk_domain::Locale;
use souk_operations::Setting;
use souk_pages::paths;
use souk_pages::view::Relation;
use souk_pages::{self as pages, view};
use souk_ports::Edge;
use souk_protocol::options::{GivenOptions, LineOption};
use souk_protocol::problem::FieldError;

use crate::catalogue::card::{card, cards};
use crate::catalogue::error::ReadError;
use crate::catalogue::home::{home_view, popular_cards};
use crate::catalogue::reader::Reader;
use crate::http::reply::{self, CachePolicy};
use crate::http::response_key::Content;
use crate::http::shop::{Failure, Outcome, Shop};
use crate::insights::Choice;
use crate::signals::{Badge, Signals};

/// Products beside a product.
const BESIDE_CARDS: usize = 4;
/// Neighbours that these are chosen from. They lie in one or two blobs, so that a page of which no
/// order tells anything costs no search.
const NEIGHBOURS: u32 = 12;

impl<E: Edge> Shop<'_, E> {
    pub(crate) async fn home(&self) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let count = popular_cards(&reader.version.shop);
        let insights = match count {
            0 => None,
            _ => Some(self.insights().await),
        };
        let (locale, number) = (self.locale, insights.as_ref().map(|one| one.number));
        self.cached_by(
            Content::Home,
            locale,
            &reader,
            &signals,
            number,
            async || {
                let popular = match &insights {
                    Some(insights) => {
                        let choice = Choice {
                            shop: self,
                            reader: &reader,
                            signals: &signals,
                            insights,
                            locale,
                            count,
                        };
                        choice.cards(Box::pin(choice.popular(&[])).await?)
                    }
                    None => Vec::new(),
                };
                let view = home_view(&reader, &signals, &popular).await?;
                let page = pages::home(&self.site(&reader, "/", true), &view);
                Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
            },
        )
        .await
    }

    /// The list of all collections.
    pub(crate) async fn collections(&self) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let content = Content::Collections;
        self.cached(content, self.locale, &reader, &signals, async || {
            let site = self.site(&reader, paths::COLLECTIONS, true);
            let version = &reader.version;
            let page = pages::collections(&site, version.all(), version.named_collections());
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }

    /// The page of a product. What `variant` names is selected; a name that none of its variants
    /// has, such as the number that another shop system gave it, changes nothing.
    pub(crate) async fn product(&self, slug: &str) -> Outcome {
        let variant = self.incoming.parameter("variant").unwrap_or_default();
        let outcome = match self.product_with(slug, variant.clone()).await {
            // Answered, and cached, as the address without it.
            Err(Failure::NotFound) if !variant.is_empty() => {
                self.product_with(slug, String::new()).await
            }
            outcome => outcome,
        };
        if outcome.is_ok() {
            self.count_click();
        }
        outcome
    }

    async fn product_with(&self, slug: &str, variant: String) -> Outcome {
        let reader = self.reader().await?;
        let signals = self.signals().await;
        let insights = self.insights().await;
        let content = Content::Product {
            slug: slug.to_owned(),
            variant: variant.clone(),
        };
        let (locale, number) = (self.locale, Some(insights.number));
        self.cached_by(content, locale, &reader, &signals, number, async || {
            let choice = Choice {
                shop: self,
                reader: &reader,
                signals: &signals,
                insights: &insights,
                locale: self.locale,
                count: BESIDE_CARDS,
            };
            let page = self.product_page(&choice, slug, &variant, Typed::default());
            let page = Box::pin(page).await?;
            Ok(reply::html(StatusCode::OK, CachePolicy::Page, page))
        })
        .await
    }

    /// The page of a product once more, with what was typed and what is wrong with it. No cache stores
    /// it.
    pub(crate) async fn product_again(
        &self,
        reader: Reader<'_, E>,
        slug: &str,
        variant: &str,
        typed: Typed,
    ) -> Outcome {
        let signals = self.signals().await;
        let insights = self.insights().await;
        let choice = Choice {
            shop: self,
            reader: &reader,
            signals: &signals,
            insights: &insights,
            locale: self.locale,
            count: BESIDE_CARDS,
        };
        let page = Box::pin(self.product_page(&choice, slug, variant, typed)).await?;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let mut response = reply::html(status, CachePolicy::Private, page);
        self.name_version(&reader, Some(&signals), &mut response);
        Ok(response)
    }

    async fn product_page(
        &self,
        choice: &Choice<'_, '_, E>,
        slug: &str,
        variant: &str,
        typed: Typed,
    ) -> Result<String, Failure> {
        let Choice {
            reader, signals, ..
        } = choice;
        let found = reader.product(slug).await?;
        let card = card(found.ok_or(Failure::NotFound)?, signals, Badge::OnItsOwn);
        let selected = select(&card, variant).ok_or(Failure::NotFound)?;
        let collection = card
            .product
            .collections
            .iter()
            .find_map(|slug| reader.version.collections.find(slug))
            .or(reader.version.all());
        let (products, relation) = match choice.setting() {
            Setting::On => {
                let together = Box::pin(choice.together(&[slug])).await?;
                (together, Relation::Together)
            }
            Setting::Reduced => (choice.popular(&[slug]).await?, Relation::Popular),
            _ => (Vec::new(), Relation::Together),
        };
        let beside = match (products.is_empty(), choice.setting(), collection) {
            (true, Setting::On, Some(collection)) => view::Beside {
                cards: neighbours(reader, signals, collection, &card.product).await?,
                relation: Relation::Similar,
            },
            _ => view::Beside {
                cards: choice.cards(products),
                relation,
            },
        };
        let view = view::ProductView {
            options: self
                .option_fields(reader, &card.product, selected, typed)
                .await?,
            card,
            selected,
            collection,
            beside,
        };
        let path = paths::product(slug);
        Ok(pages::product(&self.site(reader, &path, true), &view))
    }

    /// The fields for the options of a variant.
    async fn option_fields(
        &self,
        reader: &Reader<'_, E>,
        product: &Product,
        variant: usize,
        mut typed: Typed,
    ) -> Result<Vec<view::OptionField>, Failure> {
        let options = reader.options(product, variant, self.locale).await?;
        let fields = options.into_iter().map(|option| view::OptionField {
            said: typed.given.remove(&option.id),
            is_wrong: typed.errors.iter().any(|error| error.pointer == option.id),
            option,
        });
        Ok(fields.collect())
    }
}

impl<E: Edge> Reader<'_, E> {
    /// The options of a variant of a product that is shown.
    ///
    /// # Errors
    /// When the store does not answer or lacks a blob.
    pub(crate) async fn options(
        &self,
        product: &Product,
        variant: usize,
        locale: Locale,
    ) -> Result<Vec<LineOption>, ReadError> {
        let (Some(variant), Some(_)) =
            (product.variants.get(variant), self.version.manifest.pricing)
        else {
            return Ok(Vec::new());
        };
        let terms = self.terms().await?;
        let facts = terms.facts(product, variant);
        Ok(terms.options(&facts, self.market, locale.code()))
    }
}

/// What a shopper has said of the options of a product, with what is wrong with it, by their ids.
#[derive(Default)]
pub(crate) struct Typed {
    pub(crate) given: GivenOptions,
    pub(crate) errors: Vec<FieldError>,
}

/// The variant that the address names; without a name the first that can be ordered. `None` for
/// a SKU that the product does not have.
fn select(card: &view::ProductCard, sku: &str) -> Option<usize> {
    match sku {
        "" => Some(card.first_choice()),
        sku => card
            .product
            .variants
            .iter()
            .position(|variant| variant.sku == sku),
    }
}

/// Products next to this one in its collection that can be ordered, those of its type first. The slug
/// decides where to begin, so that every product is shown about equally often.
async fn neighbours<E: Edge>(
    reader: &Reader<'_, E>,
    signals: &Signals,
    collection: &Collection,
    product: &Product,
) -> Result<Vec<view::ProductCard>, Failure> {
    let places = collection.products.saturating_sub(NEIGHBOURS).max(1);
    let start = souk_catalogue::slug_bucket(&product.slug, 24) % places;
    let near = cards(reader, signals, collection, start, NEIGHBOURS + 1);
    let mut near = near.await?;
    near.retain(|card| card.product.slug != product.slug && card.available.contains(&true));
    let is_of_type =
        |card: &view::ProductCard| card.product.product_type.base == product.product_type.base;
    let (mut chosen, others): (Vec<_>, Vec<_>) = near.into_iter().partition(is_of_type);
    chosen.extend(others);
    chosen.truncate(BESIDE_CARDS);
    Ok(chosen)
}
