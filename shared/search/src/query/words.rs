//! From the text of a query to its words, and to the forms that each is looked for in.

use crate::analysis::{Analyser, Head, Token, Word, pair_term, run_terms};
use crate::query::request::{CorrectionKind, FORMS_MAX, Steering, WORDS_MAX};

/// What a form of a word counts, of 256.
pub(crate) const WHOLE: u16 = 256;
/// The parts of a word beside each other in a title, and apart.
const PAIRS_WEIGHT: u16 = 240;
const PARTS_WEIGHT: u16 = 96;
/// Two words as one, and one as two.
const JOIN_WEIGHT: u16 = 230;
const SPLIT_WEIGHT: u16 = 230;
/// Letters of the shortest half of a word that is split.
const SPLIT_CHARS_MIN: usize = 3;
/// Letters of the longest word that is split.
const SPLIT_CHARS_MAX: usize = 20;
/// Terms of a form.
const FORM_TERMS_MAX: usize = 8;

/// A way in which a word may stand in a document: with all of these terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) terms: Vec<String>,
    /// Of 256.
    pub(crate) weight: u16,
    /// What it is in the place of, where that is said.
    pub(crate) correction: Option<(CorrectionKind, String)>,
}

/// A word of a query.
#[derive(Debug, Clone)]
pub(crate) struct QueryWord {
    /// Folded.
    pub(crate) text: String,
    /// Where it stands in the query, in bytes.
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) forms: Vec<Form>,
    /// The run that it is two characters of.
    pub(crate) run: Option<usize>,
    /// Of letters and digits.
    pub(crate) word: Option<Word>,
    /// Whether it is what the query is about.
    pub(crate) is_head: bool,
    /// Whether it adds to the score of what is found, and finds nothing.
    pub(crate) is_bonus: bool,
    /// Whether the rules have other words for it: it is spelled as it should be.
    pub(crate) has_synonym: bool,
}

impl QueryWord {
    pub(crate) fn add(&mut self, form: Form) {
        if self.forms.len() < FORMS_MAX && !self.forms.contains(&form) {
            self.forms.push(form);
        }
    }

    pub(crate) fn is_letters(&self) -> bool {
        self.word.as_ref().is_some_and(|word| !word.has_digits())
    }
}

fn form(terms: Vec<String>, weight: u16) -> Form {
    let correction = None;
    Form {
        terms,
        weight,
        correction,
    }
}

/// The forms of a word: joined, with its parts beside each other, and with its parts apart.
pub(crate) fn word_forms(analyser: &Analyser<'_>, word: &Word) -> Vec<Form> {
    let mut forms = Vec::new();
    if word.is_joined() || word.parts.len() == 1 {
        forms.push(form(vec![analyser.joined_term(word)], WHOLE));
    }
    if word.parts.len() > 1 {
        let mut parts: Vec<_> = word
            .parts
            .iter()
            .map(|part| analyser.part_term(part))
            .collect();
        let pairs = parts.windows(2).map(|pair| pair_term(&pair[0], &pair[1]));
        forms.push(form(pairs.collect(), PAIRS_WEIGHT));
        parts.dedup();
        forms.push(form(parts, PARTS_WEIGHT));
    }
    forms
}

/// The words of a query, and the pairs of them that count more where they stand together.
pub(crate) fn parse(analyser: &Analyser<'_>, text: &str, steering: &Steering) -> Vec<QueryWord> {
    let tokens = analyser.tokens(text);
    let is_stop = |word: &Word| {
        let text = word.joined();
        analyser.is_stop_word(&text) || steering.stop_words.contains(&text)
    };
    let all_stop = tokens.iter().all(|token| match token {
        Token::Word(word) => is_stop(word),
        Token::Run(_) => false,
        Token::Mark(_) => true,
    });
    let head = analyser.head(&tokens);
    let mut words = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let head = head.filter(|head| head.token == place);
        match token {
            Token::Word(word) if all_stop || !is_stop(word) => words.push(QueryWord {
                text: word.joined(),
                start: word.start,
                end: word.end,
                forms: word_forms(analyser, word),
                run: None,
                word: Some(word.clone()),
                is_head: head.is_some(),
                is_bonus: false,
                has_synonym: false,
            }),
            Token::Word(_) | Token::Mark(_) => {}
            Token::Run(run) => add_run(&mut words, run, place, head),
        }
    }
    words.truncate(WORDS_MAX);
    add_joins(analyser, &mut words);
    add_splits(analyser, &mut words);
    add_expansions(analyser, &mut words, steering);
    add_pairs(analyser, &mut words);
    words
}

