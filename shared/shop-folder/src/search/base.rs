//! The program's own list of synonyms: words that shoppers and merchants use for the same things.
//!
//! Invariants: the words of a group stand for the same thing in every shop, so that no group brings
//! what was not meant ("phone" is not "phone case"); a word is in one group of its language; all
//! lists together take a third of the blob at most.

/// Languages with their lists: a group on each line, commas between its words, comments behind `#`; in a
/// line with `>` the words before it find those behind it.
/// Chinese is in simplified characters, which traditional ones fold to.
const LISTS: [(&str, &str); 3] = [
    ("en", include_str!("base/en.txt")),
    ("de", include_str!("base/de.txt")),
    ("zh", include_str!("base/zh.txt")),
];

/// Words that find each other, or others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) words: Vec<&'static str>,
    /// What they find; empty where they find each other.
    pub(super) finds: Vec<&'static str>,
}

/// The groups of a language, of which the code may name a region; none where the program has no
/// list.
pub(super) fn groups(code: &str) -> Vec<Group> {
    let base = code.split('-').next().unwrap_or_default();
    let list = LISTS.iter().find(|(known, _)| *known == base);
    let lines = list.map_or("", |(_, list)| list).lines();
    let lines = lines.map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let words = |list: &'static str| list.split(',').map(str::trim).collect();
    let group = |line: &'static str| match line.split_once('>') {
        Some((from, to)) => Group {
            words: words(from),
            finds: words(to),
        },
        None => Group {
            words: words(line),
            finds: Vec::new(),
        },
    };
    lines.map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use souk_search::rules::{BLOB_BYTES_MAX, PHRASE_CHARS_MAX, SYNONYM_WORDS_MAX};

    use super::super::words;
    use super::*;

    #[test]
    fn every_list_has_groups_of_words_that_are_in_no_other_group() {
        let mut bytes = 0;
        for (code, list) in LISTS {
            let groups = groups(code);
            assert!(groups.len() >= 60, "{code}: {}", groups.len());
            let mut seen = BTreeSet::new();
            for group in &groups {
                let count = group.words.len() + group.finds.len();
                assert!((2..=SYNONYM_WORDS_MAX).contains(&count), "{group:?}");
                if !group.finds.is_empty() {
                    continue;
                }
                for word in &group.words {
                    assert!(!words(word).is_empty(), "{group:?}");
                    assert!(word.chars().count() <= PHRASE_CHARS_MAX, "{word}");
                    assert!(seen.insert(words(word)), "{code}: {word} stands twice");
                }
            }
            bytes += list.len();
        }
        assert!(bytes < BLOB_BYTES_MAX / 3, "{bytes}");
    }

    #[test]
    fn a_region_has_the_list_of_its_language() {
        assert_eq!(groups("de-at"), groups("de"));
        assert_eq!(groups("fr"), Vec::new());
    }
}
