//! A document: a page of the shop, an article of the blog, a question with its answer.
//!
//! Its HTML is safe since it was published; what it embeds is filled in here, with the products of the
//! same version, so that an embedded price is that of the product's page.
//!
//! Not here: lists of documents (`documents`), which products a document shows (`souk-storefront`).

use maud::{Markup, PreEscaped, html};
use serde_json::Value;
use souk_catalogue::Collection;
use souk_shop::{ContentKind, EXCERPT_COLUMNS_MAX, Part, excerpt, plain_text};

use crate::card::{self, Heading, amount};
use crate::documents::{dated, list_name};
use crate::elsewhere::Existing;
use crate::language::{Said, own_tag, said, title_of};
use crate::layout::{Feed, Page, render};
use crate::picture::preview;
use crate::trail::{Crumb, breadcrumbs};
use crate::view::{DocumentView, ProductCard, Site};
use crate::{format, jsonld, links, paths};

/// A document's page.
pub fn content(site: &Site<'_>, view: &DocumentView<'_>) -> String {
    let entry = view.entry;
    let title = said(site, &entry.title);
    let summary = said(site, &entry.summary);
    let body = document_html(site, view);
    let lang = (!view.is_translated).then(|| own_tag(site));
    let mut trail = Vec::new();
    if let Some(name) = list_name(site, entry.kind) {
        let href = links::page(site.locale, &paths::content_list(entry.kind));
        trail.push(Crumb {
            title: Said::plain(name),
            href,
        });
    }
    let main = html! {
        div.wrap {
            (breadcrumbs(site, &trail, &title))
            article lang=[lang] {
                header.headline {
                    h1 lang=[title.lang] { (title.text) }
                    @if !summary.text.is_empty() { p lang=[summary.lang] { (summary.text) } }
                    @if entry.kind == ContentKind::Blog { (dated(site, entry)) }
                }
                div.prose.document { (PreEscaped(&body)) }
            }
            @if entry.kind == ContentKind::Help { (feedback(site, view)) }
        }
    };
    let text = plain_text(&body);
    let description = match &*summary.text {
        "" => excerpt(&text, EXCERPT_COLUMNS_MAX),
        summary => excerpt(summary, EXCERPT_COLUMNS_MAX),
    };
    let path = paths::content(entry.kind, &entry.slug);
    let here = Crumb {
        title: title.clone(),
        href: links::page(site.locale, &path),
    };
    trail.push(here);
    let mut json_ld = vec![jsonld::breadcrumbs(site, &trail)];
    json_ld.push(about(site, view, &description, &body));
    let page = Page {
        title: title.text.to_string(),
        description: (!description.is_empty()).then_some(description),
        image: entry.picture.as_ref().and_then(preview).map(str::to_owned),
        // The text is that of the page in the shop's own language.
        canonical: (site.own_here().filter(|_| !view.is_translated))
            .map(|own| links::page(own, &path)),
        existing: Existing {
            languages: Some(view.languages.clone()),
            ..Existing::default()
        },
        feed: (entry.kind == ContentKind::Blog).then(|| Feed::of(site)),
        json_ld,
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

/// Whether an answer helped: the question, or thanks to who has answered it.
fn feedback(site: &Site<'_>, view: &DocumentView<'_>) -> Markup {
    let words = site.words;
    let path = links::page(site.locale, &paths::feedback(&view.entry.slug));
    html! {
        section.row.prose.document id=(paths::HELPED) aria-labelledby="judge" {
            @if view.thanks {
                p #judge role="status" { (words.help_thanks()) }
            } @else {
                h2 #judge { (words.help_helped()) }
                form method="post" action=(path) {
                    p.actions {
                        button.quiet name=(paths::HELPED) value="yes" { (words.help_yes()) }
                        button.quiet name=(paths::HELPED) value="no" { (words.help_no()) }
                    }
                }
            }
        }
    }
}

/// The structured data of a document: a question with its answer is a page of questions, everything
/// else on the blog and the help pages is an article.
fn about(site: &Site<'_>, view: &DocumentView<'_>, description: &str, body: &str) -> Value {
    let entry = view.entry;
    let is_question = entry
        .title
        .get(site.locale)
        .trim_end()
        .ends_with(['?', '？', '؟']);
    match entry.kind {
        ContentKind::Help if is_question => jsonld::question(site, view, body),
        ContentKind::Help | ContentKind::Blog => {
            jsonld::article(site, view, "Article", description)
        }
        ContentKind::Page => jsonld::article(site, view, "WebPage", description),
    }
}

/// The document as HTML, with everything that it embeds.
pub fn document_html(site: &Site<'_>, view: &DocumentView<'_>) -> String {
    let mut html = String::new();
    let mut heading = Heading::Second;
    let mut parts = view.parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Html(text) => {
                // Names of products stand below the headings of the text around them.
                if text.contains("<h2") {
                    heading = Heading::Third;
                }
                html.push_str(text);
            }
            Part::Path(path) => {
                html.push_str(&site.locale.path_prefix().to_string());
                html.push_str(path);
            }
            Part::Price(slug) => {
                if let Some(card) = view.products.get(slug) {
                    html.push_str(&price(site, card).into_string());
                }
            }
            Part::Product(slug) => {
                // Products one behind the other share a grid.
                let mut cards: Vec<_> = view.products.get(slug).cloned().into_iter().collect();
                while let Some(next) = parts.next_if(|part| is_product_or_blank(part)) {
                    if let Part::Product(slug) = next {
                        cards.extend(view.products.get(slug).cloned());
                    }
                }
                if !cards.is_empty() {
                    html.push_str(&card::grid(site, &cards, heading, 0).into_string());
                }
            }
            Part::Collection(slug) => {
                if let Some((collection, cards)) = view.collections.get(slug) {
                    html.push_str(&row(site, collection, cards, heading).into_string());
                }
            }
        }
    }
    html
}

