//! Related types: what the words of a query are said of. Beside phones these are cases and chargers,
//! whose types or titles name phones without being phones.

use crate::query::order::{SortedMap, sort_by};
use crate::query::score::{Place, Scores};

/// Products of each type that are given.
pub const RELATED_PRODUCTS_MAX: usize = 3;

/// A type among the results.
#[derive(Debug, Default)]
pub(crate) struct TypeResults {
    pub(crate) value: u32,
    pub(crate) total: u32,
    heads: u32,
    /// With their scores, in the order of their places.
    best: Vec<(u64, Place)>,
}

/// The related types of results, by how many of these there are. `values` are the types of each.
pub(crate) fn related(
    places: &[Place],
    values: &[Vec<u32>],
    scores: &Scores,
    first: Option<Place>,
) -> Vec<TypeResults> {
    let mut types: SortedMap<u32, TypeResults> = SortedMap::default();
    for (&place, values) in places.iter().zip(values) {
        for &value in values {
            let one = types.get_or_insert(value, TypeResults::default);
            one.value = value;
            one.total += 1;
            one.heads += u32::from(scores.is_head(place));
            one.best.push((scores.score(place), place));
        }
    }
    let any_heads = types.entries().iter().any(|(_, one)| one.is_meant());
    // The type of the first result; the place of a document alone must decide nothing.
    let main = first.and_then(|first| {
        let at = places.binary_search(&first).ok()?;
        values.get(at)?.first().copied()
    });
    let mut types: Vec<_> = types
        .into_entries()
        .into_iter()
        .map(|(_, one)| one)
        .filter(|one| match any_heads {
            true => !one.is_meant(),
            false => Some(one.value) != main,
        })
        .collect();
    sort_by(&mut types, &|a, b| b.total.cmp(&a.total));
    types
}

impl TypeResults {
    /// Its results with their scores.
    pub(crate) fn best(&self) -> &[(u64, Place)] {
        &self.best
    }

    /// Whether the query means this type: at least half of its results are what the query says.
    fn is_meant(&self) -> bool {
        self.heads * 2 >= self.total && self.heads > 0
    }
}
