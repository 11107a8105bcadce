//! Words of the lexicon that are nearly what was typed.
//!
//! A letter more, less or other, or two swapped, is a distance of one. The pages are walked as a trie
//! is: rows of distances are counted for what is new in a word, and words whose beginning is too far
//! are passed over.

use souk_catalogue::DecodeError;

use crate::format::{LexiconPage, kinds};
use crate::query::order::{SortedMap, sort_by};

/// Letters of the shortest word that is corrected.
pub(crate) const TYPO_CHARS_MIN: usize = 4;
/// Letters of the shortest word of which two mistakes are corrected.
const TWO_CHARS_MIN: usize = 9;
/// Letters of the longest word that is corrected.
const TYPO_CHARS_MAX: usize = 24;
/// Words that a word may stand for.
pub(crate) const CANDIDATES_MAX: usize = 4;

/// Whether one mistake makes a word of another: a letter more, less or other, or two swapped.
pub(crate) fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let (short, long) = if a.len() < b.len() {
        (&a, &b)
    } else {
        (&b, &a)
    };
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short_rest, long_rest) = (&short[same..], &long[same..]);
    if short.len() < long.len() {
        return short_rest == &long_rest[1..];
    }
    match (short_rest, long_rest) {
        ([], []) => true,
        ([a, b, rest @ ..], [c, d, other @ ..]) if a == d && b == c => rest == other,
        ([_, rest @ ..], [_, other @ ..]) => rest == other,
        _ => false,
    }
}

/// Finds words near one.
pub(crate) struct Typos {
    word: Vec<char>,
    most: u8,
    found: SortedMap<String, (u8, i64)>,
}

impl Typos {
    /// Near a folded word; `None` where it is too short or too long to be corrected.
    pub(crate) fn near(word: &str) -> Option<Self> {
        let word: Vec<char> = word.chars().collect();
        let most = match word.len() {
            TWO_CHARS_MIN..=TYPO_CHARS_MAX => 2,
            TYPO_CHARS_MIN..TWO_CHARS_MIN => 1,
            _ => return None,
        };
        Some(Self {
            word,
            most,
            found: SortedMap::default(),
        })
    }

    /// Walks a page of the lexicon.
    pub(crate) fn walk(&mut self, page: &LexiconPage<'_>) -> Result<(), DecodeError> {
        let mut trie = Trie::new(self.word.len());
        let first = [u8::try_from(kinds::WORD).unwrap_or_default()];
        page.walk(|entry| {
            if !entry.key.starts_with(&first) {
                return entry.key < first.as_slice();
            }
            let shared = entry.shared.saturating_sub(first.len());
            let distance = trie.next(&self.word, self.most, &entry.key[first.len()..], shared);
            if let Some(distance) = distance
                && let Ok(text) = std::str::from_utf8(&entry.key[first.len()..])
            {
                let one = self.found.get_or_insert(text.to_owned(), || (distance, 0));
                one.1 += i64::from(entry.added) - i64::from(entry.removed);
            }
            true
        })
    }

    /// The nearest words, those of the most documents first.
    pub(crate) fn best(self) -> Vec<String> {
        let mut found: Vec<_> = self
            .found
            .into_entries()
            .into_iter()
            .filter(|(_, (distance, count))| *count > 0 && *distance > 0)
            .collect();
        sort_by(&mut found, &|(a, (near, many)), (b, (far, few))| {
            near.cmp(far)
                .then_with(|| few.cmp(many))
                .then_with(|| a.cmp(b))
        });
        let nearest = found.first().map_or(0, |(_, (distance, _))| *distance);
        let near = found
            .into_iter()
            .filter(|(_, (distance, _))| *distance == nearest);
        near.take(CANDIDATES_MAX).map(|(text, _)| text).collect()
    }
}

/// Rows of distances along one word of the lexicon.
struct Trie {
    chars: Vec<char>,
    /// Where each character ends, in bytes.
    ends: Vec<usize>,
    /// One row more than there are characters.
    rows: Vec<Vec<u8>>,
    /// Characters after which every word is too far.
    hopeless: Option<usize>,
}

