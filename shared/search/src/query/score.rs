//! Scores: how much each document is about a query. Whole numbers throughout, so that every platform
//! has the same; the formula stands in `README.md`.

use crate::format::Posting;
use crate::query::gather::{Hits, Session};
use crate::query::order::SortedMap;
use crate::query::store::ReadBlobs;
use crate::query::words::QueryWord;

/// What a piece of two words counts beside a whole word: one of so many.
const PIECE_SHARE: u32 = 4;
/// Fixed point of [`idf`].
const IDF_ONE: f64 = 64.0;
/// What words beside each other add: of 256.
const PAIR_WEIGHT: u64 = 96;
/// What the score of a document is multiplied by whose head is that of the query: of 256.
const HEAD_FACTOR: u64 = 410;
/// A form that counts less than this, of 256, does not say what a document is: a synonym of the base
/// list must not pass what has the word itself.
pub(crate) const HEAD_WEIGHT_MIN: u16 = 96;
/// Where fewer documents have all words, the least telling ones are dropped.
pub(crate) const LITTLE: u32 = 10;

/// A document of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) run: usize,
    pub(crate) document: u32,
}

/// What one document has of a word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hit {
    pub(crate) document: u32,
    /// Impact with the weight of the form, of 255.
    pub(crate) value: u32,
    pub(crate) is_head: bool,
    /// Whether the word counts as found.
    pub(crate) is_found: bool,
}

/// What the documents of all runs have of a word.
struct WordHits {
    runs: Vec<Vec<Hit>>,
    found: u32,
}

/// The scores of every document that has a word of a query.
pub(crate) struct Scores {
    /// For each run and document the sum over its words.
    sums: Vec<Vec<u32>>,
    /// For each run and document the words that it has, and [`HEAD`].
    masks: Vec<Vec<u32>>,
    /// For each word how telling it is; 0 for one that adds to scores only.
    idf: Vec<u64>,
    /// Documents by the words that they have, those that find.
    by_mask: MaskCounts,
    /// The words that have to be found.
    pub(crate) required: u32,
    /// The words that the query is about.
    heads: u32,
}

/// Whether the head of the document is that of the query.
const HEAD: u32 = 1 << 31;

/// How telling a word is that `found` of `documents` have.
pub(crate) fn idf(documents: u32, found: u32) -> u64 {
    let (all, found) = (f64::from(documents.max(found)), f64::from(found));
    let telling = (1.0 + (all - found + 0.5) / (found + 0.5)).ln();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is 0 to 1,000"
    )]
    let whole = (telling * IDF_ONE).round() as u64;
    whole.max(1)
}

impl Scores {
    /// Of words of which the postings were gathered.
    pub(crate) fn of<S: ReadBlobs>(session: &Session<'_, S>, words: &[QueryWord]) -> Self {
        let runs = &session.root.runs;
        let zeros = || {
            runs.iter()
                .map(|run| vec![0; run.documents as usize])
                .collect()
        };
        let mut scores = Self {
            sums: zeros(),
            masks: zeros(),
            idf: Vec::new(),
            by_mask: MaskCounts::default(),
            required: 0,
            heads: 0,
        };
        let runs_whole = whole_runs(session, words);
        for (place, word) in words.iter().enumerate() {
            let hits = word_hits(session, word);
            let idf = idf(session.root.documents, hits.found);
            let is_bridge = word.run.is_some_and(|run| {
                runs_whole.get(&run) == Some(&true) && !is_ever_whole(session, word)
            });
            let finds = !word.is_bonus && !is_bridge;
            let bit = if finds { 1 << place.min(30) } else { 0 };
            scores.required |= bit;
            scores.heads |= if word.is_head { bit } else { 0 };
            scores.idf.push(if finds { idf } else { 0 });
            let weight = if word.is_bonus {
                idf * PAIR_WEIGHT / 256
            } else {
                idf
            };
            scores.add(
                &hits,
                u32::try_from(weight).unwrap_or(u32::MAX),
                bit,
                word.is_head,
            );
        }
        for mask in scores.masks.iter().flatten() {
            let found = mask & !HEAD;
            if found != 0 {
                scores.by_mask.add(found, 1);
            }
        }
        scores
    }

