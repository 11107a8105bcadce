//! Ranks the articles of a shop. There are few, so their terms are kept in memory without an index.
//!
//! The words are those of the analyser that products are found by: stems, folded letters, every two
//! characters of Chinese.
//!
//! Not here: where the texts come from and which of the articles a page shows (`souk-storefront`).

use std::cmp::Reverse;

use crate::analysis::{Analyser, Token, is_question_word, run_terms};
use crate::query::request::{Steering, WORDS_MAX};
use crate::query::score::idf;
use crate::query::typos::{TYPO_CHARS_MIN, is_near};

/// What a word counts in the title of an article, in its labels, its summary and its text.
const TITLE: u8 = 8;
const LABELS: u8 = 6;
const SUMMARY: u8 = 3;
const TEXT: u8 = 2;
/// The part of what a question says that its answers have at least: one in so many.
const ANSWERED: u64 = 3;

/// The texts of an article in one language.
#[derive(Debug, Clone, Copy)]
pub struct ArticleText<'t> {
    /// Its title.
    pub title: &'t str,
    /// Its labels.
    pub labels: &'t [String],
    /// Its summary; may be empty.
    pub summary: &'t str,
    /// The beginning of its text; may be empty.
    pub text: &'t str,
}

/// How much of a query an article needs to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Every word.
    EveryWord,
    /// Every word; the last one may be typed in part.
    EveryWordTyped,
    /// A good part of it, as a question says more than its answer has.
    Part,
}

/// A search of articles.
#[derive(Debug, Clone, Copy)]
pub struct ArticleRequest<'q> {
    /// As it was typed.
    pub text: &'q str,
    /// What the shop's rules say about the text.
    pub steering: &'q Steering,
    /// How much of the text an article needs to have.
    pub need: Need,
    /// How many articles.
    pub limit: usize,
}

/// The articles of a shop in one language.
#[derive(Debug, Clone, Default)]
pub struct Articles {
    /// Of each article the hashes of its terms, in order, with what they count.
    terms: Vec<Vec<(u32, u8)>>,
    /// Every folded word of letters.
    words: Vec<String>,
}

/// A word of a query: the terms that it may be, any of which will do.
type Wanted = Vec<u32>;

