//! A product's page: pictures, choice, price, stock, the way into the cart.
//!
//! Not here: which variant is selected (the use case decides), the links between variants
//! (`choice`).

use maud::{Markup, PreEscaped, html};
use souk_catalogue::{ListingOrder, Media, Product, Variant};
use souk_domain::QUANTITY_MAX;

use souk_shop::{EXCERPT_COLUMNS_MAX, excerpt, plain_text};

use crate::beside::beside;
use crate::card::{Availability, amount, availability, prior};
use crate::elsewhere::Existing;
use crate::language::{said, title_of};
use crate::layout::{Page, render};
use crate::picture::{Priority, Slot, picture, preview};
use crate::trail::{Crumb, breadcrumbs};
use crate::view::{Message, ProductView, Site};
use crate::words::Words;
use crate::{choice, jsonld, links, message, options};

/// A product page.
pub fn product(site: &Site<'_>, view: &ProductView<'_>) -> String {
    let product = &view.card.product;
    let index = view.selected;
    let Some(variant) = product.variants.get(index) else {
        // The catalogue promises at least one; a page must stand even if it is wrong.
        return message(site, Message::NotFound);
    };
    let title = said(site, &product.title);
    let trail: Vec<_> = view
        .collection
        .map(|collection| {
            let href =
                links::collection(site.locale, &collection.slug, ListingOrder::Featured, None);
            let title = title_of(site, collection);
            Crumb { title, href }
        })
        .into_iter()
        .collect();
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &trail, &title))
            article.product {
                (gallery(site, product, variant))
                div.buy { (details(site, view, variant)) }
            }
            (beside(site, &view.beside))
        }
    };
    let description = description(site, product);
    let product_node = jsonld::product(site, &view.card, description.as_deref());
    let mut steps = trail;
    steps.push(Crumb {
        title: title.clone(),
        href: links::product(site.locale, &product.slug, None),
    });
    let seo_title = product.seo.title.get(site.locale);
    let page = Page {
        title: if seo_title.is_empty() {
            &title.text
        } else {
            seo_title
        }
        .to_owned(),
        description,
        image: pictures(product, variant)
            .into_iter()
            .find_map(preview)
            .map(str::to_owned),
        is_product: true,
        existing: Existing {
            missing_in: missing_in(site, product),
            ..Existing::default()
        },
        json_ld: vec![product_node, jsonld::breadcrumbs(site, &steps)],
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// Places of the markets that do not sell it.
fn missing_in(site: &Site<'_>, product: &Product) -> Vec<usize> {
    let markets = site.markets.iter().enumerate().skip(1);
    let missing = markets.filter(|(_, market)| !product.is_sold_in(&market.id));
    missing.map(|(place, _)| place).collect()
}

fn description(site: &Site<'_>, product: &Product) -> Option<String> {
    let own = product.seo.description.get(site.locale);
    let text = if own.is_empty() {
        plain_text(product.description_html.get(site.locale))
    } else {
        own.to_owned()
    };
    (!text.is_empty()).then(|| excerpt(&text, EXCERPT_COLUMNS_MAX))
}

/// The variant's own picture first, then the others in the merchant's order.
fn pictures<'a>(product: &'a Product, variant: &Variant) -> Vec<&'a Media> {
    let first = variant.media.map_or(0, usize::from);
    let first = if first < product.media.len() {
        first
    } else {
        0
    };
    let others = product.media.iter().enumerate();
    product
        .media
        .get(first)
        .into_iter()
        .chain(
            others
                .filter(|&(place, _)| place != first)
                .map(|(_, media)| media),
        )
        .collect()
}

