//! Writes the runs of an index and its root.

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::Hash;
use souk_domain::Locale;
use souk_search::analysis::{ANALYSIS, Analyser};
use souk_search::format::{Dictionary, LexiconPage, Names, Posting, Root, Run};

use crate::blobs::{Blobs, BuildError, Read};
use crate::document::Documents;
use crate::facets::Facets;
use crate::grow::Plan;
use crate::run::{self, Columns};
use crate::source::{Index, Source, Tools};

/// Writes one index.
pub(crate) struct Builder<'a> {
    pub(crate) source: &'a Source<'a>,
    pub(crate) tools: &'a Tools,
    pub(crate) blobs: Blobs,
    pub(crate) facets: Facets,
    pub(crate) languages: Vec<String>,
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

    /// Writes the runs that are planned; `read` reads those that stand.
    pub(crate) fn runs(
        &mut self,
        plans: Vec<Plan>,
        read: Option<Read<'_>>,
    ) -> Result<Vec<Run>, BuildError> {
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
            prices: self.source.prices,
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

    /// Writes the root; `names` are the blobs of runs that stay.
    pub(crate) fn finish(mut self, runs: Vec<Run>, mut names: BTreeSet<Hash>) -> Index {
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

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("an index has fewer than 2^32 documents")
}