impl Articles {
    /// The articles with these texts.
    pub fn new<'t>(analyser: &Analyser<'_>, texts: impl Iterator<Item = ArticleText<'t>>) -> Self {
        let mut articles = Self::default();
        for text in texts {
            articles.terms.push(Vec::new());
            articles.add(analyser, text.title, TITLE);
            for label in text.labels {
                articles.add(analyser, label, LABELS);
            }
            articles.add(analyser, text.summary, SUMMARY);
            articles.add(analyser, text.text, TEXT);
        }
        articles
    }

    /// Adds a text of the last article. Those of more value come first.
    fn add(&mut self, analyser: &Analyser<'_>, text: &str, value: u8) {
        for token in analyser.tokens(text) {
            match token {
                Token::Word(word) => {
                    self.add_term(&analyser.joined_term(&word), value);
                    for part in &word.parts {
                        self.add_term(&analyser.part_term(part), value);
                    }
                    let joined = word.joined();
                    if !word.has_digits()
                        && let Err(place) = self.words.binary_search(&joined)
                    {
                        self.words.insert(place, joined);
                    }
                }
                Token::Run(run) => {
                    for term in run_terms(&run) {
                        self.add_term(&term, value);
                    }
                    for one in &run {
                        self.add_term(one.char.encode_utf8(&mut [0; 4]), value);
                    }
                }
                Token::Mark(_) => {}
            }
        }
    }

    fn add_term(&mut self, term: &str, value: u8) {
        let (hash, terms) = (hash(term), self.terms.last_mut());
        if let Some(terms) = terms
            && let Err(place) = find(terms, hash)
        {
            terms.insert(place, (hash, value));
        }
    }

    /// Places of the articles that a query finds, of those that are allowed; the best first.
    pub fn find(
        &self,
        analyser: &Analyser<'_>,
        request: &ArticleRequest<'_>,
        is_allowed: &dyn Fn(usize) -> bool,
    ) -> Vec<usize> {
        let need = request.need;
        let wanted = self.wanted(analyser, request);
        let documents = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        // Any text has words that begin with two letters.
        let least = match need {
            Need::EveryWordTyped => SUMMARY,
            Need::EveryWord | Need::Part => TEXT,
        };
        let value = |terms: &[(u32, u8)], wanted: &Wanted| -> u64 {
            let places = wanted.iter().filter_map(|&term| find(terms, term).ok());
            let values = places.map(|place| terms[place].1);
            let values = values.filter(|value| *value >= least);
            values.max().map_or(0, u64::from)
        };
        let mut weighed = Vec::new();
        for wanted in &wanted {
            let having = self.terms.iter().filter(|terms| value(terms, wanted) > 0);
            match u32::try_from(having.count()).unwrap_or(u32::MAX) {
                // A question has words that no answer has.
                0 if need == Need::Part => {}
                0 => return Vec::new(),
                having => weighed.push((wanted, idf(documents, having))),
            }
        }
        let all: u64 = weighed.iter().map(|(_, idf)| idf).sum();
        let mut found = Vec::new();
        for (place, terms) in self.terms.iter().enumerate() {
            let (mut sum, mut had) = (0, 0);
            for (wanted, idf) in &weighed {
                let value = value(terms, wanted);
                sum += idf * value;
                had += if value > 0 { *idf } else { 0 };
            }
            let enough = match need {
                Need::EveryWord | Need::EveryWordTyped => had == all,
                Need::Part => had * ANSWERED >= all,
            };
            if enough && sum > 0 && is_allowed(place) {
                found.push((sum * had / all, place));
            }
        }
        let mut best = Vec::new();
        // A few are wanted, so the list is not sorted.
        while best.len() < request.limit
            && let Some(at) = (0..found.len()).max_by_key(|&at| (found[at].0, Reverse(found[at].1)))
        {
            best.push(found.swap_remove(at).1);
        }
        best
    }

    /// The words of a query; those that say little only where there are no others.
    fn wanted(&self, analyser: &Analyser<'_>, request: &ArticleRequest<'_>) -> Vec<Wanted> {
        let &ArticleRequest {
            text,
            steering,
            need,
            ..
        } = request;
        let (mut telling, mut others) = (Vec::new(), Vec::new());
        let mut put = |says_little: bool, wanted: Wanted| match says_little {
            true => others.push(wanted),
            false => telling.push(wanted),
        };
        let says_little = |word: &str| {
            analyser.is_stop_word(word)
                || steering.stop_words.iter().any(|known| known == word)
                || (need == Need::Part && is_question_word(analyser.language, word))
        };
        for token in analyser.tokens(text) {
            match token {
                Token::Word(word) => {
                    let joined = word.joined();
                    let mut wanted = vec![hash(&analyser.joined_term(&word))];
                    let is_last = word.end == text.len();
                    let is_typed = is_last && need == Need::EveryWordTyped;
                    self.others(analyser, &joined, is_typed, &mut wanted);
                    synonyms(analyser, steering, (word.start, word.end), &mut wanted);
                    // What is typed in part may become any word.
                    put(says_little(&joined) && !is_typed, wanted);
                }
                Token::Run(run) => {
                    for (pair, term) in run.windows(run.len().min(2)).zip(run_terms(&run)) {
                        let mut wanted = vec![hash(&term)];
                        let end = pair.last().map_or(0, |one| one.end);
                        synonyms(analyser, steering, (pair[0].start, end), &mut wanted);
                        put(says_little(&term), wanted);
                    }
                }
                Token::Mark(_) => {}
            }
        }
        let mut wanted = if telling.is_empty() { others } else { telling };
        wanted.truncate(WORDS_MAX);
        wanted
    }

    /// Adds words that begin with what is typed; for a word that no article has, those that are
    /// nearly it.
    fn others(&self, analyser: &Analyser<'_>, word: &str, is_typed: bool, wanted: &mut Wanted) {
        let term = wanted[0];
        let has = |terms: &Vec<(u32, u8)>| find(terms, term).is_ok();
        let is_known = self.terms.iter().any(has);
        let may_be_wrong = !is_known && word.chars().count() >= TYPO_CHARS_MIN;
        for known in &self.words {
            let begins = is_typed && known.starts_with(word);
            if begins || (may_be_wrong && is_near(word, known)) {
                wanted.push(hash(&analyser.stem(known)));
            }
        }
    }
}

