//! How often shoppers search for what, without shoppers: an instance counts queries of the page and
//! the API, and products that are opened from the results; questions to the help, and its answers
//! that are opened from there or judged.
//!
//! **Architecture Invariant:** a count is a language, folded words or an answer, and what came of it. It has no
//! address, cookie, session or moment, and what may hold personal data is never counted
//! ([`may_be_tallied`]). A query counts once in [`PAUSE_MS`] at most, from however many clients, so
//! one client cannot be told from several.
//!
//! Searches whose response is in memory count as well: a stored response says what it counts.
//!
//! Counts are lost when an instance ends, when the back office does not take them, and beyond
//! [`ENTRIES_MAX`] queries between two batches: they show what is wanted, and are no accounts.
//!
//! Not here: which requests count (`counting`), who keeps the counts (`souk-search-tallies`), how a
//! batch travels (`functions/`).

use std::cell::{Cell, RefCell};

use souk_domain::{Locale, TALLIED_WORDS_MAX, may_be_tallied};
use souk_ports::is_within;
use souk_protocol::consistency::Data;
use souk_protocol::tallies::{BATCH_TALLIES_MAX, Subject, Tally};
use souk_search::analysis::{Analyser, Token};

/// A query counts once in this time, and a batch is sent once in this time, but for the first ones.
const PAUSE_MS: i64 = Data::SearchCounts.class().bound_ms();
/// Queries that an instance counts between two batches.
const ENTRIES_MAX: usize = BATCH_TALLIES_MAX;
/// A batch with so many queries is sent at once.
const ENTRIES_MANY: usize = ENTRIES_MAX / 2;
/// So many batches of an instance are sent at once: most instances of a quiet shop, and on Spin of a
/// busy one too, end before a pause is over.
const AT_ONCE: u32 = 4;
/// Before every moment.
const NEVER_MS: i64 = i64::MIN;

/// What a search counts as.
#[derive(Debug)]
pub(crate) struct Searched {
    subject: Subject,
    locale: Locale,
    query: String,
    outcome: Counts,
    /// When it was counted last: a response that is asked for often costs no more than this look.
    counted_at_ms: Cell<i64>,
}

/// What came of a search, or of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    Found,
    Corrected,
    Zero,
    Helpful,
    NotHelpful,
    /// It was opened from the results, or something was.
    Click,
    /// The shopper went on to the ways to reach the shop.
    Contact,
}

impl Counts {
    /// Whether it follows a search, and so counts beside it.
    fn follows(self) -> bool {
        matches!(self, Counts::Click | Counts::Contact)
    }
}

/// What an instance has counted.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    entries: RefCell<Vec<Entry>>,
    /// Entries that have something to send, so that a response from memory learns at once that nothing
    /// is due.
    counted: Cell<usize>,
    /// Batches that were sent.
    sent: Cell<u32>,
    sent_at_ms: Cell<i64>,
}

#[derive(Debug)]
struct Entry {
    tally: Tally,
    /// When it was searched for last, or judged.
    counted_at_ms: i64,
    followed_at_ms: i64,
}

impl Searched {
    /// What counts as a search for these words.
    pub(crate) fn new(subject: Subject, locale: Locale, query: String, outcome: Counts) -> Self {
        Self {
            subject,
            locale,
            query,
            outcome,
            counted_at_ms: Cell::new(NEVER_MS),
        }
    }
}

impl Entry {
    fn is_counted(&self) -> bool {
        let tally = &self.tally;
        let judged = tally.helpful + tally.not_helpful;
        tally.searches + tally.clicks + tally.contacts + judged > 0
    }

    /// Whether it has something to send, or something to wait for.
    fn is_needed(&self, now_ms: i64) -> bool {
        self.is_counted()
            || is_within(PAUSE_MS, self.counted_at_ms, now_ms)
            || is_within(PAUSE_MS, self.followed_at_ms, now_ms)
    }
}

impl Tallies {
    /// Counts a search; `false` where there is no room for its query.
    pub(crate) fn count(&self, searched: &Searched, now_ms: i64) -> bool {
        if is_within(PAUSE_MS, searched.counted_at_ms.get(), now_ms) {
            return true;
        }
        searched.counted_at_ms.set(now_ms);
        let Searched {
            subject,
            locale,
            query,
            outcome,
            ..
        } = searched;
        self.add(*subject, *locale, query, *outcome, now_ms)
    }

