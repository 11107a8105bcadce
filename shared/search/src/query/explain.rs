//! Why a product stands where it stands in the results of a query, or not among them.
//!
//! Not here: sentences about it, which are the program's (`souk search explain`). No function asks for
//! this, so none of them carries it.

use crate::analysis::{Analyser, Token, slug_term};
use crate::query::answer::Found;
use crate::query::gather::{Hits, Session};
use crate::query::order::has;
use crate::query::rank;
use crate::query::request::{CorrectionKind, FACTOR_ONE, Request, Start};
use crate::query::score::{Place, Scores, form_hits};
use crate::query::searcher::Searcher;
use crate::query::store::{ReadBlobs, SearchError};
use crate::query::words::{Form, QueryWord};

/// Why a product stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Words of the query that are left out of the search: they say too little.
    pub stop_words: Vec<String>,
    /// The words that are searched for.
    pub words: Vec<ExplainedWord>,
    /// Words of the query beside each other in the title, and what they add.
    pub pairs: Vec<ExplainedWord>,
    /// Products of the index.
    pub documents: u32,
    /// What the query finds.
    pub total: usize,
    /// `None` where the index has no such product.
    pub product: Option<ExplainedProduct>,
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedWord {
    /// Folded.
    pub text: String,
    /// Whether it is what the query is about.
    pub is_head: bool,
    /// Two Chinese characters that lie across two words: they need not be found.
    pub is_bridge: bool,
    /// Whether it was left out, because too little has all words.
    pub is_dropped: bool,
    /// Products that have it.
    pub found: u32,
    /// How telling it is.
    pub idf: u64,
    /// What it is looked for as.
    pub forms: Vec<ExplainedForm>,
    /// What the product has of it.
    pub hit: Option<ExplainedHit>,
}

/// A way in which a word may stand in a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedForm {
    /// All of them have to be there.
    pub terms: Vec<String>,
    /// Of 256.
    pub weight: u16,
    /// What it is in the place of.
    pub correction: Option<(CorrectionKind, String)>,
    /// Products that have all of its terms.
    pub found: usize,
}

/// What the product has of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedHit {
    /// The best of the forms, by its place among them.
    pub form: usize,
    /// The impacts of its terms, of 255.
    pub impacts: Vec<u8>,
    /// The impact with the weight of the form.
    pub value: u32,
    /// Whether the word counts as found.
    pub is_found: bool,
    /// Whether it is what the product is.
    pub is_head: bool,
}

/// What decides about the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedProduct {
    /// The sum over words and pairs.
    pub sum: u64,
    /// The share of what the query says that the product has, of 1024.
    pub share: u64,
    /// Whether it is what the query is about, which raises the score.
    pub is_head: bool,
    /// What boosts multiply the score by, of 256.
    pub boost: u64,
    /// What the shop has learnt multiplies the score by, of 256.
    pub learnt: u64,
    /// What it is ordered by.
    pub score: u64,
    /// Whether an SKU or a barcode of it is the query.
    pub is_code: bool,
    /// Its place among the pins of the query.
    pub pin: Option<u64>,
    /// Whether a rule hides it.
    pub is_hidden: bool,
    /// Whether it has what the query needs; filters may still keep it out.
    pub is_found: bool,
    /// Its place among the results, from 0.
    pub place: Option<usize>,
}

impl Searcher {
    /// Explains a product in the results of a query, whose start and limit do not matter.
    ///
    /// # Errors
    /// When a blob cannot be read.
    pub async fn explain<S: ReadBlobs>(
        &self,
        store: &S,
        request: &Request<'_>,
        slug: &str,
    ) -> Result<Explanation, SearchError<S::Error>> {
        let analyser = self.analyser(request.locale);
        let mut session = Session::new(&self.root, request.locale, store);
        let all = Request {
            start: Start::default(),
            limit: self.root.documents as usize,
            facets: false,
            related: false,
            ..request.clone()
        };
        let found = self.find(&mut session, &analyser, &all).await?;
        let shown = self.shown(&mut session, &all, &found).await?;
        session.gather([slug_term(slug)].into(), Vec::new()).await?;
        let place = place_of(&session, slug);
        let mut product = None;
        if let Some(place) = place {
            let mut top = shown.window.top.iter();
            let tie = rank::tie(&mut session, place).await?;
            let mut explained = found.product(place);
            explained.boost = shown.boost(place);
            explained.learnt = request.learnt.score(FACTOR_ONE, tie);
            let boosted = explained.score * explained.boost / FACTOR_ONE;
            explained.score = request.learnt.score(boosted, tie);
            explained.place = top.find(|(_, own)| own.place == place).map(|(at, _)| *at);
            product = Some(explained);
        }
        let words = (0..).zip(&found.words);
        let words = words.map(|(at, word)| (word.is_bonus, found.word(&session, at, word, place)));
        let (pairs, words): (Vec<_>, Vec<_>) = words.partition(|(is_bonus, _)| *is_bonus);
        let only = |list: Vec<(bool, ExplainedWord)>| list.into_iter().map(|(_, word)| word);
        Ok(Explanation {
            stop_words: stop_words(&analyser, request, &found.words),
            words: only(words).collect(),
            pairs: only(pairs).collect(),
            documents: self.root.documents,
            total: shown.window.top.len(),
            product,
        })
    }
}