fn add_run(
    words: &mut Vec<QueryWord>,
    run: &[crate::analysis::RunChar],
    place: usize,
    head: Option<Head>,
) {
    for (at, term) in run_terms(run).into_iter().enumerate() {
        let last = (at + 1).min(run.len() - 1);
        words.push(QueryWord {
            text: term.clone(),
            start: run[at].start,
            end: run[last].end,
            forms: vec![form(vec![term], WHOLE)],
            run: Some(place),
            word: None,
            is_head: head.is_some_and(|head| last + 1 == head.chars),
            is_bonus: false,
            has_synonym: false,
        });
    }
}

/// Words beside each other may stand as one in a title: both are found there.
fn add_joins(analyser: &Analyser<'_>, words: &mut [QueryWord]) {
    for first in 0..words.len().saturating_sub(1) {
        let [a, b] = &mut words[first..first + 2] else {
            continue;
        };
        let (Some(left), Some(right)) = (&a.word, &b.word) else {
            continue;
        };
        let joined = format!("{}{}", left.joined(), right.joined());
        let is_letters = a.is_letters() && b.is_letters();
        let term = if is_letters {
            analyser.stem(&joined)
        } else {
            joined.clone()
        };
        let form = Form {
            terms: vec![term],
            weight: JOIN_WEIGHT,
            correction: Some((CorrectionKind::Join, joined)),
        };
        a.add(form.clone());
        b.add(form);
    }
}

/// A word may stand as two in a title.
fn add_splits(analyser: &Analyser<'_>, words: &mut [QueryWord]) {
    for word in words.iter_mut().filter(|word| word.is_letters()) {
        let chars: Vec<char> = word.text.chars().collect();
        if chars.len() > SPLIT_CHARS_MAX {
            continue;
        }
        for at in SPLIT_CHARS_MIN..=chars.len().saturating_sub(SPLIT_CHARS_MIN) {
            let halves = [&chars[..at], &chars[at..]].map(|half| half.iter().collect::<String>());
            let [a, b] = halves.each_ref().map(|half| analyser.stem(half));
            word.add(Form {
                terms: vec![pair_term(&a, &b)],
                weight: SPLIT_WEIGHT,
                correction: Some((CorrectionKind::Split, halves.join(" "))),
            });
        }
    }
}

/// The terms of a phrase, all of which have to be there.
pub(crate) fn phrase_terms(analyser: &Analyser<'_>, phrase: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for token in analyser.tokens(phrase) {
        match token {
            Token::Word(word) => {
                terms.extend(word.parts.iter().map(|part| analyser.part_term(part)))
            }
            Token::Run(run) => terms.extend(run_terms(&run)),
            Token::Mark(_) => {}
        }
    }
    terms.dedup();
    terms.truncate(FORM_TERMS_MAX);
    terms
}

fn add_expansions(analyser: &Analyser<'_>, words: &mut [QueryWord], steering: &Steering) {
    for expansion in &steering.expansions {
        let terms = phrase_terms(analyser, &expansion.phrase);
        let within =
            |word: &&mut QueryWord| expansion.start <= word.start && word.end <= expansion.end;
        for word in words.iter_mut().filter(within) {
            if !terms.is_empty() {
                word.add(form(terms.clone(), expansion.weight.min(WHOLE)));
                word.has_synonym = true;
            }
        }
    }
}

/// Two words beside each other in the query count more beside each other in a title.
fn add_pairs(analyser: &Analyser<'_>, words: &mut Vec<QueryWord>) {
    let mut pairs = Vec::new();
    for pair in words.windows(2) {
        let [Some(a), Some(b)] = [&pair[0].word, &pair[1].word] else {
            continue;
        };
        let (Some(a), Some(b)) = (a.parts.last(), b.parts.first()) else {
            continue;
        };
        let term = pair_term(&analyser.part_term(a), &analyser.part_term(b));
        pairs.push(QueryWord {
            text: String::new(),
            start: pair[0].start,
            end: pair[1].end,
            forms: vec![form(vec![term], WHOLE)],
            run: None,
            word: None,
            is_head: false,
            is_bonus: true,
            has_synonym: false,
        });
    }
    words.extend(pairs);
}
