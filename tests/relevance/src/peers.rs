//! What other engines need to be compared with: the products, and our own results for the same queries.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use souk_catalogue::Product;

use crate::engine::Engine;

/// Results of a query, as many as count once those without a grade are passed over.
const RESULTS: usize = 100;

/// Prints one JSON object for each product: its texts in the shop's own language.
pub(crate) fn print_documents(products: &[Product]) {
    for product in products {
        let document = json!({
            "slug": product.slug,
            "title": product.title.base,
            "type": product.product_type.base,
            "vendor": product.vendor,
            "tags": product.tags,
            "html": product.description_html.base,
        });
        println!("{document}");
    }
}

/// Prints the slugs that each query of a file finds, best first, as one JSON array; the file has a
/// query on each line, as a JSON string.
pub(crate) fn print_results(engine: &Engine, queries: &Path) -> Result<()> {
    for line in fs::read_to_string(queries).context("the queries")?.lines() {
        let query: String = serde_json::from_str(line).context("a line of the queries")?;
        let answer = engine.answer(&query, 0, RESULTS, false)?;
        let slugs = answer.items.iter();
        let slugs: Value = slugs.map(|item| item.product.slug.as_str()).collect();
        println!("{slugs}");
    }
    Ok(())
}
