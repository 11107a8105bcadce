//! Phrases of terms, found in a query by their first term, each with a number.

/// Some phrases. An empty one is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Phrases {
    /// By the hash of the first term; the longest phrase first, those of a length in the order of their
    /// terms. None, or [`LISTS`] of them.
    by_first: Vec<Vec<(Vec<String>, usize)>>,
    count: usize,
}

/// Lists of phrases: a shop of some thousand rules has some ten phrases in each.
const LISTS: usize = 512;

/// The list of the phrases that begin with a term. Source: FNV-1a, Fowler, Noll and Vo.
fn list_of(term: &str) -> usize {
    let hash = term.bytes().fold(0x811C_9DC5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash as usize % LISTS
}

impl Phrases {
    /// The number of a phrase, which is the next one if it is new; `None` for an empty one.
    pub(super) fn number(&mut self, terms: &[String]) -> Option<usize> {
        let first = terms.first()?;
        if self.by_first.is_empty() {
            self.by_first.resize(LISTS, Vec::new());
        }
        let phrases = self.by_first.get_mut(list_of(first))?;
        let place = phrases.binary_search_by(|(known, _)| {
            let longer = terms.len().cmp(&known.len());
            longer.then_with(|| known.as_slice().cmp(terms))
        });
        match place {
            Ok(place) => Some(phrases[place].1),
            Err(place) => {
                let number = self.count;
                self.count += 1;
                phrases.insert(place, (terms.to_vec(), number));
                Some(number)
            }
        }
    }

    /// The phrases that begin at a place of a query: how many terms each has, and its number. The
    /// longest first.
    pub(super) fn at<'p, S: AsRef<str>>(
        &'p self,
        query: &'p [S],
        start: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<'p, S> {
        let rest = query.get(start..).unwrap_or_default();
        let first = rest.first().map(AsRef::as_ref).unwrap_or_default();
        let phrases = self.by_first.get(list_of(first)).into_iter().flatten();
        let found = phrases.filter(|(terms, _)| {
            let has = rest.get(..terms.len());
            has.is_some_and(|has| has.iter().map(AsRef::as_ref).eq(terms.iter()))
        });
        found.map(|(terms, number)| (terms.len(), *number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn phrases_are_found_where_they_begin_the_longest_first() {
        let mut phrases = Phrases::default();
        let texts = [
            "head",
            "head set",
            "head lamp",
            "",
            "head set x",
            "head set",
        ];
        let numbers = texts.map(|text| phrases.number(&terms(text)));
        let expected = [Some(0), Some(1), Some(2), None, Some(3), Some(1)];
        assert_eq!(numbers, expected);
        let query = terms("my head set x");
        let found: Vec<_> = phrases.at(&query, 1).collect();
        assert_eq!(found, [(3, 3), (2, 1), (1, 0)]);
        assert_eq!(phrases.at(&query, 0).count(), 0);
        assert_eq!(phrases.at(&query, 9).count(), 0);
        assert_eq!(phrases.at(&terms("head"), 0).count(), 1);
    }
}