    fn add(&mut self, hits: &WordHits, weight: u32, bit: u32, is_head: bool) {
        for (run, hits) in hits.runs.iter().enumerate() {
            let (sums, masks) = (&mut self.sums[run], &mut self.masks[run]);
            for hit in hits {
                let document = hit.document as usize;
                sums[document] = sums[document].saturating_add(weight.saturating_mul(hit.value));
                if hit.is_found {
                    masks[document] |= bit;
                }
                if is_head && hit.is_head && hit.is_found {
                    masks[document] |= HEAD;
                }
            }
        }
    }

    /// How many documents have all of these words.
    pub(crate) fn found(&self, words: u32) -> u32 {
        let with = self
            .by_mask
            .slots
            .iter()
            .filter(|(mask, _)| *mask & words == words);
        with.map(|(_, count)| count).sum()
    }

    /// Drops the least telling words until enough is found; gives the words that are left.
    pub(crate) fn relaxed(&self) -> u32 {
        let mut words = self.required;
        while self.found(words) < LITTLE && words.count_ones() > 1 {
            let left = (0..self.idf.len()).filter(|place| words >> place & 1 == 1);
            // A word that nothing has tells nothing; what the query is about tells most.
            let least = left.min_by_key(|&place| {
                let has_any = self.found(1 << place) > 0;
                let is_head = self.heads >> place & 1 == 1;
                (has_any, is_head, self.idf[place], std::cmp::Reverse(place))
            });
            let Some(least) = least else {
                break;
            };
            words &= !(1 << least);
        }
        words
    }

    /// Every document that has all of these words.
    pub(crate) fn places(&self, words: u32) -> Vec<Place> {
        let mut places = Vec::new();
        for (run, masks) in self.masks.iter().enumerate() {
            let with = (0..)
                .zip(masks)
                .filter(|(_, mask)| words != 0 && *mask & words == words);
            places.extend(with.map(|(document, _)| Place { run, document }));
        }
        places
    }

    /// How many documents have a word, and how telling it is.
    pub(crate) fn telling<S: ReadBlobs>(session: &Session<'_, S>, word: &QueryWord) -> (u32, u64) {
        let hits = word_hits(session, word);
        (hits.found, idf(session.root.documents, hits.found))
    }

    /// The sum over the words of a document, and the share of 1024 of what they tell that it has.
    pub(crate) fn sum_and_share(&self, place: Place) -> (u64, u64) {
        let mask = self.masks[place.run][place.document as usize];
        let sum = u64::from(self.sums[place.run][place.document as usize]);
        let tells = |words: u32| -> u64 {
            let words = self
                .idf
                .iter()
                .enumerate()
                .filter(|(at, _)| words >> at & 1 == 1);
            words.map(|(_, idf)| idf).sum()
        };
        let (has, all) = (tells(mask & self.required), tells(self.required).max(1));
        (sum, has * 1024 / all)
    }

    /// The score of a document: the sum, by the share of the words that it has, by its head.
    pub(crate) fn score(&self, place: Place) -> u64 {
        let (sum, share) = self.sum_and_share(place);
        let score = sum * share / 1024 * share / 1024 * 16;
        if self.is_head(place) {
            score * HEAD_FACTOR / 256
        } else {
            score
        }
    }

    /// Whether the head of a document is that of the query.
    pub(crate) fn is_head(&self, place: Place) -> bool {
        self.masks[place.run][place.document as usize] & HEAD != 0
    }
}

