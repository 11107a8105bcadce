//! Measures the search on products with graded queries: `cargo xtask relevance`.
//!
//! - nDCG@10 with linear gains, over the queries that have a product with a grade above 0: *raw*,
//!   where a product without a grade counts as 0, and *condensed*, where it is passed over.
//! - Typos: one letter of a telling word of a title is changed; how often the product is among the
//!   first five.
//! - What a query costs: rounds, reads, time.

#![allow(clippy::disallowed_methods, reason = "measures time on a real machine")]

mod store;
mod typos;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use souk_catalogue::Product;
use souk_domain::{LanguageCode, Locale};
use souk_import::{Files, ImportOptions, NoPictures};
use souk_search::analysis::Token;
use souk_search::query::{
    Answer, Expansion, Filters, Request, Searcher, Sort, Start, Steering, Stock,
};
use souk_search_build::{Source, Tools, build};

use store::{Memory, ready};

/// Results that count.
const DEPTH: usize = 10;
/// Results that are asked for, so that enough are left without those that have no grade.
const LIMIT: usize = 100;

#[derive(Parser)]
struct Args {
    /// The product file.
    #[arg(long)]
    catalogue: PathBuf,
    /// A file with the columns query,slug,grade.
    #[arg(long, required_unless_present_any = ["show", "answers"])]
    judgements: Option<PathBuf>,
    /// A file with a query on each line: prints one JSON object for each with its first results, and
    /// measures nothing. `tests/search/reference.py` compares them with its own.
    #[arg(long)]
    answers: Option<PathBuf>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Prints the figures of each query.
    #[arg(long)]
    queries: bool,
    /// How many queries with a typo.
    #[arg(long, default_value_t = 400)]
    typos: usize,
    /// The language of the page.
    #[arg(long, default_value = "en")]
    language: String,
    /// A word and one that stands for it at half its weight, as FROM=TO; any number of them.
    #[arg(long)]
    synonym: Vec<String>,
    /// Prints the first results of one query, and nothing else.
    #[arg(long)]
    show: Option<String>,
}

/// What is measured.
pub(crate) struct Engine {
    store: Memory,
    searcher: Searcher,
    locale: Locale,
    synonyms: Vec<(String, String)>,
}

impl Engine {
    /// Answers a query.
    pub(crate) fn answer(&self, text: &str, limit: usize, facets: bool) -> Result<Answer> {
        let filters = Filters::default();
        let steering = Steering {
            expansions: self.expansions(text),
            ..Steering::default()
        };
        let request = Request {
            text,
            locale: self.locale,
            filters: &filters,
            sort: Sort::Relevance,
            start: Start::default(),
            limit,
            facets,
            related: facets,
            steering: &steering,
            stock: Stock::default(),
        };
        let answer = ready(self.searcher.answer(&self.store, &request));
        answer.map_err(|error| anyhow::anyhow!("{text}: {error}"))
    }