fn is_product_or_blank(part: &Part) -> bool {
    match part {
        Part::Product(_) => true,
        Part::Html(text) => text.trim().is_empty(),
        Part::Price(_) | Part::Collection(_) | Part::Path(_) => false,
    }
}

/// The price of a product within a text: that of the variant that its page shows first.
fn price(site: &Site<'_>, card: &ProductCard) -> Markup {
    let words = site.words;
    let Some(variant) = card.product.variants.get(card.first_choice()) else {
        return html! {};
    };
    let (lowest, highest) = card.product.price_range_minor();
    html! {
        span.price {
            @if variant.price_minor == lowest && lowest != highest {
                (words.lowest_price(&format::money(site, lowest)))
            } @else {
                (amount(site, variant.price_minor, variant.compare_at_minor))
                @if let Some(minor) = variant.prior_minor {
                    " " small { (words.prior_price(&format::money(site, minor))) }
                }
            }
            @if card::is_sold_out(card) { " " small { "(" (words.sold_out()) ")" } }
        }
    }
}

/// The first products of a collection, and the way to all of them.
fn row(
    site: &Site<'_>,
    collection: &Collection,
    cards: &[ProductCard],
    heading: Heading,
) -> Markup {
    let title = title_of(site, collection);
    let href = links::page(site.locale, &paths::collection(&collection.slug));
    html! {
        @if !cards.is_empty() { (card::grid(site, cards, heading, 0)) }
        p { a href=(href) lang=[title.lang] { (title.text) } " →" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, EN, zh};

    #[test]
    fn embeds_are_filled_with_what_the_version_has() {
        let (entry, parts) = (sample::entry(ContentKind::Blog), sample::parts());
        let collections = sample::collections();
        let view = sample::document(&entry, &parts, &collections, true);
        let html = document_html(&sample::site(zh()), &view);
        assert!(
            html.starts_with("<p>A rug costs <span class=\"price\">"),
            "{html}"
        );
        assert!(html.contains("href=\"/zh/collections/home\">here</a>.</p><h2>Look</h2><ul"));
        // Two products share a grid, the collection has its own, what is gone has none.
        assert_eq!(html.matches("<ul class=\"grid\"").count(), 2, "{html}");
        assert_eq!(html.matches("<h3>").count(), 3, "{html}");
    }

    #[test]
    fn an_embedded_price_is_that_of_the_variant_that_the_page_of_the_product_shows() {
        let site = sample::site(EN);
        let mut card = sample::card();
        let shown = |card: &ProductCard| price(&site, card).into_string();
        assert_eq!(shown(&card), "<span class=\"price\">from $129.00</span>");
        card.available = vec![false; card.available.len()];
        card.available[1] = true;
        assert_eq!(shown(&card), "<span class=\"price\">$149.00</span>");
        card.product.variants.truncate(1);
        card.available.truncate(1);
        let sold_out = "<span class=\"price\">$129.00 <small>(Sold out)</small></span>";
        assert_eq!(shown(&card), sold_out);
    }

    #[test]
    fn a_document_that_is_not_translated_says_its_language_and_names_the_original() {
        let (entry, parts) = (sample::entry(ContentKind::Page), sample::parts());
        let collections = sample::collections();
        let path = "/pages/how-to-brew";
        let site = |locale| Site {
            path,
            ..sample::site(locale)
        };
        let view = sample::document(&entry, &parts, &collections, false);
        let html = content(&site(zh()), &view);
        let canonical = "<link rel=\"canonical\" href=\"https://shop.example/pages/how-to-brew\">";
        assert!(html.contains("<article lang=\"en\">") && html.contains(canonical));
        assert!(!html.contains("rel=\"alternate\" hreflang=\"zh-Hans\""));
        let view = sample::document(&entry, &parts, &collections, true);
        let html = content(&site(zh()), &view);
        let canonical = canonical.replace("/pages", "/zh/pages");
        assert!(html.contains("<article>") && html.contains(&canonical));
        assert!(html.contains("rel=\"alternate\" hreflang=\"zh-Hans\""));
    }

    #[test]
    fn only_a_question_with_its_answer_is_a_page_of_questions() {
        let collections = sample::collections();
        let parts = [Part::Html("<p>Warm the <b>pot</b>.</p>".to_owned())];
        let about = |kind, title: &str| {
            let mut entry = sample::entry(kind);
            entry.title = souk_catalogue::Text::new(title);
            let view = sample::document(&entry, &parts, &collections, true);
            let site = sample::site(EN);
            super::about(&site, &view, "", &document_html(&site, &view))
        };
        let question = about(ContentKind::Help, "How?");
        assert_eq!(question["@type"], "FAQPage");
        let answer = &question["mainEntity"][0]["acceptedAnswer"]["text"];
        assert_eq!(answer, "Warm the pot.");
        assert_eq!(about(ContentKind::Help, "Brewing")["@type"], "Article");
        let article = about(ContentKind::Blog, "How?");
        assert_eq!(article["@type"], "Article");
        assert_eq!(article["datePublished"], "2026-11-22T08:30:45Z");
        assert_eq!(about(ContentKind::Page, "About")["@type"], "WebPage");
    }
}