impl Trie {
    fn new(length: usize) -> Self {
        let row = (0..=length)
            .map(|n| u8::try_from(n).unwrap_or(u8::MAX))
            .collect();
        Self {
            chars: Vec::new(),
            ends: Vec::new(),
            rows: vec![row],
            hopeless: None,
        }
    }

    /// The distance of the next word, where it is not more than `most`; the word shares its first
    /// `shared` bytes with the one before.
    fn next(&mut self, word: &[char], most: u8, key: &[u8], shared: usize) -> Option<u8> {
        let keep = self.ends.partition_point(|&end| end <= shared);
        if self.hopeless.is_some_and(|depth| depth <= keep) {
            // The characters that are shared are as hopeless for this word.
            return None;
        }
        self.hopeless = None;
        self.chars.truncate(keep);
        self.ends.truncate(keep);
        self.rows.truncate(keep + 1);
        let start = self.ends.last().copied().unwrap_or(0);
        let rest = key
            .get(start..)
            .and_then(|rest| std::str::from_utf8(rest).ok())?;
        for (at, char) in rest.char_indices() {
            self.push(word, char);
            self.ends.push(start + at + char.len_utf8());
            let least = |row: &Vec<u8>| row.iter().copied().min().unwrap_or(0);
            let depth = self.rows.len() - 1;
            if least(&self.rows[depth]) > most && least(&self.rows[depth - 1]) >= most {
                self.hopeless = Some(depth);
                return None;
            }
        }
        let distance = self.rows.last().and_then(|row| row.last()).copied()?;
        (distance <= most).then_some(distance)
    }

    fn push(&mut self, word: &[char], char: char) {
        let depth = self.rows.len();
        let before = &self.rows[depth - 1];
        let mut row = Vec::with_capacity(word.len() + 1);
        row.push(before[0].saturating_add(1));
        for (at, &own) in word.iter().enumerate() {
            let other = before[at].saturating_add(u8::from(own != char));
            let mut least = other
                .min(before[at + 1].saturating_add(1))
                .min(row[at].saturating_add(1));
            let last = self.chars.last();
            if at > 0 && depth > 1 && own != char && last == Some(&own) && word[at - 1] == char {
                least = least.min(self.rows[depth - 2][at - 1].saturating_add(1));
            }
            row.push(least);
        }
        self.rows.push(row);
        self.chars.push(char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(word: &str, words: &[&str]) -> Vec<String> {
        let keys: Vec<_> = words.iter().map(|word| format!("w{word}")).collect();
        let mut entries: Vec<_> = keys.iter().map(|key| (key.as_str(), 1, 0)).collect();
        entries.sort_unstable();
        let blob = LexiconPage::encode(entries);
        let mut typos = Typos::near(word).unwrap();
        typos.walk(&LexiconPage::decode(&blob).unwrap()).unwrap();
        typos.best()
    }

    #[test]
    fn one_letter_is_corrected_anywhere() {
        let words = [
            "lamp", "lampe", "laptop", "notebook", "monitor", "müsli", "zebra",
        ];
        for (typed, expected) in [
            ("laptpo", "laptop"),
            ("xaptop", "laptop"),
            ("aptop", "laptop"),
            ("laptopp", "laptop"),
            ("monitr", "monitor"),
            ("musli", "müsli"),
            ("zebar", "zebra"),
            ("noteboko", "notebook"),
        ] {
            assert_eq!(best(typed, &words), [expected], "{typed}");
        }
        assert!(
            best("nteboko", &words).is_empty(),
            "two mistakes in a short word"
        );
        assert!(Typos::near("lap").is_none());
    }

    #[test]
    fn distances_are_those_of_a_plain_count() {
        let words = [
            "projector",
            "protector",
            "projecting",
            "prosecutor",
            "reactor",
            "rejector",
        ];
        for word in words {
            let near = best("projectro", &words).contains(&word.to_owned());
            assert_eq!(near, word == "projector", "{word}");
        }
        assert_eq!(best("prjectro", &["projector"]), Vec::<String>::new());
        assert_eq!(best("prjectorr", &["projector"]), ["projector"]);
    }
}
