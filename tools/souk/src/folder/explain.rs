//! `souk search explain`: why a product stands where it stands in the results of a query, or why not
//! among them, in plain sentences.
//!
//! Not here: how it is reckoned (`souk_search::query::Explanation`); what is sold out at the moment,
//! which changes no place.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Args;
use serde_json::{Value, json};
use souk_catalogue::Hash;
use souk_domain::{LanguageCode, Locale};
use souk_import::ImportOptions;
use souk_insights::Root;
use souk_search::query::{
    CorrectionKind, ExplainedProduct, ExplainedWord, Explanation, Learnt, ReadBlobs, Request,
    Searcher, Sort, Start, Stock,
};
use souk_search::rules::SearchRules;
use souk_search::steer::{self, Steered};

use super::assemble::assemble;
use super::{disk, or_report};
use crate::catalogue::search_index;
use crate::catalogue::standing::Standing;
use crate::client::StaffClient;
use crate::insights::PublishedInsights;
use crate::shop::ShopArgs;

/// A query and a product.
#[derive(Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// What a shopper types.
    query: String,
    /// The slug of the product.
    slug: String,
    /// The folder of a shop, instead of what is published.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The language of the page; the shop's own where none is given.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Ends with one line of JSON.
    #[arg(long)]
    json: bool,
}

/// The blobs of an index: those of a folder in memory, those of a version in its shop.
struct Blobs {
    own: BTreeMap<Hash, Bytes>,
    client: Option<StaffClient>,
}

impl ReadBlobs for Blobs {
    type Error = anyhow::Error;

    async fn read_all(&self, names: &[Hash]) -> Result<Vec<Bytes>> {
        let read = |name: &Hash| match (self.own.get(name), &self.client) {
            (Some(blob), _) => Ok(blob.clone()),
            (None, Some(client)) => Ok(client.blob(*name)?.into()),
            (None, None) => bail!("the index lacks the blob {name}"),
        };
        names.iter().map(read).collect()
    }
}

/// An index with the rules of its shop.
struct Searched {
    blobs: Blobs,
    root: Hash,
    rules: SearchRules,
    languages: Vec<LanguageCode>,
    /// What the shop has learnt; nothing in a folder.
    insights: Root,
}

impl Searched {
    /// What is published.
    fn published(client: StaffClient) -> Result<Self> {
        let standing = Standing::read(&client)?;
        let published = standing.published.context("nothing is published yet")?;
        let root = published.manifest.search;
        let shop = published.manifest.shop.map(|hash| client.blob(hash));
        let rules = published.manifest.search_rules;
        let rules = rules.map(|hash| SearchRules::decode(&client.blob(hash)?).map_err(Into::into));
        Ok(Self {
            root: root.context("what is published has no index of the search")?,
            rules: rules.unwrap_or_else(|| Ok::<_, anyhow::Error>(SearchRules::default()))?,
            languages: search_index::languages(shop.transpose()?.as_deref())?,
            insights: PublishedInsights::read(&client)?
                .and_then(|insights| insights.root)
                .unwrap_or_default(),
            blobs: Blobs {
                own: BTreeMap::new(),
                client: Some(client),
            },
        })
    }

    /// What a publish of a folder would give.
    fn of_folder(dir: &Path, json: bool) -> Result<Self> {
        let assembled = assemble(dir, disk::read(dir)?, None, ImportOptions::default());
        let catalogue = or_report(assembled, json)?.loaded.catalogue;
        let index = search_index::of(&catalogue)?;
        let shop = catalogue.shop.as_ref();
        let rules = shop.and_then(|shop| {
            let wanted = shop.search_rules?;
            shop.blobs.iter().find(|blob| Hash::of(blob) == wanted)
        });
        let rules = rules.map(|blob| SearchRules::decode(blob)).transpose()?;
        let own = index.blobs.into_iter();
        Ok(Self {
            blobs: Blobs {
                own: own.map(|(hash, blob)| (hash, blob.into())).collect(),
                client: None,
            },
            root: index.root,
            rules: rules.unwrap_or_default(),
            languages: search_index::languages(shop.map(|shop| shop.settings.as_slice()))?,
            insights: Root::default(),
        })
    }
}

