//! Phrases of terms, found in a query by their first term.

use std::collections::BTreeMap;

/// What stands for each of some phrases. An empty phrase is not kept.
#[derive(Debug, Clone)]
pub(super) struct Phrases<T> {
    /// By the first term; the longest phrase first.
    by_first: BTreeMap<String, Vec<(Vec<String>, T)>>,
}

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self {
            by_first: BTreeMap::new(),
        }
    }
}

impl<T: Default> Phrases<T> {
    /// What stands for a phrase, to be added to; `None` for an empty one.
    pub(super) fn entry(&mut self, terms: &[String]) -> Option<&mut T> {
        let first = terms.first()?;
        let phrases = self.by_first.entry(first.clone()).or_default();
        // Longest first, and among equal lengths in the order of the terms.
        let place = phrases.binary_search_by(|(known, _)| {
            let longer = terms.len().cmp(&known.len());
            longer.then_with(|| known.as_slice().cmp(terms))
        });
        let place = place.unwrap_or_else(|place| {
            phrases.insert(place, (terms.to_vec(), T::default()));
            place
        });
        Some(&mut phrases[place].1)
    }

    /// The phrases that begin at a place of a query: how many terms each has, and what stands for it.
    /// The longest first.
    pub(super) fn at<'p, 'q, S: AsRef<str>>(
        &'p self,
        query: &'q [S],
        start: usize,
    ) -> impl Iterator<Item = (usize, &'p T)> + use<'p, 'q, S, T> {
        let rest = query.get(start..).unwrap_or_default();
        let first = rest.first().map(AsRef::as_ref).unwrap_or_default();
        let phrases = self.by_first.get(first).into_iter().flatten();
        let found = phrases.filter(|(terms, _)| {
            let has = rest.get(..terms.len());
            has.is_some_and(|has| has.iter().map(AsRef::as_ref).eq(terms.iter()))
        });
        found.map(|(terms, value)| (terms.len(), value))
    }

    /// What stands for the whole of a query.
    pub(super) fn whole<S: AsRef<str>>(&self, query: &[S]) -> Option<&T> {
        let mut found = self.at(query, 0);
        found
            .find(|(length, _)| *length == query.len())
            .map(|(_, value)| value)
    }

    /// How many phrases there are.
    pub(super) fn len(&self) -> usize {
        self.by_first.values().map(Vec::len).sum()
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
        let mut phrases = Phrases::<u32>::default();
        for (number, text) in ["head", "head set", "head lamp", "", "head set x"]
            .into_iter()
            .enumerate()
        {
            if let Some(value) = phrases.entry(&terms(text)) {
                *value += u32::try_from(number).unwrap();
            }
        }
        *phrases.entry(&terms("head set")).unwrap() += 10;
        let query = terms("my head set");
        let found: Vec<_> = phrases.at(&query, 1).collect();
        assert_eq!(found, [(2, &11), (1, &0)]);
        assert_eq!(phrases.at(&query, 0).count(), 0);
        assert_eq!(phrases.at(&query, 9).count(), 0);
        assert_eq!(phrases.whole(&terms("head lamp")), Some(&2));
        assert_eq!(phrases.whole(&query), None);
        assert_eq!(phrases.len(), 4);
    }
}
