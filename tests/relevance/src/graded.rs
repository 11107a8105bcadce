//! How good the first results of graded queries are.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::Engine;

/// Results that count.
const DEPTH: usize = 10;
/// Results that are asked for, so that enough are left without those that have no grade.
const LIMIT: usize = 100;

/// A line of the file of grades.
#[derive(Deserialize)]
struct Row {
    /// The language of the page; the shop's own where it is not there.
    language: Option<String>,
    query: String,
    slug: String,
    grade: u32,
}

/// What a graded query gives.
pub(crate) struct Judged {
    pub(crate) query: String,
    pub(crate) page: usize,
    pub(crate) raw: f64,
    pub(crate) condensed: f64,
    pub(crate) total: u32,
}

/// Asks every query that has a product with a grade above 0.
pub(crate) fn judged(judgements: &Path, engine: &Engine) -> Result<Vec<Judged>> {
    let mut reader = csv::Reader::from_path(judgements).context("the judgements")?;
    let mut grades: BTreeMap<(usize, String), BTreeMap<String, u32>> = BTreeMap::new();
    for row in reader.deserialize() {
        let row: Row = row?;
        let page = match &row.language {
            Some(code) => engine.page(code)?,
            None => 0,
        };
        let query = grades.entry((page, row.query)).or_default();
        query.insert(row.slug, row.grade);
    }
    let mut judged = Vec::new();
    for ((page, query), grades) in grades {
        if grades.values().all(|grade| *grade == 0) {
            continue;
        }
        let answer = engine.answer(&query, page, LIMIT, false)?;
        let found = answer
            .items
            .iter()
            .map(|item| grades.get(&item.product.slug).copied());
        let found: Vec<Option<u32>> = found.collect();
        let mut ideal: Vec<u32> = grades.values().copied().collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let ideal = gain(ideal.into_iter());
        judged.push(Judged {
            raw: gain(found.iter().map(|grade| grade.unwrap_or(0))) / ideal,
            condensed: gain(found.iter().filter_map(|grade| *grade)) / ideal,
            total: answer.total,
            query,
            page,
        });
    }
    Ok(judged)
}

/// The discounted cumulative gain of the first grades.
fn gain(grades: impl Iterator<Item = u32>) -> f64 {
    let discounted = (2_u32..).zip(grades.take(DEPTH));
    discounted
        .map(|(rank, grade)| f64::from(grade) / f64::from(rank).log2())
        .sum()
}

/// Which half a query belongs to: what is tuned on one half is checked on the other.
fn half(query: &str) -> u64 {
    // Source: FNV-1a.
    let hash = query.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 40 & 1
}

/// Means over all queries, and over either half.
pub(crate) fn report(judged: &[Judged]) -> Value {
    let mean = |half_of: Option<u64>, of: fn(&Judged) -> f64| {
        let own = judged.iter();
        let own = own.filter(|one| half_of.is_none_or(|wanted| half(&one.query) == wanted));
        let own: Vec<f64> = own.map(of).collect();
        own.iter().sum::<f64>() / u32::try_from(own.len()).map_or(1.0, f64::from)
    };
    let both = |half| {
        json!({
            "raw": mean(half, |one| one.raw),
            "condensed": mean(half, |one| one.condensed),
        })
    };
    json!({
        "queries": judged.len(),
        "ndcg10_raw": mean(None, |one| one.raw),
        "ndcg10_condensed": mean(None, |one| one.condensed),
        "tuned_half": both(Some(0)),
        "held_out_half": both(Some(1)),
        "without_result": judged.iter().filter(|one| one.total == 0).count(),
    })
}