/// What a future gives that waits for nothing: blobs are read one after the other.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// Explains.
///
/// # Errors
/// When the folder is wrong or the shop does not answer.
pub(super) fn run(args: &ExplainArgs) -> Result<()> {
    let searched = match &args.dir {
        Some(dir) => Searched::of_folder(dir, args.json)?,
        None => Searched::published(args.shop.client()?)?,
    };
    let mut codes = searched.languages.iter();
    let place = match &args.language {
        Some(code) => codes.position(|known| known.as_str() == code),
        None => Some(0),
    };
    let place = place.context("the shop does not speak this language")?;
    let locale = Locale::new(u8::try_from(place)?, searched.languages[place]);
    let searcher = ready(Searcher::open(&searched.blobs, searched.root))
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let analyser = searcher.analyser(locale);
    let rules = steer::load(&Arc::new(searched.rules.clone()), &analyser);
    let steered = steer::steer(&rules, &analyser, &args.query);
    let request = Request {
        text: &steered.text,
        locale,
        filters: &steered.filters,
        sort: Sort::Relevance,
        popular: &[],
        learnt: Learnt {
            factor: Some(&|tie| searched.insights.factor(tie)),
        },
        start: Start::default(),
        limit: 1,
        facets: false,
        related: false,
        steering: &steered.steering,
        stock: Stock::default(),
    };
    let explained = ready(searcher.explain(&searched.blobs, &request, &args.slug));
    let explained = explained.map_err(|error| anyhow::anyhow!("{error}"))?;
    let sentences = sentences(&args.slug, &steered, &explained);
    match args.json {
        true => println!("{}", in_json(&steered, &explained, &sentences)),
        false => print(&explained, &sentences),
    }
    Ok(())
}

/// What decides, most of all first.
fn sentences(slug: &str, steered: &Steered, explained: &Explanation) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(path) = &steered.redirect {
        said.push(format!(
            "A rule sends this query to {path}, and no results are shown."
        ));
    }
    let Some(product) = &explained.product else {
        said.push(format!("There is no product {slug} in this index."));
        return said;
    };
    said.push(match product.place {
        Some(place) => format!(
            "{slug} stands at place {} of {} results.",
            place + 1,
            explained.total
        ),
        None => format!("{slug} is not among the {} results.", explained.total),
    });
    if product.is_hidden {
        said.push("A rule hides it.".to_owned());
    }
    if let Some(pin) = product.pin {
        said.push(format!(
            "A rule pins it: it is number {} of the pins.",
            pin + 1
        ));
    }
    if product.is_code {
        said.push("The query is its SKU or barcode, so it comes before what has the words.".into());
    }
    if product.place.is_none() && product.is_found && !product.is_hidden {
        said.push("It has what the query needs, and a filter of a rule keeps it out.".to_owned());
    }
    for word in &explained.words {
        said.extend(about(word, product));
    }
    for word in &explained.stop_words {
        said.push(format!("'{word}' says too little and is not searched for."));
    }
    if product.is_head {
        said.push("It is what the query is about, so its score counts 1.6 times.".to_owned());
    }
    if product.boost != 256 {
        said.push(format!(
            "Boosts multiply its score by {}.",
            of_256(product.boost)
        ));
    }
    if product.learnt != 256 {
        said.push(format!(
            "What the shop has learnt from its orders and stock multiplies its score by {}.",
            of_256(product.learnt)
        ));
    }
    said
}

