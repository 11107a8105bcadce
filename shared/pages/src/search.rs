//! The page of a search: what was found, in what order, what was searched for instead, and what else
//! there is.
//!
//! Not here: what is found (`souk_search`), the form to search with (`search_form`).

use maud::{Markup, html};

use crate::card::{self, Heading};
use crate::collection::{Order, count, orders_of, pager};
use crate::layout::{Page, render};
use crate::links::{self, Listed};
use crate::view::{RelatedView, SearchOrder, SearchView, Site};
use crate::words::Words;
use crate::{documents, filters, paths};

/// Cards in the first screen on a wide window.
const EAGER_CARDS: usize = 4;

/// The results of a search.
pub fn search(site: &Site<'_>, view: &SearchView<'_>) -> String {
    let words = site.words;
    let title = match view.text {
        "" => words.search().to_owned(),
        text => words.search_results(text),
    };
    let listed = listed(site, view, view.order);
    let applied = &view.filters.applied;
    let to = |cursor: &String| listed.address(applied, Some(cursor));
    let (previous, next) = (view.previous.as_ref().map(to), view.next.as_ref().map(to));
    let main = html! {
        div.wrap {
            header.headline.found {
                h1 { (title) }
                (notice(words, view))
            }
            @if view.cards.is_empty() && applied.is_empty() {
                (nothing(words, view))
            } @else {
                div.bar {
                    (filters::panel(site, &listed, &view.filters))
                    p { (count(words, view.cards.len(), view.offset, Some(view.total))) }
                    (sorting(site, view))
                }
                (filters::crumbs(site, &listed, applied))
                @if view.cards.is_empty() {
                    p.nothing { (words.no_matches()) }
                } @else {
                    (card::marked_grid(site, &view.cards, &view.marks, Heading::Second, EAGER_CARDS))
                }
            }
            (pager(words, previous.as_deref(), next.as_deref()))
            (suggestions(site, &view.suggestions))
        }
        @if !view.related.is_empty() {
            @for (place, related) in view.related.iter().enumerate() {
                (related_kind(site, related, place))
            }
        }
        @if !view.articles.is_empty() {
            section.wrap.row aria-labelledby="to-read" {
                div.row-head { h2 #to-read { (words.search_read()) } }
                (documents::excerpts(site, view.articles, false))
            }
        }
    };
    let page = Page {
        title,
        searched: view.text.to_owned(),
        previous,
        next,
        main: Some(main),
        ..Page::default()
    };
    render(site, page)
}

fn listed<'a>(site: &Site<'_>, view: &SearchView<'a>, order: SearchOrder) -> Listed<'a> {
    Listed {
        path: links::page(site.locale, paths::SEARCH),
        text: Some(view.text),
        sort: (order != SearchOrder::Relevance).then(|| order.name()),
    }
}

/// What is not as it was typed.
fn notice(words: &Words, view: &SearchView<'_>) -> Markup {
    html! {
        @if view.text.is_empty() {
            p { (words.search_empty()) }
        }
        @if let Some(instead) = view.instead {
            p role="status" { (words.search_instead(view.text, instead)) }
        }
        @if !view.dropped.is_empty() {
            p role="status" { (words.search_without(&view.dropped.join(words.comma()))) }
        }
    }
}

fn nothing(words: &Words, view: &SearchView<'_>) -> Markup {
    html! {
        @if !view.text.is_empty() {
            div.nothing {
                span.arch {}
                p { (words.search_nothing(view.text)) " " (words.search_nothing_text()) }
            }
        }
    }
}

fn sorting(site: &Site<'_>, view: &SearchView<'_>) -> Markup {
    let words = site.words;
    let name = |order| match order {
        SearchOrder::Relevance => words.sort_relevance(),
        SearchOrder::PriceAscending => words.sort_price_up(),
        SearchOrder::PriceDescending => words.sort_price_down(),
        SearchOrder::Newest => words.sort_newest(),
        SearchOrder::Title => words.sort_title(),
        SearchOrder::Popular => words.sort_popular(),
    };
    let is_offered = |order: &SearchOrder| {
        view.knows_popular || *order == view.order || *order != SearchOrder::Popular
    };
    let orders = SearchOrder::ALL.into_iter().filter(is_offered);
    let orders: Vec<_> = orders
        .map(|order| Order {
            name: name(order),
            href: listed(site, view, order).address(&view.filters.applied, None),
            chosen: order == view.order,
        })
        .collect();
    orders_of(words, &orders)
}

fn suggestions(site: &Site<'_>, suggestions: &[String]) -> Markup {
    html! {
        @if !suggestions.is_empty() {
            nav.choice.also aria-label=(site.words.search_also()) {
                span aria-hidden="true" { (site.words.search_also()) }
                ul {
                    @for text in suggestions { li { a href=(results(site, text)) { (text) } } }
                }
            }
        }
    }
}

fn related_kind(site: &Site<'_>, related: &RelatedView, place: usize) -> Markup {
    let words = site.words;
    html! {
        section.wrap.row aria-labelledby={ "related-" (place) } {
            div.row-head {
                h2 id={ "related-" (place) } { (related.name) }
                a href=(results(site, &related.query))
                    aria-label=(words.action_on(words.see_all(), &related.name)) {
                    (words.see_all())
                }
            }
            (card::grid(site, &related.cards, Heading::Third, 0))
        }
    }
}

/// The results of another search.
fn results(site: &Site<'_>, text: &str) -> String {
    let listed = Listed {
        path: links::page(site.locale, paths::SEARCH),
        text: Some(text),
        sort: None,
    };
    listed.address([], None)
}

#[cfg(test)]
mod tests {
    use souk_shop::{ContentKind, Entry};

    use super::*;
    use crate::sample;

    /// Two results of a search that was corrected, with what goes with them.
    fn found<'a>(
        listing: crate::view::CollectionView<'_>,
        articles: &'a [Entry],
    ) -> SearchView<'a> {
        SearchView {
            text: "red & <b>mgu",
            instead: Some("red mug"),
            dropped: vec!["b"],
            related: vec![RelatedView {
                name: "Lids".to_owned(),
                query: "mug lid".to_owned(),
                cards: listing.cards.clone(),
            }],
            marks: vec![vec![(0, 4)]],
            articles,
            suggestions: vec!["red cup".to_owned()],
            order: SearchOrder::Title,
            total: 40,
            cards: listing.cards,
            filters: listing.filters,
            next: Some("a=b".to_owned()),
            ..SearchView::default()
        }
    }

    #[test]
    fn results_say_what_was_searched_for_and_what_goes_with_them() {
        let collections = sample::collections();
        let articles = [sample::entry(ContentKind::Blog)];
        let view = found(sample::listing(&collections[0]), &articles);
        let site = Site {
            path: paths::SEARCH,
            ..sample::site(sample::zh())
        };
        let html = search(&site, &view);
        for needed in [
            r#"value="red &amp; &lt;b&gt;mgu""#,
            "没有找到“red &amp; &lt;b&gt;mgu”，以下是“red mug”的结果。",
            "部分结果不含：b。",
            r#"href="/zh/search?q=mug+lid" aria-label="#,
            r#"href="/zh/search?q=red+cup""#,
            r#"<a href="/zh/blog/how-to-brew">如何泡茶？</a>"#,
            r#"<p lang="en">In three steps &amp; a half.</p>"#,
            r#"<form class="find" role="search" action="/zh/search" data-suggest="zh||搜索建议：#|搜索|"#,
            "</mark>",
            r#"<input type="hidden" name="q" value="red &amp; &lt;b&gt;mgu">"#,
        ] {
            assert!(html.contains(needed), "{needed} in {html}");
        }
        // The filters and the order stay on the next page; a sorting link begins at the first.
        let next = "q=red+%26+%3Cb%3Emgu&amp;option.Colour=Red+%26+%3Cb%3E&amp;price.max=99.50\
                    &amp;sort=title&amp;cursor=a%3Db";
        assert!(html.contains(next), "{html}");
        assert_eq!(html.matches("<h1").count(), 1);
    }

    #[test]
    fn before_a_search_and_without_results_the_page_says_what_to_do() {
        let site = sample::site(sample::EN);
        let html = search(&site, &SearchView::default());
        assert!(html.contains(site.words.search_empty()) && !html.contains("nothing"));
        let view = SearchView {
            text: "zzz",
            ..SearchView::default()
        };
        let html = search(&site, &view);
        assert!(html.contains("Nothing was found for “zzz”."), "{html}");
    }
}
