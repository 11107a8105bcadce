//! Measures the search on products with graded queries: `cargo xtask relevance`.
//!
//! - nDCG@10 with linear gains, over the queries that have a product with a grade above 0: *raw*,
//!   where a product without a grade counts as 0, and *condensed*, where it is passed over.
//! - Typos: one letter of a telling word of a title is changed; how often the product is among the
//!   first five.
//! - What a query costs: rounds, reads, time.

#![allow(clippy::disallowed_methods, reason = "measures time on a real machine")]

mod answers;
mod engine;
mod graded;
mod peers;
mod store;
mod tables;
mod typos;

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use serde_json::json;
use souk_catalogue::{Media, MediaRendition, Product};
use souk_domain::LanguageCode;
use souk_import::{Files, ImportOptions, PictureError};
use souk_search::query::{LEARNT_MAX, LEARNT_MIN, Learnt, Searcher};
use souk_search_build::{Source, Tools, build};

use engine::Engine;
use graded::Judged;
use store::{Memory, ready};

#[derive(Parser)]
struct Args {
    /// The product file.
    #[arg(long)]
    catalogue: PathBuf,
    /// A file with the columns query,slug,grade, and language where there are pages in several.
    #[arg(long, required_unless_present_any = ["show", "answers", "documents", "results", "stems", "readings"])]
    judgements: Option<PathBuf>,
    /// Shopify's translation export, for answers.
    #[arg(long)]
    translations: Option<PathBuf>,
    /// A file with a query on each line as a JSON object: prints one JSON object for each with its
    /// first results, and measures nothing.
    #[arg(long)]
    answers: Option<PathBuf>,
    /// Prints each product as a JSON object, and nothing else.
    #[arg(long)]
    documents: bool,
    /// A file with a query on each line as a JSON string: prints what each finds, and measures nothing.
    #[arg(long)]
    results: Option<PathBuf>,
    /// A file of languages and words, with a tab between: prints each with its stem, and nothing
    /// else.
    #[arg(long)]
    stems: Option<PathBuf>,
    /// Prints every character whose reading is known, and nothing else.
    #[arg(long)]
    readings: bool,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
    /// Prints the figures of each query.
    #[arg(long)]
    queries: bool,
    /// How many queries with a typo.
    #[arg(long, default_value_t = 400)]
    typos: usize,
    /// The language of the page; for answers several, the shop's own first, with commas.
    #[arg(long, default_value = "en", value_delimiter = ',')]
    language: Vec<String>,
    /// A `search.toml`; without one the rules are those of a shop that has none.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Prints the first results of one query, and nothing else.
    #[arg(long)]
    show: Option<String>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(words) = &args.stems {
        return tables::print_stems(words);
    }
    let languages = args.language.iter().map(|code| LanguageCode::parse(code));
    let languages = languages.collect::<Result<Vec<_>, _>>()?;
    let products = products(&args, &languages)?;
    if args.documents {
        peers::print_documents(&products);
        return Ok(());
    }
    let started = Instant::now();
    let index = build(
        &Source {
            products: &products,
            collections: &[],
            languages: &languages,
            published_at_ms: &|product| product.modified_at_ms,
            prices: &|product| vec![Some(product.price_range_minor().0)],
        },
        None,
        &Tools::default(),
    )?;
    let built = started.elapsed();
    if args.readings {
        return tables::print_readings(&index);
    }
    let bytes: usize = index.blobs.values().map(Vec::len).sum();
    let (blobs, card_bytes) = (index.blobs.len(), index.card_bytes);
    let store = Memory::new(index.blobs);
    let searcher =
        ready(Searcher::open(&store, index.root)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let rules = args.rules.as_ref().map(fs::read_to_string).transpose()?;
    let engine = Engine {
        store,
        searcher,
        rules: engine::rules(rules.as_deref(), &languages)?.into(),
        languages,
    };
    if let Some(text) = &args.show {
        return show(&engine, text);
    }
    if let Some(queries) = &args.answers {
        return answers::print(&engine, queries);
    }
    if let Some(queries) = &args.results {
        return peers::print_results(&engine, queries);
    }
    let judgements = args
        .judgements
        .as_ref()
        .context("--judgements is not given")?;
    let judged = graded::judged(judgements, &engine)?;
    let typos = typos::measure(&engine, &products, args.typos)?;
    let cost = cost(&engine, &judged, args.queries && !args.json)?;
    let report = json!({
        "products": products.len(),
        "graded": graded::report(&judged),
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

fn products(args: &Args, languages: &[LanguageCode]) -> Result<Vec<Product>> {
    let open = |path: &PathBuf| File::open(path).with_context(|| path.display().to_string());
    let mut own = open(&args.catalogue)?;
    let mut translations = args.translations.as_ref().map(open).transpose()?;
    let mut files = Files::products(&mut own);
    files.translations = translations.iter_mut().map(|file| file as _).collect();
    let options = ImportOptions {
        languages: languages[1..].to_vec(),
        ..ImportOptions::default()
    };
    let imported = souk_import::import(files, options, &mut no_picture);
    let imported = imported.map_err(|errors| anyhow::anyhow!("{errors:?}"))?;
    Ok(imported.catalogue.products)
}

/// Pictures are not searched for.
#[expect(clippy::unnecessary_wraps, reason = "pictures of shops may be missing")]
fn no_picture(path: &str) -> Result<Media, PictureError> {
    Ok(Media {
        renditions: vec![MediaRendition {
            url: format!("/media/{path}"),
            width: 1,
        }],
        ..Media::default()
    })
}

/// What queries cost with facets and 24 cards, in a shop that has learnt something of one product in 32.
fn cost(engine: &Engine, judged: &[Judged], print: bool) -> Result<serde_json::Value> {
    let (mut times, mut rounds, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    for one in judged {
        engine.store.reset();
        let started = Instant::now();
        let factor = |tie: u32| match tie % 64 {
            0 => LEARNT_MIN,
            1 => LEARNT_MAX,
            _ => 256,
        };
        let learnt = Learnt {
            factor: Some(&factor),
        };
        engine.answer_learnt(&one.query, one.page, (24, true), learnt)?;
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

fn show(engine: &Engine, text: &str) -> Result<()> {
    let answer = engine.answer(text, 0, 20, true)?;
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
