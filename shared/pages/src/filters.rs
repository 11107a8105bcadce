//! The filters of a listing: a form to choose with, and links that take a choice back.
//!
//! The form is plain HTML: it asks for the page with what is chosen, and boxes that are not ticked
//! say nothing. Prices are in the currency's main unit, as people write them.
//!
//! Not here: which facets and values are offered (`souk_catalogue::Facets`).

use maud::{Markup, html};
use souk_catalogue::{FacetName, Text};
use souk_domain::{Locale, Money};

use crate::format;
use crate::links::Listed;
use crate::paths::{IN_STOCK, PRICE_MAX, PRICE_MIN};
use crate::view::{Applied, AppliedFilter, FacetChoice, FilterView, Site, ValueChoice};

/// The panel to choose with; nothing where there is nothing to choose.
pub(super) fn panel(site: &Site<'_>, listed: &Listed<'_>, filters: &FilterView) -> Markup {
    let words = site.words;
    let facets = || {
        filters
            .facets
            .iter()
            .filter(|facet| is_readable(site.locale, facet))
    };
    let (lowest, highest) = filters.price_range_minor;
    let offers_stock = filters.in_stock.is_some();
    if lowest == highest && filters.applied.is_empty() && facets().next().is_none() && !offers_stock
    {
        return html! {};
    }
    html! {
        details.filters {
            summary {
                (words.filter())
                @if !filters.applied.is_empty() { " (" (filters.applied.len()) ")" }
            }
            form action=(listed.path) {
                @for (name, value) in [("q", listed.text), ("sort", listed.sort)] {
                    @if let Some(value) = value { input type="hidden" name=(name) value=(value); }
                }
                (prices(site, filters))
                @if let Some(products) = filters.in_stock { (in_stock(site, filters, products)) }
                @for (place, facet) in facets().enumerate() { (group(site, facet, place)) }
                p.actions {
                    button { (words.show_matches()) }
                    @if !filters.applied.is_empty() {
                        a.button.quiet href=(listed.address([], None)) { (words.clear_filters()) }
                    }
                }
            }
        }
    }
}

/// Tags have no translations. On a page in another language than the shop's own they would be
/// noise, unless they were chosen.
fn is_readable(locale: Locale, facet: &FacetChoice) -> bool {
    let is_tag = facet.name == FacetName::Tag;
    locale.is_own() || !is_tag || facet.values.iter().any(|value| value.chosen)
}

fn group(site: &Site<'_>, facet: &FacetChoice, place: usize) -> Markup {
    let words = site.words;
    let label = match facet.name {
        FacetName::Vendor => words.facet_vendor(),
        FacetName::Type => words.facet_type(),
        FacetName::Tag => words.facet_tag(),
        FacetName::Option(_) => facet.label.get(site.locale),
    };
    html! {
        fieldset.choice {
            legend { (label) }
            ul {
                @for (number, value) in facet.values.iter().enumerate() {
                    li { (tick(site, facet, value, &format!("v{place}-{number}"))) }
                }
            }
        }
    }
}

fn tick(site: &Site<'_>, facet: &FacetChoice, value: &ValueChoice, id: &str) -> Markup {
    html! {
        input.hidden type="checkbox" id=(id) name=(facet.parameter) value=(value.text.base)
            checked[value.chosen];
        label for=(id) {
            (value.text.get(site.locale))
            @if let Some(products) = value.products { " " small { (products) } }
        }
    }
}

fn in_stock(site: &Site<'_>, filters: &FilterView, products: u32) -> Markup {
    let is_chosen = |filter: &AppliedFilter| matches!(filter.says, Applied::InStock);
    let words = site.words;
    html! {
        fieldset.choice {
            legend { (words.availability()) }
            ul {
                li {
                    input.hidden type="checkbox" id=(IN_STOCK) name=(IN_STOCK) value="true"
                        checked[filters.applied.iter().any(is_chosen)];
                    label for=(IN_STOCK) { (words.in_stock()) " " small { (products) } }
                }
            }
        }
    }
}

