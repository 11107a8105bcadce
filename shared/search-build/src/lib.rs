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
mod document;
mod error;
mod facets;
mod grow;
mod plain;
mod run;
mod segment;
mod tables;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use souk_catalogue::{Hash, Product, Text};
use souk_domain::{LanguageCode, Locale};
use souk_search::analysis::{ANALYSIS, Analyser, FoldTable};
use souk_search::format::{
    Dictionary, Fingerprints, LexiconPage, Names, Posting, Readings, Root, Run,
};

pub use error::{BuildError, Read};

use blobs::Blobs;
use document::Documents;
use facets::Facets;
use grow::{Plan, Standing};
use run::Columns;
use segment::Segmenter;

/// What is indexed.
pub struct Source<'a> {
    /// Every product of the version.
    pub products: &'a [Product],
    /// Slugs and titles of the collections.
    pub collections: &'a [(String, Text)],
    /// The shop's languages, its own first.
    pub languages: &'a [LanguageCode],
    /// When a product was first published, in milliseconds since 1970.
    pub published_at_ms: &'a dyn Fn(&Product) -> i64,
}

/// The published index.
pub struct Published<'a> {
    /// Its root.
    pub root: Hash,
    /// Reads its blobs.
    pub read: Read<'a>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The blob of its [`Root`].
    pub root: Hash,
    /// The table of folding, which a reader reads with the root.
    pub fold: Option<Hash>,
    /// Blobs that were written for it, the root's among them; those of runs that stay are not.
    pub blobs: BTreeMap<Hash, Vec<u8>>,
    /// Every blob that the root leads to, the root among them.
    pub names: BTreeSet<Hash>,
    /// Bytes of the blobs that hold cards, among those that were written.
    pub card_bytes: usize,
}

/// The tables, which take a moment to make: one for any number of indexes.
pub struct Tools {
    fold: FoldTable,
    readings: Readings,
    segmenter: Segmenter,
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            fold: tables::fold_table(),
            readings: tables::readings(),
            segmenter: Segmenter::default(),
        }
    }
}

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
    let order = order(source.products);
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

struct Builder<'a> {
    source: &'a Source<'a>,
    tools: &'a Tools,
    blobs: Blobs,
    facets: Facets,
    languages: Vec<String>,
}

