//! What the cart, the checkout and an order show of a line: its picture, its name, its sum.

use maud::{Markup, html};
use souk_catalogue::{Media, Product};

use crate::language::{self, Said, said};
use crate::picture::{Priority, Slot, picture};
use crate::view::{CartLine, Site};
use crate::{format, links, options};

/// The picture of the variant, or else of the product.
fn media((product, index): &(Product, usize)) -> Option<&Media> {
    let variant = product.variants.get(*index)?;
    let own = variant
        .media
        .and_then(|place| product.media.get(usize::from(place)));
    own.or(product.media.first())
}

/// A small picture next to a line; the name stands beside it.
pub(super) fn thumbnail(
    site: &Site<'_>,
    product: Option<&(Product, usize)>,
    name: &Said<'_>,
) -> Markup {
    let slot = Slot {
        sizes: "6rem",
        priority: Priority::Lazy,
    };
    html! { div.thumb { (picture(site, product.and_then(media), name, slot)) } }
}

/// The product's name and the values of the variant's options; `title` where the shop no longer
/// shows the product.
pub(super) fn names<'a>(
    site: &Site<'a>,
    product: Option<&'a (Product, usize)>,
    title: &'a str,
) -> (Said<'a>, Said<'a>) {
    let Some((product, index)) = product else {
        return (Said::plain(title), Said::plain(""));
    };
    let variant = product.variants.get(*index);
    let options = variant.map(|variant| language::options(site, product, variant));
    (
        said(site, &product.title),
        options.unwrap_or_else(|| Said::plain("")),
    )
}

/// The address of the variant.
pub(super) fn link(site: &Site<'_>, product: Option<&(Product, usize)>) -> Option<String> {
    let (product, index) = product?;
    let sku = product
        .variants
        .get(*index)
        .map(|variant| variant.sku.as_str());
    Some(links::product(site.locale, &product.slug, sku))
}

/// The options that were chosen for a line.
pub(super) fn chosen(site: &Site<'_>, line: &CartLine) -> Markup {
    let options = line.price.iter().flat_map(|price| price.options.clone());
    options::chosen(site, options, &|minor| format::money(site, minor))
}

/// The price of all units, beside the one before reductions where there are any; nothing where the
/// price is unknown.
pub(super) fn sum(site: &Site<'_>, line: &CartLine) -> Markup {
    match &line.price {
        Some(price) => reduced(site, price.subtotal, price.total, &|minor| {
            format::money(site, minor)
        }),
        None => html! {},
    }
}

/// What a line costs, beside the price before reductions where there are any.
pub(super) fn reduced(
    site: &Site<'_>,
    subtotal: i64,
    total: i64,
    money: &dyn Fn(i64) -> String,
) -> Markup {
    html! {
        @if total < subtotal {
            del { span.hidden { (site.words.was()) " " } (money(subtotal)) } " "
            ins { span.hidden { (site.words.now()) " " } (money(total)) }
        } @else {
            (money(total))
        }
    }
}

/// A line of a sum: what it is and how much.
pub(super) fn total_row(class: &str, name: &str, amount: &str) -> Markup {
    html! { div class=[(!class.is_empty()).then_some(class)] { dt { (name) } dd { (amount) } } }
}