    /// Counts what came of a search or of an answer; `false` where there is no room for it.
    pub(crate) fn add(
        &self,
        subject: Subject,
        locale: Locale,
        query: &str,
        counts: Counts,
        now_ms: i64,
    ) -> bool {
        let entries = &mut *self.entries.borrow_mut();
        let is_it = |Entry { tally, .. }: &Entry| {
            tally.query == query && tally.subject == subject && locale.code() == tally.locale
        };
        let known = entries.iter().position(is_it);
        let at = known.unwrap_or_else(|| {
            if entries.len() >= ENTRIES_MAX {
                entries.retain(|entry| entry.is_needed(now_ms));
            }
            entries.len()
        });
        if at >= ENTRIES_MAX {
            return false;
        }
        if at == entries.len() {
            entries.push(Entry {
                tally: Tally {
                    subject,
                    locale: locale.code().to_string(),
                    query: query.to_owned(),
                    ..Tally::default()
                },
                counted_at_ms: NEVER_MS,
                followed_at_ms: NEVER_MS,
            });
        }
        let was_counted = entries[at].is_counted();
        let Entry {
            tally,
            counted_at_ms,
            followed_at_ms,
        } = &mut entries[at];
        let last_ms = match counts.follows() {
            true => followed_at_ms,
            false => counted_at_ms,
        };
        if is_within(PAUSE_MS, *last_ms, now_ms) {
            return true;
        }
        *last_ms = now_ms;
        self.counted
            .update(|counted| counted + usize::from(!was_counted));
        match counts {
            Counts::Found => {}
            Counts::Corrected => tally.corrected += 1,
            Counts::Zero => tally.zero += 1,
            Counts::Helpful => tally.helpful += 1,
            Counts::NotHelpful => tally.not_helpful += 1,
            Counts::Click => tally.clicks += 1,
            Counts::Contact => tally.contacts += 1,
        }
        if matches!(counts, Counts::Found | Counts::Corrected | Counts::Zero) {
            tally.searches += 1;
        }
        true
    }

    /// What is to be sent now, if anything; it is not kept.
    pub(crate) fn due(&self, now_ms: i64) -> Option<Vec<Tally>> {
        let counted = self.counted.get();
        let waits = self.sent.get() >= AT_ONCE && counted < ENTRIES_MANY;
        if counted == 0 || waits && is_within(PAUSE_MS, self.sent_at_ms.get(), now_ms) {
            return None;
        }
        self.sent.update(|sent| sent.saturating_add(1));
        self.sent_at_ms.set(now_ms);
        self.counted.set(0);
        let entries = &mut *self.entries.borrow_mut();
        let mut batch = Vec::with_capacity(counted);
        for entry in entries.iter_mut().filter(|entry| entry.is_counted()) {
            let rest = Tally {
                subject: entry.tally.subject,
                locale: entry.tally.locale.clone(),
                query: entry.tally.query.clone(),
                ..Tally::default()
            };
            batch.push(std::mem::replace(&mut entry.tally, rest));
        }
        Some(batch)
    }
}

/// The words of a query as they are counted; `None` where it may hold personal data.
pub(crate) fn words(analyser: &Analyser<'_>, text: &str) -> Option<String> {
    if !may_be_tallied(text.trim()) {
        return None;
    }
    let mut words = String::new();
    let mut count = 0;
    for token in analyser.tokens(text) {
        if !(words.is_empty() || matches!(token, Token::Mark(_))) {
            words.push(' ');
        }
        match token {
            Token::Word(word) => {
                let mut end = word.start;
                for part in word.parts {
                    if part.start > end {
                        words.push('-');
                    }
                    words.push_str(&part.text);
                    end = part.end;
                }
                count += 1;
            }
            // Where no spaces are, two characters are a word.
            Token::Run(run) => {
                words.extend(run.iter().map(|one| one.char));
                count += run.len().div_ceil(2);
            }
            Token::Mark(_) => {}
        }
    }
    (count <= TALLIED_WORDS_MAX && may_be_tallied(&words)).then_some(words)
}
