//! Choosing a variant with plain links.
//!
//! Options are chosen in their order. A value leads to the variant that agrees with everything
//! chosen before it and with as much as possible of what comes after; a value for which there is
//! no such variant is disabled. So every variant can be reached, and an earlier choice is never
//! changed by a later one.

use maud::{Markup, html};
use souk_catalogue::Variant;

use crate::card::{Availability, availability};
use crate::language::{Said, said};
use crate::links;
use crate::view::{ProductCard, Site};

/// More values than this are a list to pick from instead of a row of links.
const LINKS_MAX: usize = 20;

/// A value of an option, and the variant that it leads to.
struct Value<'a> {
    name: Said<'a>,
    target: Option<usize>,
    selected: bool,
}

/// All options of the product with their values; nothing for a product without a choice.
pub(super) fn choices(site: &Site<'_>, card: &ProductCard, selected: usize) -> Markup {
    let product = &card.product;
    if product.variants.len() < 2 {
        return html! {};
    }
    html! {
        div.choices {
            @for (option, name) in product.options.iter().enumerate() {
                (group(site, card, &said(site, &name.name), &values(site, card, selected, option)))
            }
            @if product.options.is_empty() {
                (group(site, card, &Said::plain(site.words.variant()), &skus(card, selected)))
            }
        }
    }
}

fn values<'a>(
    site: &Site<'a>,
    card: &'a ProductCard,
    selected: usize,
    option: usize,
) -> Vec<Value<'a>> {
    let variants = &card.product.variants;
    let current = value_of(&variants[selected], option);
    let mut seen = Vec::new();
    let mut values = Vec::new();
    for variant in variants {
        let Some(base) = value_of(variant, option) else {
            continue;
        };
        if seen.contains(&base) {
            continue;
        }
        seen.push(base);
        values.push(Value {
            name: said(site, &variant.option_values[option]),
            target: target(card, selected, option, base),
            selected: Some(base) == current,
        });
    }
    values
}

/// A product with several variants and no options: its SKUs are all there is to choose by.
fn skus(card: &ProductCard, selected: usize) -> Vec<Value<'_>> {
    card.product
        .variants
        .iter()
        .enumerate()
        .map(|(index, variant)| Value {
            name: Said::plain(&variant.sku),
            target: Some(index),
            selected: index == selected,
        })
        .collect()
}

fn value_of(variant: &Variant, option: usize) -> Option<&str> {
    variant
        .option_values
        .get(option)
        .map(|text| text.base.as_str())
}

/// The variant that a value leads to.
fn target(card: &ProductCard, selected: usize, option: usize, value: &str) -> Option<usize> {
    let variants = &card.product.variants;
    let kept = |index: usize, option: usize| {
        value_of(&variants[index], option) == value_of(&variants[selected], option)
    };
    (0..variants.len())
        .filter(|&index| value_of(&variants[index], option) == Some(value))
        .filter(|&index| (0..option).all(|earlier| kept(index, earlier)))
        .max_by_key(|&index| {
            let later = option + 1..card.product.options.len();
            let agreeing = later.filter(|&later| kept(index, later)).count();
            let orderable = availability(card, index) != Availability::SoldOut;
            (agreeing, orderable, std::cmp::Reverse(index))
        })
}