fn prices(site: &Site<'_>, filters: &FilterView) -> Markup {
    let words = site.words;
    let (lowest, highest) = filters.price_range_minor;
    let decimal = |minor| Money::new(minor, site.currency).decimal();
    let field = |name: &str, label: &str, value: Option<i64>, hint: i64| {
        html! {
            p.field {
                label for=(name) { small { (label) } }
                input id=(name) name=(name) inputmode="decimal" autocomplete="off" maxlength="16"
                    placeholder=(decimal(hint)) value=[value.map(decimal)];
            }
        }
    };
    html! {
        fieldset.prices {
            legend { (words.price()) " (" (site.currency.code()) ")" }
            (field(PRICE_MIN, words.price_from(), filters.price_min_minor, lowest))
            (field(PRICE_MAX, words.price_to(), filters.price_max_minor, highest))
        }
    }
}

/// What is chosen, each with a way to take it back.
pub(super) fn crumbs(site: &Site<'_>, listed: &Listed<'_>, applied: &[AppliedFilter]) -> Markup {
    let words = site.words;
    let without = |place: usize| {
        let others = applied
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        listed.address(others.map(|(_, filter)| filter), None)
    };
    html! {
        @if !applied.is_empty() {
            nav.choice.crumbs aria-label=(words.chosen_filters()) {
                ul {
                    @for (place, filter) in applied.iter().enumerate() {
                        @let says = says(site, filter);
                        li {
                            a href=(without(place)) rel="nofollow"
                                aria-label=(words.action_on(words.remove(), &says)) {
                                (says) span aria-hidden="true" { "×" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn says(site: &Site<'_>, filter: &AppliedFilter) -> String {
    let words = site.words;
    match &filter.says {
        Applied::Value(text) => Text::get(text, site.locale).to_owned(),
        Applied::InStock => words.in_stock().to_owned(),
        Applied::PriceMin(minor) => words.lowest_price(&format::money(site, *minor)),
        Applied::PriceMax(minor) => words.highest_price(&format::money(site, *minor)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::view::CollectionView;

    fn listed<'a>(view: &CollectionView<'a>, locale: Locale) -> Listed<'a> {
        Listed::collection(locale, &view.collection.slug, view.order)
    }

    #[test]
    fn what_is_chosen_is_ticked_and_can_be_taken_back() {
        let collections = sample::collections();
        let view = sample::listing(&collections[0]);
        let html = panel(
            &sample::site(sample::EN),
            &listed(&view, sample::EN),
            &view.filters,
        );
        let html = html.into_string();
        assert!(html.contains("<summary>Filter (2)</summary>"), "{html}");
        let red = r#"name="option.Colour" value="Red &amp; &lt;b&gt;" checked>"#;
        assert_eq!(html.matches(red).count(), 1, "{html}");
        assert_eq!(html.matches(" checked>").count(), 1);
        assert!(html.contains(r#"name="price.max" inputmode="decimal""#));
        assert!(html.contains(r#"value="99.50""#) && html.contains(r#"placeholder="9.00""#));
        assert!(
            html.contains(r#"name="sort" value="title""#),
            "the order stays"
        );
        let listed = listed(&view, sample::zh());
        let html = crumbs(&sample::site(sample::zh()), &listed, &view.filters.applied);
        let html = html.into_string();
        for needed in [
            r#"href="/zh/collections/home?price.max=99.50&amp;sort=title""#,
            r#"href="/zh/collections/home?option.Colour=Red+%26+%3Cb%3E&amp;sort=title""#,
            r#"aria-label="移除：红色""#,
            "$99.50 以下",
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
    }

    #[test]
    fn tags_are_offered_on_pages_in_the_shops_own_language() {
        let collections = sample::collections();
        let mut view = sample::listing(&collections[0]);
        let shows = |view: &CollectionView<'_>, locale| {
            let html = panel(&sample::site(locale), &listed(view, locale), &view.filters);
            let html = html.into_string();
            html.contains(r#"name="tag""#)
        };
        assert!(shows(&view, sample::EN) && !shows(&view, sample::zh()));
        let tags = view.filters.facets.last_mut().unwrap();
        tags.values[0].chosen = true;
        assert!(
            shows(&view, sample::zh()),
            "what is chosen can be taken back"
        );
    }
}
