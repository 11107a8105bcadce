//! Synonyms that stand in for what a query is about, where the shop has it under another name only.

use crate::query::gather::Session;
use crate::query::score::{HEAD_WEIGHT_MIN, LITTLE, form_hits};
use crate::query::store::ReadBlobs;
use crate::query::words::{Form, QueryWord, WHOLE};

/// Lets weak synonyms of the head of the query say what a document is: where no document has the head
/// itself as its own, and as many have a synonym of it as are no longer [`LITTLE`]. The postings of
/// the words were read.
pub(crate) fn strengthen<S: ReadBlobs>(session: &Session<'_, S>, words: &mut [QueryWord]) {
    let heads = words.iter_mut();
    for word in heads.filter(|word| word.is_head && word.has_synonym) {
        let is_weak = |form: &&Form| form.weight < HEAD_WEIGHT_MIN;
        let count = |forms: Vec<&Form>| -> u32 {
            forms.into_iter().map(|form| named_by(session, form)).sum()
        };
        let (weak, strong): (Vec<_>, Vec<_>) = word.forms.iter().partition(is_weak);
        if count(strong) == 0 && count(weak) >= LITTLE {
            for form in &mut word.forms {
                form.weight = form.weight.max(HEAD_WEIGHT_MIN);
            }
        }
    }
}

/// How many documents have a form as their head.
fn named_by<S: ReadBlobs>(session: &Session<'_, S>, form: &Form) -> u32 {
    let terms = session.hits_of(form).unwrap_or_default();
    let runs = 0..session.root.runs.len();
    let hits = runs.flat_map(|run| form_hits(&terms, run, WHOLE.into()));
    hits.map(|hit| u32::from(hit.is_head)).sum()
}
