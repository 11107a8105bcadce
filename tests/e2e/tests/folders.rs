//! Both folders of shops that come with the repository, as shops that run: in every language, wide
//! and narrow, with the steps in `browser/folders.mjs`; and that no page of one says a word of the
//! other. Screenshots go to `target/e2e-screenshots/`.
//!
//! The pages are the same bytes everywhere, as `reading` shows: one look of each folder on Workers, and
//! the words on Spin. All looks: `SOUK_E2E_LOOKS=all cargo test -p souk-e2e --test folders`.

#![allow(
    clippy::disallowed_methods,
    reason = "runs on a real machine, outside the functions"
)]

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use souk_e2e::{Platform, Shop, browser, tools};
use souk_tidy::demo_texts;

/// Four looks of half a minute each, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(400);

/// Pages of the smaller folder in both languages are fewer; a crawl that grows without end stops.
const PAGES_MAX: usize = 600;

/// Headers and documents of the program name it; that is no shop's name.
const OF_THE_PROGRAM: [&str; 2] = ["Souk-", "Souk storefront"];

async fn every_page_of_the_demo_is_as_it_should_be(platform: Platform) -> Result<()> {
    look(platform, &tools::demo_folder()).await
}

async fn every_page_of_another_folder_is_as_it_should_be(platform: Platform) -> Result<()> {
    look(platform, &tools::kontor_folder()).await
}

async fn look(platform: Platform, folder: &Path) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(folder).await?;
    let how_many = std::env::var("SOUK_E2E_LOOKS").unwrap_or_else(|_| "some".to_owned());
    browser::run(&shop, "folders.mjs", &how_many, PATIENCE).await
}

async fn no_page_of_another_folder_says_a_word_of_the_demo(platform: Platform) -> Result<()> {
    let shop = Shop::start(platform).await?;
    shop.publish_folder(&tools::kontor_folder()).await?;
    let texts = demo_texts();
    let starts = [
        "/",
        "/en",
        "/collections",
        "/en/collections",
        "/cart",
        "/sitemap.xml",
        "/blog/feed.xml",
        "/api/v1/shop",
        "/api/v1/products?limit=100",
        "/no/such/page",
    ];
    let mut waiting: VecDeque<String> = starts.map(str::to_owned).into();
    let mut known: BTreeSet<String> = waiting.iter().cloned().collect();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop_front() {
        let page = shop.client().get(&path).await?.text();
        let mut said = page.clone();
        for own in OF_THE_PROGRAM {
            said = said.replace(own, "");
        }
        let texts = texts.iter().map(String::as_str).chain(["Souk"]);
        let told = texts.filter(|text| said.contains(text));
        found.extend(told.map(|text| format!("{path}: {text}")));
        for link in links(&page) {
            if known.len() < PAGES_MAX && known.insert(link.to_owned()) {
                waiting.push_back(link.to_owned());
            }
        }
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    // Twelve products, four collections and eleven documents, in two languages.
    ensure!(known.len() > 54, "{known:?}");
    Ok(())
}

/// Paths that a page links to.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let values = page.split("href=\"").skip(1);
    values
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with('/') && !link.starts_with("/assets/"))
        .filter_map(|link| link.split('#').next())
}

mod workers {
    souk_e2e::tests_on!(
        Workers: every_page_of_the_demo_is_as_it_should_be,
        every_page_of_another_folder_is_as_it_should_be
    );
}
mod spin_sqlite {
    souk_e2e::tests_on!(SpinSqlite: no_page_of_another_folder_says_a_word_of_the_demo);
}