/// The words of a text that are not among those that are searched for.
fn stop_words(analyser: &Analyser<'_>, request: &Request<'_>, words: &[QueryWord]) -> Vec<String> {
    let tokens = analyser.tokens(request.text).into_iter();
    let left_out = tokens.filter_map(|token| match token {
        Token::Word(word) => {
            let is_there = words
                .iter()
                .any(|one| one.start == word.start && !one.is_bonus);
            (!is_there).then(|| word.joined())
        }
        Token::Run(_) | Token::Mark(_) => None,
    });
    left_out.collect()
}

fn place_of<S: ReadBlobs>(session: &Session<'_, S>, slug: &str) -> Option<Place> {
    let hits = session.hits(&slug_term(slug))?;
    let mut runs = hits.runs.iter().enumerate();
    runs.find_map(|(run, postings)| {
        let document = postings.first()?.document;
        Some(Place { run, document })
    })
}

impl Found {
    fn product(&self, place: Place) -> ExplainedProduct {
        let (sum, share) = self.scores.sum_and_share(place);
        ExplainedProduct {
            sum,
            share,
            is_head: self.scores.is_head(place),
            boost: FACTOR_ONE,
            learnt: FACTOR_ONE,
            score: self.scores.score(place),
            is_code: has(&self.apart.codes, &place),
            pin: self.apart.pins.get(&place).copied(),
            is_hidden: has(&self.apart.hidden, &place),
            is_found: self.places.binary_search(&place).is_ok(),
            place: None,
        }
    }

    fn word<S: ReadBlobs>(
        &self,
        session: &Session<'_, S>,
        at: usize,
        word: &QueryWord,
        place: Option<Place>,
    ) -> ExplainedWord {
        let is_needed = self.scores.required >> at.min(30) & 1 == 1;
        let forms = word.forms.iter();
        let forms = forms.map(|form| ExplainedForm {
            terms: form.terms.clone(),
            weight: form.weight,
            correction: form.correction.clone(),
            found: found_in(session, form),
        });
        let text = match word.is_bonus {
            true => word
                .forms
                .iter()
                .flat_map(|form| form.terms.clone())
                .collect(),
            false => word.text.clone(),
        };
        let (found, idf) = Scores::telling(session, word);
        ExplainedWord {
            text,
            is_head: word.is_head,
            is_bridge: !is_needed && !word.is_bonus,
            is_dropped: is_needed && self.needed >> at.min(30) & 1 == 0,
            found,
            idf,
            forms: forms.collect(),
            hit: place.and_then(|place| best_hit(session, word, place)),
        }
    }
}

fn found_in<S: ReadBlobs>(session: &Session<'_, S>, form: &Form) -> usize {
    let Some(hits) = session.hits_of(form) else {
        return 0;
    };
    let runs = 0..session.root.runs.len();
    runs.map(|run| form_hits(&hits, run, form.weight.into()).len())
        .sum()
}

fn best_hit<S: ReadBlobs>(
    session: &Session<'_, S>,
    word: &QueryWord,
    place: Place,
) -> Option<ExplainedHit> {
    let mut best: Option<ExplainedHit> = None;
    for (at, form) in word.forms.iter().enumerate() {
        let Some(terms) = session.hits_of(form) else {
            continue;
        };
        let hits = form_hits(&terms, place.run, form.weight.into());
        let Some(hit) = hits.iter().find(|hit| hit.document == place.document) else {
            continue;
        };
        let impact = |hits: &&Hits| {
            let postings = &hits.runs[place.run];
            let own = postings.iter().find(|one| one.document == place.document);
            own.map_or(0, |one| one.impact)
        };
        if best.as_ref().is_none_or(|known| known.value < hit.value) {
            best = Some(ExplainedHit {
                form: at,
                impacts: terms.iter().map(impact).collect(),
                value: hit.value,
                is_found: hit.is_found,
                is_head: hit.is_head,
            });
        }
    }
    best
}