/// What there is to say about a word: nothing where the product has it as it was typed.
fn about(word: &ExplainedWord, product: &ExplainedProduct) -> Option<String> {
    let text = &word.text;
    if word.is_bridge {
        return Some(format!(
            "'{text}' lies across two words of the query and need not be found."
        ));
    }
    let Some(hit) = word.hit.as_ref().filter(|hit| hit.is_found) else {
        let has = match (&word.hit, word.found) {
            (Some(_), _) => format!("It has '{text}' only across two words"),
            (None, 0) => format!("No product has '{text}'"),
            (None, 1) => format!("It lacks '{text}', which 1 product has"),
            (None, found) => format!("It lacks '{text}', which {found} products have"),
        };
        return Some(match word.is_dropped {
            true => format!("{has}; the word was left out, because too few products have all."),
            false if product.place.is_some() => format!("{has}."),
            false => format!("{has}, so it is not found."),
        });
    };
    let form = &word.forms[hit.form];
    let terms = form.terms.join("' and '");
    match &form.correction {
        Some((kind, to)) => Some(format!(
            "'{text}' is found as '{to}' ({}).",
            kind_name(*kind)
        )),
        None if form.weight < 256 => Some(format!(
            "'{text}' is found as '{terms}', which counts {} of the word itself.",
            of_256(form.weight.into())
        )),
        None => None,
    }
}

fn kind_name(kind: CorrectionKind) -> &'static str {
    match kind {
        CorrectionKind::Typo => "typo",
        CorrectionKind::Pinyin => "pinyin",
        CorrectionKind::Homophone => "homophone",
        CorrectionKind::Split => "split",
        CorrectionKind::Join => "join",
    }
}

/// With two decimals.
fn of_256(factor: u64) -> String {
    let hundredths = (factor * 100 + 128) / 256;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn print(explained: &Explanation, sentences: &[String]) {
    for sentence in sentences {
        println!("{sentence}");
    }
    let Some(product) = &explained.product else {
        return;
    };
    println!("\nword                 products    idf  impact  value");
    for word in explained.words.iter().chain(&explained.pairs) {
        let (impacts, value) = match &word.hit {
            Some(hit) => {
                let impacts: Vec<_> = hit.impacts.iter().map(u8::to_string).collect();
                (impacts.join("+"), hit.value.to_string())
            }
            None => ("-".to_owned(), "-".to_owned()),
        };
        let (text, found, idf) = (&word.text, word.found, word.idf);
        println!("{text:<20} {found:>8} {idf:>6} {impacts:>7} {value:>6}");
    }
    let (sum, share, score) = (product.sum, product.share, product.score);
    println!("sum {sum}, share of the words {share} of 1024, score {score}");
}

fn in_json(steered: &Steered, explained: &Explanation, sentences: &[String]) -> Value {
    let product = explained.product.as_ref().map(|product| {
        json!({
            "place": product.place.map(|place| place + 1),
            "score": product.score,
            "sum": product.sum,
            "share": f64::from(u32::try_from(product.share).unwrap_or(1024)) / 1024.0,
            "is_head": product.is_head,
            "boost": f64::from(u32::try_from(product.boost).unwrap_or(256)) / 256.0,
            "learnt": f64::from(u32::try_from(product.learnt).unwrap_or(256)) / 256.0,
            "pin": product.pin.map(|pin| pin + 1),
            "is_hidden": product.is_hidden,
            "is_code": product.is_code,
        })
    });
    let words = |words: &[ExplainedWord]| words.iter().map(word_json).collect::<Vec<_>>();
    json!({
        "searched": steered.text,
        "redirect": steered.redirect,
        "stop_words": explained.stop_words,
        "words": words(&explained.words),
        "pairs": words(&explained.pairs),
        "documents": explained.documents,
        "total": explained.total,
        "product": product,
        "sentences": sentences,
    })
}

fn word_json(word: &ExplainedWord) -> Value {
    let forms = word.forms.iter().map(|form| {
        json!({
            "terms": form.terms,
            "weight": f64::from(form.weight) / 256.0,
            "products": form.found,
            "correction": form.correction.as_ref().map(|(kind, to)| {
                json!({ "kind": kind_name(*kind), "to": to })
            }),
        })
    });
    json!({
        "text": word.text,
        "is_head": word.is_head,
        "is_dropped": word.is_dropped,
        "products": word.found,
        "idf": word.idf,
        "forms": forms.collect::<Vec<_>>(),
        "found": word.hit.as_ref().map(|hit| {
            json!({
                "form": hit.form,
                "impacts": hit.impacts,
                "value": hit.value,
                "is_whole": hit.is_found,
                "is_head": hit.is_head,
            })
        }),
    })
}
