//! Builds the index that `souk-search` reads: dictionaries, segmentation, merging of runs.
//!
//! [`build`] takes every product of a version and the index that is published, and gives the root of
//! the new index and its blobs. Blobs that stay are named and not given again.
//!
//! - **Architecture Invariant:** an index that grew in any number of publishes answers exactly as one
//!   that was built at once. Nothing in it is rounded or out of date; only which run a document
//!   stands in, and the numbers of values, come from what was published before.
//! - **Architecture Invariant:** part of the program `souk`; no function depends on it.

mod blobs;
mod builder;
mod document;
mod facets;
mod grow;
mod plain;
mod run;
mod segment;
mod source;
mod tables;

use std::collections::{BTreeSet, HashMap};

use souk_catalogue::{Product, Seo};
use souk_search::analysis::{ANALYSIS, Analyser, Token};
use souk_search::format::{Fingerprints, Names, Root};

pub use blobs::{BuildError, Read};
pub use source::{Index, Published, Source, Tools};

use blobs::Blobs;
use builder::Builder;
use facets::Facets;
use grow::Standing;

/// Builds the index of a version.
///
/// # Errors
/// When the published index cannot be read; without one the index is built at once.
pub fn build(
    source: &Source<'_>,
    published: Option<&Published<'_>>,
    tools: &Tools,
) -> Result<Index, BuildError> {
    let root = match published {
        Some(published) => Some(Root::decode(&(published.read)(published.root)?)?),
        None => None,
    };
    let languages: Vec<_> = source
        .languages
        .iter()
        .map(|code| code.as_str().to_owned())
        .collect();
    let same_rules = |root: &Root| root.analysis == ANALYSIS && root.languages == languages;
    let standing = match (published, root.filter(same_rules)) {
        (Some(published), Some(root)) => Some((published.read, root)),
        _ => None,
    };
    let fingerprints: Vec<u64> = source.products.iter().map(fingerprint).collect();
    let own_language = languages.first().map_or("", String::as_str);
    let order = order(source.products, &Analyser::new(&tools.fold, own_language));
    let runs = match &standing {
        Some((read, root)) => standing_runs(root, *read)?,
        None => Vec::new(),
    };
    let plans = grow::plan(&fingerprints, &order, runs);
    let is_kept = plans.first().is_some_and(|plan| plan.kept.is_some());
    let mut facets = match &standing {
        Some((read, root)) if is_kept => Facets::published(root, *read)?,
        _ => Facets::default(),
    };
    let titles = source.collections.iter();
    let titles: HashMap<_, _> = titles.map(|(slug, title)| (slug.as_str(), title)).collect();
    facets.add(source.products, &titles);
    let mut builder = Builder {
        source,
        tools,
        blobs: Blobs::default(),
        facets,
        languages,
    };
    let read = standing.map(|(read, _)| read);
    let mut names = BTreeSet::new();
    if let Some(read) = read {
        let kept = plans.iter().filter_map(|plan| plan.kept.as_ref()?.names);
        for hash in kept {
            names.extend(Names::decode(&read(hash)?)?.names);
            names.insert(hash);
        }
    }
    let runs = builder.runs(plans, read)?;
    Ok(builder.finish(runs, names))
}

fn standing_runs(root: &Root, read: Read<'_>) -> Result<Vec<Standing>, BuildError> {
    let runs = root.runs.iter();
    runs.map(|run| {
        let mut fingerprints = Vec::new();
        for &page in &run.fingerprints {
            fingerprints.extend(Fingerprints::decode(&read(page)?)?);
        }
        Ok(Standing {
            run: run.clone(),
            fingerprints,
        })
    })
    .collect()
}

/// A hash of all of a product that its terms come from.
fn fingerprint(product: &Product) -> u64 {
    let mut text = Product {
        collections: Vec::new(),
        media: Vec::new(),
        seo: Seo::default(),
        modified_at_ms: 0,
        ..product.clone()
    };
    for variant in &mut text.variants {
        variant.price_minor = 0;
        variant.compare_at_minor = None;
        variant.prior_minor = None;
        variant.selling = None;
        variant.weight_g = 0;
        variant.media = None;
        variant.backorder = false;
    }
    let bytes = minicbor::to_vec(&text).expect("a Vec takes all bytes");
    let mut head = [0; 8];
    head.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..8]);
    u64::from_le_bytes(head)
}

/// The places of products in the order of documents: by type, vendor, title and slug, so that what
/// is found together lies together. A product without a type stands by the head of its title.
fn order(products: &[Product], analyser: &Analyser<'_>) -> Vec<usize> {
    let kind = |product: &Product| match product.product_type.base.as_str() {
        "" => head(analyser, &product.title.base),
        name => name.to_lowercase(),
    };
    let mut order: Vec<_> = (0..products.len()).collect();
    order.sort_by_cached_key(|&place| {
        let product = &products[place];
        (
            kind(product),
            product.vendor.to_lowercase(),
            product.title.base.to_lowercase(),
            product.slug.clone(),
        )
    });
    order
}

/// The head of a title, folded; empty where it has none.
fn head(analyser: &Analyser<'_>, title: &str) -> String {
    let tokens = analyser.tokens(title);
    let head = analyser.head(&tokens);
    head.map_or_else(String::new, |head| match &tokens[head.token] {
        Token::Word(word) => analyser.joined_term(word),
        Token::Run(run) => run.iter().take(head.chars).map(|one| one.char).collect(),
        Token::Mark(_) => String::new(),
    })
}
