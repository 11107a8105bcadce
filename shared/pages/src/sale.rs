//! The page of a sale: when it is, what it sells, and a form for each item while it is open.

use maud::{Markup, html};

use crate::card;
use crate::language::said;
use crate::layout::{Page, render};
use crate::view::{SaleItemView, SaleStands, SaleView, Site};
use crate::{format, links};

/// The page of a sale.
pub fn sale(site: &Site<'_>, view: &SaleView<'_>) -> String {
    let title = said(site, view.title);
    let main = html! {
        div.wrap {
            header.headline {
                h1 lang=[title.lang] { (title.text) }
                p role="status" { (stands(site, view)) }
            }
            ul.grid role="list" {
                @for (place, item) in view.items.iter().enumerate() {
                    li.card {
                        (card::of_sale(site, &item.card, place))
                        (buy(site, view, item))
                    }
                }
            }
        }
    };
    let page = Page {
        title: title.text.into_owned(),
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn stands(site: &Site<'_>, view: &SaleView<'_>) -> Markup {
    let words = site.words;
    let at = |ms: i64, say: &dyn Fn(&str) -> String| match format::moment(site, ms) {
        Some((human, machine)) => html! { time datetime=(machine) { (say(&human)) } },
        None => html! {},
    };
    match view.stands {
        SaleStands::Announced => at(view.opens_at_ms, &|when| words.sale_opens(when)),
        SaleStands::Open => at(view.closes_at_ms, &|when| words.sale_closes(when)),
        SaleStands::SoldOut => html! { (words.sale_sold_out()) },
        SaleStands::Over => html! { (words.sale_over()) },
    }
}

fn buy(site: &Site<'_>, view: &SaleView<'_>, item: &SaleItemView) -> Markup {
    let words = site.words;
    let product = &item.card.product;
    let variant = product.variants.first();
    html! {
        p.hint { (words.sale_limit(&item.limit.to_string())) }
        @if let (SaleStands::Open, Some(variant), false) = (view.stands, variant, card::is_sold_out(&item.card)) {
            form method="post" action=(links::page(site.locale, "/cart")) {
                input type="hidden" name="action" value="add";
                input type="hidden" name="sku" value=(variant.sku);
                input type="hidden" name="product" value=(product.slug);
                button { (words.add_to_cart()) }
            }
        }
    }
}
