//! What is said about how a query was answered: corrections and words that were left out.

use crate::query::gather::Session;
use crate::query::request::{Correction, CorrectionKind, Request};
use crate::query::score::Place;
use crate::query::store::ReadBlobs;
use crate::query::words::QueryWord;

/// The changes that the first result comes from, with where they stand in the query.
pub(crate) fn corrections<S: ReadBlobs>(
    session: &Session<'_, S>,
    words: &[QueryWord],
    first: Option<Place>,
    request: &Request<'_>,
) -> Vec<(usize, usize, Correction)> {
    let mut corrections: Vec<(usize, usize, Correction)> = Vec::new();
    let Some(first) = first else {
        return corrections;
    };
    let has = |term: &String| {
        let postings = session.hits(term).and_then(|hits| hits.runs.get(first.run));
        postings.is_some_and(|postings| {
            postings
                .binary_search_by_key(&first.document, |posting| posting.document)
                .is_ok()
        })
    };
    for word in words.iter().filter(|word| !word.is_bonus) {
        let form = word.forms.iter().find(|form| form.terms.iter().all(has));
        let Some((kind, to)) = form.and_then(|form| form.correction.clone()) else {
            continue;
        };
        match corrections.last_mut() {
            // Both words of a join have it.
            Some((_, end, last)) if kind == CorrectionKind::Join && last.to == to => {
                *end = word.end;
                last.from = request.text[..word.end].trim_start().to_owned();
            }
            _ => {
                let from = request.text[word.start..word.end].to_owned();
                corrections.push((word.start, word.end, Correction { from, to, kind }));
            }
        }
    }
    for (start, end, correction) in &mut corrections {
        correction.from = request.text[*start..*end].to_owned();
    }
    corrections
}

/// The text that was searched for.
pub(crate) fn used(text: &str, corrections: &[(usize, usize, Correction)]) -> String {
    let mut used = String::new();
    let mut behind = 0;
    for (start, end, correction) in corrections {
        if *start >= behind {
            used.push_str(&text[behind..*start]);
            used.push_str(&correction.to);
            behind = *end;
        }
    }
    used.push_str(&text[behind..]);
    used
}

pub(crate) fn dropped(words: &[QueryWord], dropped: u32) -> Vec<String> {
    let words = words.iter().take(31).enumerate();
    let dropped = words.filter(|(place, word)| !word.is_bonus && dropped >> place & 1 == 1);
    dropped.map(|(_, word)| word.text.clone()).collect()
}
