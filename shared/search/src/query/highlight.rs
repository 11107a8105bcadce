//! What a title has of a query.

use crate::analysis::{Analyser, Token};
use crate::query::order::{has, sort_by, sort_once};
use crate::query::words::QueryWord;

/// The terms that titles are marked by, sorted.
pub(crate) fn terms(words: &[QueryWord]) -> Vec<&str> {
    let mut terms = Vec::new();
    for form in words.iter().flat_map(|word| &word.forms) {
        terms.extend(form.terms.iter().map(String::as_str));
    }
    sort_once(&mut terms);
    terms
}

/// Characters of a title, from and to, that are of these terms.
pub(crate) fn highlight(
    analyser: &Analyser<'_>,
    title: &str,
    terms: &[&str],
) -> Vec<(usize, usize)> {
    let has = |term: String| has(terms, &term.as_str());
    let mut bytes: Vec<(usize, usize)> = Vec::new();
    for token in analyser.tokens(title) {
        match token {
            Token::Word(word) if has(analyser.joined_term(&word)) => {
                bytes.push((word.start, word.end))
            }
            Token::Word(word) => {
                let parts = word
                    .parts
                    .iter()
                    .filter(|part| has(analyser.part_term(part)));
                bytes.extend(parts.map(|part| (part.start, part.end)));
            }
            Token::Run(run) => {
                let pairs = run.windows(2);
                let pairs = pairs.filter(|pair| has(pair.iter().map(|one| one.char).collect()));
                bytes.extend(pairs.map(|pair| (pair[0].start, pair[1].end)));
                let ones = run.iter().filter(|one| has(one.char.into()));
                bytes.extend(ones.map(|one| (one.start, one.end)));
            }
            Token::Mark(_) => {}
        }
    }
    sort_by(&mut bytes, &Ord::cmp);
    let mut joined: Vec<(usize, usize)> = Vec::new();
    for (start, end) in bytes {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    let chars = |byte: usize| title[..byte].chars().count();
    joined
        .into_iter()
        .map(|(start, end)| (chars(start), chars(end)))
        .collect()
}