fn gallery(site: &Site<'_>, product: &Product, variant: &Variant) -> Markup {
    let words = site.words;
    let title = said(site, &product.title);
    let media = pictures(product, variant);
    let several = media.len() > 1;
    let show = |media: Option<&Media>, first: bool| {
        let slot = Slot {
            sizes: if first {
                "(min-width:64rem) 42rem,92vw"
            } else {
                "(min-width:64rem) 21rem,92vw"
            },
            priority: if first {
                Priority::First
            } else {
                Priority::Lazy
            },
        };
        html! { div.frame { (picture(site, media, &title, slot)) } }
    };
    html! {
        div.gallery role=[several.then_some("region")] tabindex=[several.then_some("0")]
            aria-label=[several.then_some(words.gallery())] {
            (show(media.first().copied(), true))
            @for other in media.iter().skip(1) { (show(Some(*other), false)) }
        }
    }
}

fn details(site: &Site<'_>, view: &ProductView<'_>, variant: &Variant) -> Markup {
    let words = site.words;
    let product = &view.card.product;
    let stock = availability(&view.card, view.selected);
    let description = said(site, &product.description_html);
    html! {
        @if !product.vendor.is_empty() { p.vendor { (product.vendor) } }
        @let title = said(site, &product.title);
        h1 lang=[title.lang] { (title.text) }
        p.price.large {
            (amount(site, variant.price_minor, variant.compare_at_minor))
            @if variant.compare_at_minor.is_some() { " " span.badge.sale { (words.sale()) } }
        }
        (prior(site, variant))
        (choice::choices(site, &view.card, view.selected))
        (stock_note(words, stock))
        @if stock != Availability::SoldOut { (options::fields(site, &view.options)) }
        (add_form(site, &view.card.product.slug, variant, stock))
        ul.notes role="list" {
            li { (words.free_delivery()) }
            @if let Some(methods) = payment_methods(site) {
                li { (words.payment()) (words.colon()) (methods) }
            }
        }
        @if !description.text.is_empty() {
            section.about aria-labelledby="about" {
                h2 #about { (words.about()) }
                // Sanitised when the product was published.
                div.prose lang=[description.lang] {
                    (PreEscaped(description.text))
                }
            }
        }
        p.sku {
            (words.sku()) " " code { (variant.shown_sku()) }
        }
        @if let Some(barcode) = &variant.barcode {
            p.barcode {
                (words.barcode()) " " code { (barcode) }
            }
        }
    }
}

/// The names of the methods that orders can be paid by.
fn payment_methods(site: &Site<'_>) -> Option<String> {
    let words = site.words;
    let names = site.shop.payment.offered.iter();
    let names: Vec<_> = names
        .filter_map(|method| match method.as_str() {
            "card" => Some(words.payment_card()),
            "transfer" => Some(words.payment_transfer()),
            "on_delivery" => Some(words.payment_on_delivery()),
            _ => None,
        })
        .collect();
    (!names.is_empty()).then(|| names.join(words.comma()))
}

fn stock_note(words: &Words, stock: Availability) -> Markup {
    let (class, text) = match stock {
        Availability::InStock => ("yes", words.in_stock()),
        Availability::MadeToOrder => ("later", words.made_to_order()),
        Availability::SoldOut => ("no", words.sold_out()),
    };
    html! {
        p class={ "stock " (class) } {
            b { (text) }
            @if stock == Availability::MadeToOrder { " " span { (words.made_to_order_text()) } }
        }
    }
}

fn add_form(site: &Site<'_>, slug: &str, variant: &Variant, stock: Availability) -> Markup {
    let words = site.words;
    if stock == Availability::SoldOut {
        return html! { p.add { button type="button" disabled { (words.sold_out()) } } };
    }
    html! {
        form.add id=(options::FORM) method="post" action=(links::page(site.locale, "/cart")) {
            input type="hidden" name="action" value="add";
            input type="hidden" name="sku" value=(variant.sku);
            input type="hidden" name="product" value=(slug);
            div.stepper {
                label.hidden for="quantity" { (words.quantity()) }
                input #quantity type="number" name="quantity" value="1" min="1"
                    max=(QUANTITY_MAX) inputmode="numeric" required;
            }
            button { (words.add_to_cart()) }
        }
    }
}
