//! Filters on the pages of a collection: a form that works without scripts, and links back.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;

use crate::support::{Shop, fixture, text};

fn wide() -> Shop {
    let shop = Shop::empty();
    shop.world.publish(&fixture::wide_catalogue(300));
    shop
}

fn cards(page: &str) -> Vec<&str> {
    let grid = page.split("<ul class=\"grid\"").nth(1).unwrap_or_default();
    let links = grid.split("<h2><a href=\"/products/").skip(1);
    links
        .map(|rest| rest.split('"').next().expect("a quote"))
        .collect()
}

/// The link of this kind, as the browser follows it.
fn link(page: &str, rel: &str) -> Option<String> {
    let link = page.split(&format!("<link rel=\"{rel}\" href=\"")).nth(1)?;
    Some(link.split('"').next()?.replace("&amp;", "&"))
}

/// The number beside a value of the panel.
fn count(page: &str, value: &str) -> u32 {
    let label = page.split(&format!(">{value} <small>")).nth(1);
    let number = label.and_then(|rest| rest.split('<').next());
    number
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{value} is not offered"))
}

#[test]
fn the_panel_offers_values_with_their_counts() {
    let shop = wide();
    let page = shop.page("/collections/all");
    assert!(
        page.contains("<form action=\"/collections/all\">"),
        "{page}"
    );
    let box_of = "name=\"option.Colour\" value=\"Blue\">";
    assert_eq!(page.matches(box_of).count(), 1);
    assert_eq!(
        count(&page, "Blue"),
        120,
        "two of five colours for each of 300"
    );
    assert_eq!(count(&page, "Maker 0"), 22);
    assert!(page.contains("placeholder=\"5.00\"") && page.contains("placeholder=\"44.00\""));
    assert!(!page.contains(" checked>") && !page.contains("class=\"choice crumbs\""));
    let zh = shop.page("/zh/collections/all");
    assert!(zh.contains("<legend>颜色</legend>") && zh.contains("<legend>品牌</legend>"));
    assert!(zh.contains("<form action=\"/zh/collections/all\">"));
}

#[test]
fn counts_are_those_of_the_other_filters() {
    let shop = wide();
    let page = shop.page("/collections/all?option.Colour=Blue&option.Colour=Red");
    assert!(page.contains("1–24 of 180 products"), "{page}");
    assert_eq!(count(&page, "Blue"), 120, "one more value widens");
    assert_eq!(count(&page, "Green"), 120);
    // A product has the colours `n` and `n + 1` of five; red and blue are the first two.
    let by_hand = (0..300).filter(|n| n % 14 == 3 && [0, 1, 4].contains(&(n % 5)));
    let by_hand = by_hand.count();
    assert_eq!(count(&page, "Maker 3") as usize, by_hand);
    let only = shop.page("/collections/all?option.Colour=Blue&option.Colour=Red&vendor=Maker+3");
    assert_eq!(cards(&only).len(), by_hand);
}

#[test]
fn a_choice_stays_chosen_and_can_be_taken_back() {
    let shop = wide();
    let page = shop.page("/collections/all?price.max=20&vendor=Maker+3&vendor=Unknown&sort=title");
    for chosen in [
        "name=\"vendor\" value=\"Maker 3\" checked>",
        "name=\"vendor\" value=\"Unknown\" checked>",
        "name=\"sort\" value=\"title\">",
        "value=\"20.00\">",
    ] {
        assert_eq!(page.matches(chosen).count(), 1, "{chosen}");
    }
    for crumb in [
        "href=\"/collections/all?vendor=Unknown&amp;price.max=20.00&amp;sort=title\"",
        "href=\"/collections/all?vendor=Maker+3&amp;price.max=20.00&amp;sort=title\"",
        "href=\"/collections/all?vendor=Maker+3&amp;vendor=Unknown&amp;sort=title\"",
        "aria-label=\"Remove: up to $20.00\"",
        "href=\"/collections/all?sort=title\"",
        // Order and language keep the filters.
        "href=\"/collections/all?vendor=Maker+3&amp;vendor=Unknown&amp;price.max=20.00\"",
        "href=\"/zh/collections/all?vendor=Maker+3&amp;vendor=Unknown&amp;price.max=20.00\"",
    ] {
        assert!(page.contains(crumb), "{crumb}\n{page}");
    }
}