    /// What the words of a query stand for beside themselves.
    fn expansions(&self, text: &str) -> Vec<Expansion> {
        let analyser = self.searcher.analyser(self.locale);
        let mut expansions = Vec::new();
        for token in analyser.tokens(text) {
            let Token::Word(word) = token else { continue };
            let term = analyser.joined_term(&word);
            for (from, to) in self
                .synonyms
                .iter()
                .filter(|(from, _)| analyser.stem(from) == term)
            {
                debug_assert_ne!(from, to);
                let (start, end, phrase) = (word.start, word.end, to.clone());
                expansions.push(Expansion {
                    start,
                    end,
                    phrase,
                    weight: 128,
                });
            }
        }
        expansions
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    let mut file = File::open(&args.catalogue).context("the product file")?;
    let imported = souk_import::import(
        Files::products(&mut file),
        ImportOptions::default(),
        &mut NoPictures,
    );
    let products = imported
        .map_err(|errors| anyhow::anyhow!("{errors:?}"))?
        .catalogue
        .products;
    let language = LanguageCode::parse(&args.language)?;
    let started = Instant::now();
    let index = build(
        &Source {
            products: &products,
            collections: &[],
            languages: &[language],
            published_at_ms: &|product| product.modified_at_ms,
        },
        None,
        &Tools::default(),
    )?;
    let built = started.elapsed();
    let bytes: usize = index.blobs.values().map(Vec::len).sum();
    let (blobs, card_bytes) = (index.blobs.len(), index.card_bytes);
    let store = Memory::new(index.blobs);
    let searcher =
        ready(Searcher::open(&store, index.root)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let engine = Engine {
        store,
        searcher,
        locale: Locale::own(language),
        synonyms: args
            .synonym
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(from, to)| (from.to_owned(), to.to_owned()))
            .collect(),
    };
    if let Some(text) = &args.show {
        return show(&engine, text);
    }
    if let Some(queries) = &args.answers {
        return print_answers(&engine, queries);
    }
    let judgements = args
        .judgements
        .as_ref()
        .context("--judgements is not given")?;
    let judged = judged(judgements, &engine)?;
    let typos = typos::measure(&engine, &products, args.typos)?;
    let cost = cost(&engine, &judged, args.queries && !args.json)?;
    let mean = |of: fn(&Judged) -> f64| {
        judged.iter().map(of).sum::<f64>() / u32::try_from(judged.len()).map_or(1.0, f64::from)
    };
    let report = json!({
        "products": products.len(),
        "queries": judged.len(),
        "ndcg10_raw": mean(|one| one.raw),
        "ndcg10_condensed": mean(|one| one.condensed),
        "without_result": judged.iter().filter(|one| one.total == 0).count(),
        "typos_top5": typos,
        "index": {
            "seconds": built.as_secs_f64(),
            "blobs": blobs,
            "bytes_a_product": (bytes - card_bytes) / products.len().max(1),
            "card_bytes_a_product": card_bytes / products.len().max(1),
        },
        "cost": cost,
    });
    if args.queries && !args.json {
        for one in &judged {
            println!(
                "{:.3} {:.3} {:>6}  {}",
                one.raw, one.condensed, one.total, one.query
            );
        }
    }
    match args.json {
        true => println!("{report}"),
        false => println!("{report:#}"),
    }
    Ok(())
}

/// What a graded query gives.
struct Judged {
    query: String,
    raw: f64,
    condensed: f64,
    total: u32,
}

fn judged(judgements: &Path, engine: &Engine) -> Result<Vec<Judged>> {
    let mut reader = csv::Reader::from_path(judgements).context("the judgements")?;
    let mut grades: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
    for row in reader.deserialize() {
        let (query, slug, grade): (String, String, u32) = row?;
        grades.entry(query).or_default().insert(slug, grade);
    }
    let mut judged = Vec::new();
    for (query, grades) in grades {
        if grades.values().all(|grade| *grade == 0) {
            continue;
        }
        let answer = engine.answer(&query, LIMIT, false)?;
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

/// What queries cost with facets and 24 cards.
fn cost(engine: &Engine, judged: &[Judged], print: bool) -> Result<serde_json::Value> {
    let (mut times, mut rounds, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for one in judged {
        engine.store.reset();
        let started = Instant::now();
        engine.answer(&one.query, 24, true)?;
        let time = started.elapsed();
        if print {
            println!(
                "{:.2} ms, {:?} rounds and reads: {}",
                ms(time),
                engine.store.counts(),
                one.query
            );
        }
        times.push(time);
        let (round, read) = engine.store.counts();
        rounds.push(round);
        reads.push(read);
    }
    Ok(json!({
        "ms_p50": ms(percentile(&mut times, 50)),
        "ms_p95": ms(percentile(&mut times, 95)),
        "rounds_p50": percentile(&mut rounds, 50),
        "rounds_max": percentile(&mut rounds, 100),
        "reads_p50": percentile(&mut reads, 50),
        "reads_max": percentile(&mut reads, 100),
    }))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn percentile<T: Ord + Copy + Default>(list: &mut [T], percent: usize) -> T {
    list.sort_unstable();
    let place = (list.len() * percent / 100).min(list.len().saturating_sub(1));
    list.get(place).copied().unwrap_or_default()
}

/// Results that are printed of each query.
const ANSWERS: usize = 50;

fn print_answers(engine: &Engine, queries: &Path) -> Result<()> {
    for query in fs::read_to_string(queries).context("the queries")?.lines() {
        let answer = engine.answer(query, ANSWERS, true)?;
        let facets = answer.facets.iter().map(|facet| {
            let values = facet
                .values
                .iter()
                .map(|value| (value.text.base.clone(), value.count));
            (
                format!("{:?}", facet.kind),
                values.collect::<BTreeMap<_, _>>(),
            )
        });
        let items = answer
            .items
            .iter()
            .map(|item| (item.product.slug.as_str(), item.score));
        println!(
            "{}",
            json!({
                "query": query,
                "items": items.collect::<Vec<_>>(),
                "total": answer.total,
                "facets": facets.collect::<BTreeMap<_, _>>(),
            })
        );
    }
    Ok(())
}

fn show(engine: &Engine, text: &str) -> Result<()> {
    let answer = engine.answer(text, 20, true)?;
    println!(
        "{} results for {:?}; corrections {:?}, dropped {:?}",
        answer.total, answer.used, answer.corrections, answer.dropped
    );
    for item in &answer.items {
        let Product { slug, title, .. } = &item.product;
        println!("{:>12} {slug:<12} {}", item.score, title.base);
    }
    for one in &answer.related {
        println!("related: {} ({})", one.text.base, one.total);
    }
    for facet in &answer.facets {
        let values = facet
            .values
            .iter()
            .map(|value| format!("{} {}", value.text.base, value.count));
        println!(
            "{:?}: {}",
            facet.kind,
            values.collect::<Vec<_>>().join(", ")
        );
    }
    Ok(())
}