impl Builder<'_> {
    fn locales(&self) -> Vec<Locale> {
        let codes = self.source.languages.iter().zip(0..);
        codes
            .map(|(&code, place)| Locale::new(place, code))
            .collect()
    }

    fn documents(&self, locale: Locale) -> Documents<'_> {
        Documents {
            analyser: Analyser::new(&self.tools.fold, &self.languages[locale.place()]),
            locale,
            segmenter: &self.tools.segmenter,
            readings: &self.tools.readings,
        }
    }

    fn runs(&mut self, plans: Vec<Plan>, read: Option<Read<'_>>) -> Result<Vec<Run>, BuildError> {
        let removed = match read {
            Some(read) if plans.iter().any(|plan| plan.kept.is_none()) => {
                self.removed(&plans, read)?
            }
            _ => self.locales().iter().map(|_| BTreeMap::new()).collect(),
        };
        let last = plans.len().saturating_sub(1);
        let nothing: Vec<_> = removed.iter().map(|_| BTreeMap::new()).collect();
        let plans = plans.into_iter().enumerate();
        Ok(plans
            .map(|(place, plan)| {
                let removed = if place == last { &removed } else { &nothing };
                self.run(plan, removed)
            })
            .collect())
    }

    /// For each language how many documents of runs that stay had each word of the lexicon and have
    /// it no more.
    fn removed(
        &self,
        plans: &[Plan],
        read: Read<'_>,
    ) -> Result<Vec<BTreeMap<String, u32>>, BuildError> {
        let kept: Vec<_> = plans
            .iter()
            .filter_map(|plan| plan.kept.as_ref().map(|run| (plan, run)))
            .collect();
        let mut all = Vec::new();
        for locale in self.locales() {
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            for (_, run) in &kept {
                for (_, page) in &run.dictionaries[locale.place()].lexicon.pages {
                    let page = read(*page)?;
                    LexiconPage::decode(&page)?.walk(|entry| {
                        let key = String::from_utf8_lossy(entry.key).into_owned();
                        *counts.entry(key).or_default() += entry.added;
                        true
                    })?;
                }
            }
            let documents = self.documents(locale);
            let live = kept.iter().flat_map(|(plan, _)| &plan.documents);
            for place in live.filter_map(|(_, place)| *place) {
                for key in documents.lexicon(&self.source.products[place]) {
                    if let Some(count) = counts.get_mut(&key) {
                        *count = count.saturating_sub(1);
                    }
                }
            }
            counts.retain(|_, count| *count > 0);
            all.push(counts);
        }
        Ok(all)
    }

    fn run(&mut self, plan: Plan, removed: &[BTreeMap<String, u32>]) -> Run {
        let products = self.source.products;
        let columns = Columns {
            documents: plan
                .documents
                .iter()
                .map(|(_, place)| place.map(|place| &products[place]))
                .collect(),
            published_at_ms: self.source.published_at_ms,
        };
        let locales = self.locales();
        let dictionaries = locales.iter().map(|&locale| {
            let titles = columns.put_titles(&mut self.blobs, &self.tools.fold, locale);
            match &plan.kept {
                Some(run) => Dictionary {
                    titles,
                    ..run.dictionaries[locale.place()].clone()
                },
                None => {
                    let removed = &removed[locale.place()];
                    Dictionary {
                        titles,
                        ..self.dictionary(&columns, locale, removed)
                    }
                }
            }
        });
        let dictionaries: Vec<_> = dictionaries.collect();
        let fingerprints: Vec<_> = plan.documents.iter().map(|(print, _)| *print).collect();
        Run {
            documents: number(plan.documents.len()),
            deleted: plan.deleted().map(|blob| self.blobs.put(blob)),
            names: match &plan.kept {
                Some(run) => run.names,
                None => Some(self.put_names(&dictionaries)),
            },
            dictionaries,
            pages: columns.put_pages(&mut self.blobs),
            facets: columns.put_facets(&mut self.blobs, &self.facets),
            dates: columns.put_dates(&mut self.blobs),
            fingerprints: run::put_fingerprints(&mut self.blobs, &fingerprints),
            level: plan.level,
        }
    }

    fn dictionary(
        &mut self,
        columns: &Columns<'_>,
        locale: Locale,
        removed: &BTreeMap<String, u32>,
    ) -> Dictionary {
        let mut terms: BTreeMap<String, Vec<Posting>> = BTreeMap::new();
        let mut lexicon: BTreeMap<String, (u32, u32)> = removed
            .iter()
            .map(|(key, &count)| (key.clone(), (0, count)))
            .collect();
        let documents = self.documents(locale);
        for (document, product) in (0..).zip(&columns.documents) {
            let Some(product) = product else {
                continue;
            };
            let one = documents.of(product);
            for (term, posting) in one.terms {
                terms.entry(term).or_default().push(Posting {
                    document,
                    ..posting
                });
            }
            for key in one.lexicon {
                lexicon.entry(key).or_default().0 += 1;
            }
        }
        Dictionary {
            terms: run::put_terms(&mut self.blobs, &terms),
            lexicon: run::put_lexicon(&mut self.blobs, &lexicon),
            titles: Vec::new(),
        }
    }

    fn put_names(&mut self, dictionaries: &[Dictionary]) -> Hash {
        let pages = dictionaries
            .iter()
            .flat_map(|one| [&one.terms, &one.lexicon]);
        let pages = pages.flat_map(|index| index.pages.iter().map(|(_, hash)| *hash));
        let mut names: Vec<_> = pages.chain(self.blobs.long_postings.drain(..)).collect();
        names.sort_unstable();
        names.dedup();
        self.blobs.put(Names { names }.encode())
    }

    fn finish(mut self, runs: Vec<Run>, mut names: BTreeSet<Hash>) -> Index {
        let root = Root {
            analysis: ANALYSIS,
            documents: number(self.source.products.len()),
            languages: self.languages,
            fold: Some(self.blobs.put(self.tools.fold.encode())),
            readings: Some(self.blobs.put(self.tools.readings.encode())),
            runs,
            facets: self.facets.put(&mut self.blobs),
        };
        let hash = self.blobs.put(root.encode());
        names.extend(self.blobs.blobs.keys());
        Index {
            root: hash,
            fold: root.fold,
            names,
            blobs: self.blobs.blobs,
            card_bytes: self.blobs.card_bytes,
        }
    }
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
        seo: souk_catalogue::Seo::default(),
        modified_at_ms: 0,
        ..product.clone()
    };
    for variant in &mut text.variants {
        variant.price_minor = 0;
        variant.compare_at_minor = None;
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
/// is found together lies together.
fn order(products: &[Product]) -> Vec<usize> {
    let mut order: Vec<_> = (0..products.len()).collect();
    order.sort_by_cached_key(|&place| {
        let product = &products[place];
        (
            product.product_type.base.to_lowercase(),
            product.vendor.to_lowercase(),
            product.title.base.to_lowercase(),
            product.slug.clone(),
        )
    });
    order
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("an index has fewer than 2^32 documents")
}
