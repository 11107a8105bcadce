//! How text becomes terms: the same rules for the index and for queries.
//!
//! A term is a string that stands in the dictionary of a language: a stem, the digits of a number, two
//! characters of a run, or one of the marked kinds below. `README.md` has the rules in full.
//!
//! Not here: where words end in Chinese, which the tool marks in the index (`souk-search-build`).

mod fold;
mod head_words;
mod heads;
mod questions;
mod stem;
mod stops;
mod tokens;

pub use fold::FoldTable;
pub use heads::{Head, head};
pub use questions::is_question_word;
pub use stem::Stemmer;
pub use stops::is_stop_word;
pub use tokens::{PART_CHARS_MAX, PARTS_MAX, Part, RunChar, Token, Word, tokens};

/// The number of these rules; an index made by others is built anew.
pub const ANALYSIS: u32 = 2;

/// What the term of an SKU or a barcode begins with.
pub const CODE: char = '\u{1}';
/// What the term of a product's slug begins with.
pub const SLUG: char = '\u{2}';

/// The rules for one language of a shop.
#[derive(Clone)]
pub struct Analyser<'a> {
    /// What characters become.
    pub fold: &'a FoldTable,
    /// The language's code.
    pub language: &'a str,
    stemmer: Stemmer,
}

impl<'a> Analyser<'a> {
    /// The rules for the language with this code.
    pub fn new(fold: &'a FoldTable, language: &'a str) -> Self {
        let stemmer = Stemmer::of(language);
        Self {
            fold,
            language,
            stemmer,
        }
    }

    /// Splits a text.
    pub fn tokens(&self, text: &str) -> Vec<Token> {
        tokens(self.fold, text)
    }

    /// The head of a phrase.
    pub fn head(&self, tokens: &[Token]) -> Option<Head> {
        head(tokens, self.language)
    }

    /// The term of a part.
    pub fn part_term(&self, part: &Part) -> String {
        match part.is_number {
            true => part.text.clone(),
            false => self.stem(&part.text),
        }
    }

    /// The term of a word's parts joined; that of the part where it has one.
    pub fn joined_term(&self, word: &Word) -> String {
        match word.has_digits() {
            true => word.joined(),
            false => self.stem(&word.joined()),
        }
    }

    /// The stem of a folded word of letters.
    pub fn stem(&self, word: &str) -> String {
        self.stemmer.stem(word)
    }

    /// Whether a word says too little to be searched for beside others.
    pub fn is_stop_word(&self, word: &str) -> bool {
        is_stop_word(self.language, word)
    }
}

/// The term of two words that stand beside each other in a title.
pub fn pair_term(first: &str, second: &str) -> String {
    format!("{first} {second}")
}

/// The terms of a run: every two characters beside each other, or the one where it is alone.
pub fn run_terms(run: &[RunChar]) -> Vec<String> {
    match run {
        [one] => vec![one.char.into()],
        _ => run
            .windows(2)
            .map(|pair| pair.iter().map(|one| one.char).collect())
            .collect(),
    }
}

/// The term of an SKU or a barcode: folded letters and digits alone; `None` without any.
pub fn code_term(fold: &FoldTable, code: &str) -> Option<String> {
    let mut term = String::from(CODE);
    for char in code.chars() {
        fold.fold(char, |char| {
            if char.is_alphanumeric() {
                term.push(char);
            }
        });
    }
    (term.len() > CODE.len_utf8()).then_some(term)
}

/// The term of a product's slug.
pub fn slug_term(slug: &str) -> String {
    format!("{SLUG}{slug}")
}