fn group(site: &Site<'_>, card: &ProductCard, name: &Said<'_>, values: &[Value<'_>]) -> Markup {
    let words = site.words;
    let current = values.iter().find(|value| value.selected);
    html! {
        div.choice role="group" aria-label=(name.text) {
            p {
                (named(name))
                @if let Some(value) = current {
                    (words.colon()) b lang=[value.name.lang] { (value.name.text) }
                }
            }
            @if values.len() > LINKS_MAX {
                (list(site, card, name, values))
            } @else {
                ul { @for value in values { li { (link(site, card, value)) } } }
            }
        }
    }
}

fn link(site: &Site<'_>, card: &ProductCard, value: &Value<'_>) -> Markup {
    let words = site.words;
    let Some(target) = value.target else {
        return html! {
            span.none { (named(&value.name)) span.hidden { " (" (words.not_combined()) ")" } }
        };
    };
    let sold_out = availability(card, target) == Availability::SoldOut;
    // The one that is shown says in full that it is sold out.
    let sold_out = sold_out && !value.selected;
    let sku = &card.product.variants[target].sku;
    html! {
        a href=(links::product(site.locale, &card.product.slug, Some(sku)))
            class=[sold_out.then_some("out")]
            aria-current=[value.selected.then_some("true")] {
            (named(&value.name))
            @if sold_out { span.hidden { " (" (words.sold_out()) ")" } }
        }
    }
}

/// A name from the catalogue within a text of the shop.
fn named(name: &Said<'_>) -> Markup {
    match name.lang {
        Some(lang) => html! { span lang=(lang) { (name.text) } },
        None => html! { (name.text) },
    }
}

/// A form that opens the page of the picked variant.
fn list(site: &Site<'_>, card: &ProductCard, name: &Said<'_>, values: &[Value<'_>]) -> Markup {
    let words = site.words;
    let variants = &card.product.variants;
    let sold_out = |target: usize| availability(card, target) == Availability::SoldOut;
    html! {
        form action=(links::product(site.locale, &card.product.slug, None)) {
            select name="variant" aria-label=(name.text) {
                @for value in values {
                    @match value.target {
                        Some(target) => {
                            option value=(variants[target].sku) selected[value.selected] {
                                (value.name.text)
                                @if sold_out(target) { " – " (words.sold_out()) }
                            }
                        }
                        None => option disabled { (value.name.text) },
                    }
                }
            }
            button.quiet { (words.choose()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_catalogue::{OptionName, Product, Text};

    use super::*;
    use crate::sample;

    /// A product with options colour and size; `(colour, size, available)` for each variant.
    fn card(variants: &[(&str, &str, bool)]) -> ProductCard {
        let option = |name| OptionName {
            name: Text::new(name),
        };
        ProductCard {
            product: Product {
                slug: "shirt".to_owned(),
                options: vec![option("Color"), option("Size")],
                variants: variants
                    .iter()
                    .map(|(color, size, _)| Variant {
                        sku: format!("{color}-{size}"),
                        option_values: vec![Text::new(*color), Text::new(*size)],
                        ..Variant::default()
                    })
                    .collect(),
                ..Product::default()
            },
            available: variants.iter().map(|&(.., available)| available).collect(),
        }
    }

    fn targets(
        card: &ProductCard,
        selected: usize,
        option: usize,
    ) -> Vec<(String, Option<String>)> {
        let site = sample::site(sample::EN);
        values(&site, card, selected, option)
            .iter()
            .map(|value| {
                let sku = value.target.map(|t| card.product.variants[t].sku.clone());
                (value.name.text.to_string(), sku)
            })
            .collect()
    }

    #[test]
    fn other_choices_are_kept_where_possible() {
        let card = card(&[("red", "S", true), ("red", "L", true), ("blue", "S", true)]);
        let some = |name: &str, sku: &str| (name.to_owned(), Some(sku.to_owned()));
        assert_eq!(
            targets(&card, 0, 0),
            [some("red", "red-S"), some("blue", "blue-S")]
        );
        // Blue has no L: choosing blue falls back to S; with blue chosen, L is disabled.
        assert_eq!(targets(&card, 1, 0)[1], some("blue", "blue-S"));
        assert_eq!(
            targets(&card, 2, 1),
            [some("S", "blue-S"), ("L".to_owned(), None)]
        );
    }

    #[test]
    fn every_variant_can_be_reached_from_every_other() {
        let card = card(&[
            ("red", "S", true),
            ("blue", "L", false),
            ("green", "M", true),
        ]);
        for from in 0..3 {
            let reached = targets(&card, from, 0);
            assert!(reached.iter().all(|(_, sku)| sku.is_some()), "{reached:?}");
        }
    }

    #[test]
    fn sold_out_values_are_struck_but_reachable_and_missing_ones_are_no_links() {
        let card = card(&[("red", "S", true), ("red", "L", false), ("blue", "S", true)]);
        let site = sample::site(sample::EN);
        let html = choices(&site, &card, 0).into_string();
        assert!(
            html.contains(r#"href="/products/shirt?variant=red-L" class="out""#),
            "{html}"
        );
        let html = choices(&site, &card, 2).into_string();
        assert!(html.contains(r#"<span class="none">L"#), "{html}");
    }

    #[test]
    fn many_values_become_a_list() {
        let sizes: Vec<_> = (0..40).map(|n| n.to_string()).collect();
        let variants: Vec<_> = sizes.iter().map(|s| ("red", s.as_str(), true)).collect();
        let html = choices(&sample::site(sample::EN), &card(&variants), 7).into_string();
        assert!(
            html.contains(r#"<option value="red-7" selected>7</option>"#),
            "{html}"
        );
    }
}
