//! The full-text index of SQLite, in memory: any of the words, by `bm25`, with the weights that the
//! comparison of relevance gives it (`tests/relevance/peers`).

use anyhow::Result;
use rusqlite::Connection;
use souk_catalogue::Catalogue;

const TABLE: &str = "CREATE VIRTUAL TABLE product USING fts5
    (slug UNINDEXED, title, type, vendor, tags, html,
    tokenize = 'porter unicode61 remove_diacritics 2')";
const INSERT: &str = "INSERT INTO product VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SEARCH: &str = "SELECT slug FROM product WHERE product MATCH ?1
    ORDER BY bm25(product, WEIGHTS) LIMIT ?2";
const WEIGHTS: &str = "0.0, 4.0, 2.0, 2.0, 1.0, 1.0";

/// An index of a catalogue.
pub(crate) struct Fts5 {
    connection: Connection,
}

impl Fts5 {
    pub(crate) fn new(catalogue: &Catalogue) -> Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(TABLE)?;
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare(INSERT)?;
            for product in &catalogue.products {
                insert.execute([
                    &product.slug,
                    &product.title.base,
                    &product.product_type.base,
                    &product.vendor,
                    &product.tags.join(" "),
                    &product.description_html.base,
                ])?;
            }
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    /// The slugs that a query finds, best first; neither a total nor facets.
    pub(crate) fn search(&self, query: &str, limit: usize) -> Result<Vec<String>> {
        let words: Vec<_> = query.split(' ').map(|word| format!("\"{word}\"")).collect();
        let statement = SEARCH.replace("WEIGHTS", WEIGHTS);
        let mut statement = self.connection.prepare_cached(&statement)?;
        let limit = i64::try_from(limit)?;
        let rows = statement.query_map((words.join(" OR "), limit), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