/// Counts of masks that are not zero: a table with a free slot behind at least every second mask.
#[derive(Debug, Default)]
struct MaskCounts {
    /// Each mask stands in the slot of its hash, or in the next free one. A power of two, or none.
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl MaskCounts {
    fn add(&mut self, mask: u32, count: u32) {
        if self.used * 2 >= self.slots.len() {
            let size = (self.slots.len() * 2).max(64);
            let counted = std::mem::replace(&mut self.slots, vec![(0, 0); size]);
            self.used = 0;
            for (mask, count) in counted.into_iter().filter(|(mask, _)| *mask != 0) {
                self.add(mask, count);
            }
        }
        // Multiplicative hashing: Knuth, The Art of Computer Programming, 6.4.
        let last = self.slots.len() - 1;
        let mut place = (mask.wrapping_mul(0x9E37_79B1) >> 8) as usize;
        loop {
            let slot = &mut self.slots[place & last];
            if slot.0 == 0 {
                *slot = (mask, 0);
                self.used += 1;
            }
            if slot.0 == mask {
                slot.1 += count;
                return;
            }
            place += 1;
        }
    }
}

/// For each run of the query whether any two of its characters are ever a whole word.
fn whole_runs<S: ReadBlobs>(
    session: &Session<'_, S>,
    words: &[QueryWord],
) -> SortedMap<usize, bool> {
    let mut runs = SortedMap::default();
    for word in words {
        if let Some(run) = word.run {
            *runs.get_or_insert(run, || false) |= is_ever_whole(session, word);
        }
    }
    runs
}

fn is_ever_whole<S: ReadBlobs>(session: &Session<'_, S>, word: &QueryWord) -> bool {
    let own = word
        .forms
        .first()
        .and_then(|form| session.hits(form.terms.first()?));
    own.is_some_and(|hits| hits.is_ever_whole)
}

/// The documents that have a word in any form, each with the best one.
fn word_hits<S: ReadBlobs>(session: &Session<'_, S>, word: &QueryWord) -> WordHits {
    let runs = session.root.runs.len();
    let runs: Vec<Vec<Hit>> = (0..runs)
        .map(|run| {
            let mut merged: Vec<Hit> = Vec::new();
            for form in &word.forms {
                let terms = session.hits_of(form).unwrap_or_default();
                let hits = form_hits(&terms, run, form.weight.into());
                merged = if merged.is_empty() {
                    hits
                } else {
                    merge(&merged, &hits)
                };
            }
            merged
        })
        .collect();
    let found = runs.iter().flatten().filter(|hit| hit.is_found).count();
    WordHits {
        runs,
        found: u32::try_from(found).unwrap_or(u32::MAX),
    }
}

/// The documents of a run that have every term of a form.
pub(crate) fn form_hits(terms: &[&Hits], run: usize, weight: u32) -> Vec<Hit> {
    let hit = |posting: &Posting, hits: &Hits| {
        let is_piece = posting.is_piece && hits.is_ever_whole;
        let value = u32::from(posting.impact) * weight / 256;
        Hit {
            document: posting.document,
            value: if is_piece { value / PIECE_SHARE } else { value },
            is_head: posting.is_head && weight >= HEAD_WEIGHT_MIN.into(),
            is_found: !is_piece,
        }
    };
    let Some((first, others)) = terms.split_first() else {
        return Vec::new();
    };
    let mut hits: Vec<Hit> = first.runs[run]
        .iter()
        .map(|posting| hit(posting, first))
        .collect();
    for other in others {
        let mut behind = other.runs[run].iter().peekable();
        hits.retain_mut(|one| {
            while behind
                .next_if(|posting| posting.document < one.document)
                .is_some()
            {}
            let Some(posting) = behind.peek().filter(|next| next.document == one.document) else {
                return false;
            };
            let also = hit(posting, other);
            one.value += also.value;
            one.is_head = also.is_head;
            one.is_found &= also.is_found;
            true
        });
    }
    let count = u32::try_from(terms.len()).unwrap_or(u32::MAX);
    if count > 1 {
        hits.iter_mut().for_each(|one| one.value /= count);
    }
    hits
}

fn merge(a: &[Hit], b: &[Hit]) -> Vec<Hit> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(&&one), Some(&&other)) = (a.peek(), b.peek()) {
        if one.document <= other.document {
            a.next();
        }
        if other.document <= one.document {
            b.next();
        }
        merged.push(match one.document.cmp(&other.document) {
            std::cmp::Ordering::Less => one,
            std::cmp::Ordering::Greater => other,
            std::cmp::Ordering::Equal => Hit {
                document: one.document,
                value: one.value.max(other.value),
                is_head: one.is_head || other.is_head,
                is_found: one.is_found || other.is_found,
            },
        });
    }
    merged.extend(a.chain(b));
    merged
}