/// Adds what the shop's rules say that the part of a query from one byte to another stands for, where
/// that is one word.
fn synonyms(
    analyser: &Analyser<'_>,
    steering: &Steering,
    (start, end): (usize, usize),
    wanted: &mut Wanted,
) {
    let expansions = steering.expansions.iter();
    for expansion in expansions.filter(|one| one.start == start && one.end == end) {
        match analyser.tokens(&expansion.phrase).as_slice() {
            [Token::Word(word)] => wanted.push(hash(&analyser.joined_term(word))),
            [Token::Run(run)] if run.len() <= 2 => {
                wanted.extend(run_terms(run).iter().map(|term| hash(term)))
            }
            _ => {}
        }
    }
}

/// Where a term is among those of an article, or has to be.
fn find(terms: &[(u32, u8)], term: u32) -> Result<usize, usize> {
    terms.binary_search_by_key(&term, |(known, _)| *known)
}

/// FNV-1a: a term takes four bytes, and one in some million questions finds an article too many.
fn hash(term: &str) -> u32 {
    term.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::FoldTable;
    use crate::query::request::Expansion;

    const HELP: [(&str, &str, &str); 5] = [
        (
            "Can I change my order?",
            "",
            "As long as it is not packed: write to us.",
        ),
        (
            "Where is my order?",
            "",
            "The page of the order shows where your parcel is.",
        ),
        (
            "How long does delivery take?",
            "Two days in the country.",
            "",
        ),
        (
            "Returning and exchanging",
            "",
            "Send it back within 30 days; we refund the price.",
        ),
        (
            "我的订单到哪里了？",
            "",
            "包裹寄出后立即更新。退货请联系我们。",
        ),
    ];

    fn found(text: &str, language: &str, steering: &Steering, need: Need) -> Vec<usize> {
        let fold = FoldTable::default();
        let analyser = Analyser::new(&fold, language);
        let texts = HELP.iter().map(|(title, summary, text)| ArticleText {
            title,
            labels: &[],
            summary,
            text,
        });
        let articles = Articles::new(&analyser, texts);
        let request = ArticleRequest {
            text,
            steering,
            need,
            limit: HELP.len(),
        };
        articles.find(&analyser, &request, &|_| true)
    }

    /// The first answers to a question; none where none are named.
    #[track_caller]
    fn answers(text: &str, language: &str, first: &[usize]) {
        let found = found(text, language, &Steering::default(), Need::Part);
        let same = found.starts_with(first) && found.is_empty() == first.is_empty();
        assert!(same, "{text}: {found:?}");
    }

    #[test]
    fn a_question_finds_the_answer_that_has_most_of_it() {
        answers("can I still change my orders please", "en", &[0, 1]);
        answers("Where are my parcels", "en", &[1]);
        answers("how many days until it is delivered?", "en", &[2]);
        // A typo, and a word of the text alone.
        answers("retrun", "en", &[]);
        answers("returnning", "en", &[3]);
        answers("refunds", "en", &[3]);
        answers("怎么退货", "zh", &[4]);
        answers("包裹", "zh", &[4]);
        answers("zzzz", "en", &[]);
        answers("what?", "en", &[]);
        answers("", "en", &[]);
    }

    #[test]
    fn below_products_an_article_has_every_word() {
        let every = |text| found(text, "en", &Steering::default(), Need::EveryWord);
        assert_eq!(every("order page"), [1]);
        assert_eq!(every("orders"), [0, 1]);
        assert_eq!(every("order of a teapot"), [0; 0]);
        // Not a substring.
        assert_eq!(every("cha"), [0; 0]);
    }

    #[test]
    fn a_word_may_be_typed_in_part() {
        let typed = |text| found(text, "en", &Steering::default(), Need::EveryWordTyped);
        assert_eq!(typed("deliv"), [2]);
        assert_eq!(typed("order cha"), [0]);
        assert_eq!(typed("cha order"), [0; 0]);
        assert_eq!(typed("i"), [0, 1, 2]);
    }

    #[test]
    fn synonyms_of_the_shop_find_articles_too() {
        let steering = Steering {
            expansions: vec![Expansion {
                start: 0,
                end: 7,
                phrase: "parcel".to_owned(),
                weight: 128,
            }],
            ..Steering::default()
        };
        assert_eq!(found("package", "en", &steering, Need::EveryWord), [1]);
    }
}