#[test]
fn filtered_pages_are_not_indexed_and_name_the_unfiltered_one() {
    let shop = wide();
    let page = shop.page("/collections/all?tag=rare-1");
    assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"));
    let canonical = link(&page, "canonical").expect("a canonical address");
    assert!(canonical.ends_with("/collections/all"), "{canonical}");
    let open = shop.page("/collections/all?utm_source=x&price.min=&vendor=");
    assert!(!open.contains("noindex"), "nothing is filtered");
}

#[test]
fn the_pages_of_a_filter_link_every_product_once_both_ways() {
    let shop = wide();
    for sort in ["featured", "price-desc"] {
        let mut path = format!("/collections/all?option.Colour=Blue&sort={sort}");
        let (mut found, mut trail) = (Vec::new(), Vec::new());
        loop {
            let page = shop.page(&path);
            let own: Vec<_> = cards(&page).into_iter().map(str::to_owned).collect();
            trail.push(own.clone());
            found.extend(own);
            match link(&page, "next") {
                Some(next) => path = next,
                None => break,
            }
        }
        let distinct: std::collections::BTreeSet<_> = found.iter().collect();
        assert_eq!((found.len(), distinct.len()), (120, 120), "{sort}");
        trail.pop();
        while let Some(before) = trail.pop() {
            path = link(&shop.page(&path), "prev").expect("a page before");
            assert_eq!(cards(&shop.page(&path)), before, "{path}");
        }
        assert_eq!(
            link(&shop.page(&path), "prev"),
            None,
            "{path} is the first page"
        );
    }
}

#[test]
fn a_cursor_that_was_made_up_is_shown_or_refused() {
    let shop = wide();
    let next = link(
        &shop.page("/collections/all?vendor=Maker+1&vendor=Maker+2"),
        "next",
    );
    let next = next.expect("a second page");
    let (path, cursor) = next.rsplit_once("cursor=").expect("a cursor");
    let decoded = URL_SAFE_NO_PAD.decode(cursor).expect("base64");
    let text = String::from_utf8(decoded).expect("text");
    let parts: Vec<_> = text.split('.').collect();
    for (offset, place, status) in [
        ("4294967295", "0", StatusCode::OK),
        ("4294967295", "4294967295", StatusCode::NOT_FOUND),
        ("0", "4294967295", StatusCode::OK),
    ] {
        let made_up = [parts[0], parts[1], parts[2], offset, place, parts[5]].join(".");
        let path = format!("{path}cursor={}", URL_SAFE_NO_PAD.encode(made_up));
        assert_eq!(shop.get(&path).status(), status, "{offset} {place}");
        let backwards = path.replace("/collections/all?", "/api/v1/products?");
        assert_eq!(
            shop.api(&backwards).status(),
            StatusCode::OK,
            "{offset} {place}"
        );
    }
}

#[test]
fn nothing_found_says_so_and_shows_the_way_back() {
    let shop = wide();
    for path in [
        "/collections/all?vendor=Unknown",
        "/collections/all?price.min=20&price.max=10",
        "/collections/all?option.Material=Clay",
    ] {
        let page = shop.page(path);
        assert!(page.contains("Take a filter away"), "{path}");
        assert!(page.contains(">0 products<"), "{path}");
        assert!(page.contains("class=\"choice crumbs\""), "{path}");
    }
}

#[test]
fn a_filter_that_a_page_cannot_read_is_refused() {
    let shop = wide();
    for query in ["price.min=cheap", "price.max=1.005", "option.=x", "price=3"] {
        let page = shop.get(&format!("/collections/all?{query}"));
        assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{query}");
        assert!(text(&page).contains("We could not read that"), "{query}");
    }
}

#[test]
fn a_collection_with_nothing_to_choose_has_no_panel() {
    let shop = Shop::empty();
    let mut catalogue = fixture::catalogue();
    catalogue.products.truncate(1);
    shop.world.publish(&catalogue);
    assert!(!shop.page("/collections/all").contains("<details"));
}
