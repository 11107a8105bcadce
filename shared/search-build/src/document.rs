//! From a product to the terms of one language.

use std::collections::{BTreeMap, BTreeSet};

use souk_catalogue::Product;
use souk_domain::Locale;
use souk_search::analysis::{
    Analyser, Head, RunChar, Token, Word, code_term, pair_term, slug_term,
};
use souk_search::format::{Posting, Readings, kinds};

use crate::plain::plain_text;
use crate::segment::Segmenter;

/// Letters of the shortest word of the lexicon.
const LEXICON_CHARS_MIN: usize = 3;
/// Letters of the longest.
const LEXICON_CHARS_MAX: usize = 24;
/// Characters of the longest Chinese word of the lexicon.
const LEXICON_RUN_CHARS_MAX: usize = 6;
/// Characters of a description that are indexed.
const BODY_BYTES_MAX: usize = 32 * 1024;

/// The fields of a document; the order is that of [`FIELDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Title,
    Keywords,
    Body,
}

/// How much a field counts, and how much its length matters; the formula stands in `README.md` of
/// `souk-search`.
struct FieldRule {
    weight: f64,
    /// From 0, where the length does not matter, to 1.
    b: f64,
    /// The length of a field for which nothing is added or taken off.
    pivot: f64,
}

const FIELDS: [FieldRule; 3] = [
    FieldRule {
        weight: 2.0,
        b: 0.3,
        pivot: 16.0,
    },
    FieldRule {
        weight: 2.0,
        b: 0.3,
        pivot: 6.0,
    },
    FieldRule {
        weight: 1.0,
        b: 0.9,
        pivot: 120.0,
    },
];
/// How soon more of a word counts no more.
const K1: f64 = 3.0;

/// What a document has of a term.
#[derive(Debug, Clone, Default)]
struct TermUse {
    counts: [u32; 3],
    is_head: bool,
    /// Whether it is anywhere more than a piece of two words.
    is_whole: bool,
}

/// A document in one language.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// By term; the place of the document is 0.
    pub(crate) terms: BTreeMap<String, Posting>,
    /// Keys of the lexicon.
    pub(crate) lexicon: BTreeSet<String>,
}

/// Makes documents of one language.
pub(crate) struct Documents<'a> {
    pub(crate) analyser: Analyser<'a>,
    pub(crate) locale: Locale,
    pub(crate) segmenter: &'a Segmenter,
    pub(crate) readings: &'a Readings,
}

#[derive(Default)]
struct Collected {
    uses: BTreeMap<String, TermUse>,
    lengths: [u32; 3],
}

impl Collected {
    fn add(&mut self, term: String, field: Field, is_whole: bool) {
        let one = self.uses.entry(term).or_default();
        one.counts[field as usize] += 1;
        one.is_whole |= is_whole;
    }
}

impl Documents<'_> {
    /// The terms and the words of a product.
    pub(crate) fn of(&self, product: &Product) -> Document {
        let mut found = Collected::default();
        let title = self.analyser.tokens(product.title.get(self.locale));
        self.add_tokens(&mut found, &title, Field::Title);
        self.add_pairs(&mut found, &title);
        for text in keywords(product, self.locale) {
            let tokens = self.analyser.tokens(text);
            self.add_tokens(&mut found, &tokens, Field::Keywords);
        }
        let body = plain_text(product.description_html.get(self.locale));
        let body = &body[..body.floor_char_boundary(BODY_BYTES_MAX)];
        self.add_tokens(&mut found, &self.analyser.tokens(body), Field::Body);
        let vendor = self.analyser.tokens(&product.vendor);
        let kind = self.analyser.tokens(product.product_type.get(self.locale));
        for tokens in [&title, &kind] {
            if let Some(head) = self.analyser.head(tokens)
                && vendor
                    .first()
                    .is_none_or(|first| !is_same_word(first, &tokens[head.token]))
            {
                self.mark_head(&mut found, tokens, head);
            }
        }
        let mut terms: BTreeMap<_, _> = found
            .uses
            .iter()
            .map(|(term, one)| (term.clone(), posting(one, &found.lengths)))
            .collect();
        let exact = Posting {
            document: 0,
            impact: u8::MAX,
            is_head: false,
            is_piece: false,
        };
        for variant in &product.variants {
            let codes = [
                Some(&variant.sku),
                variant.merchant_sku.as_ref(),
                variant.barcode.as_ref(),
            ];
            for code in codes.into_iter().flatten() {
                if let Some(term) = code_term(self.analyser.fold, code) {
                    terms.insert(term, exact);
                }
            }
        }
        terms.insert(slug_term(&product.slug), exact);
        Document {
            terms,
            lexicon: self.lexicon(product),
        }
    }

    /// The keys that a product has in the lexicon.
    pub(crate) fn lexicon(&self, product: &Product) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let title = product.title.get(self.locale);
        for text in std::iter::once(title).chain(keywords(product, self.locale)) {
            for token in self.analyser.tokens(text) {
                match token {
                    Token::Word(word) => add_words(&mut keys, &word),
                    Token::Run(run) => self.add_run_words(&mut keys, &run),
                    Token::Mark(_) => {}
                }
            }
        }
        keys
    }

    fn add_tokens(&self, found: &mut Collected, tokens: &[Token], field: Field) {
        for token in tokens {
            match token {
                Token::Word(word) => {
                    for part in &word.parts {
                        found.add(self.analyser.part_term(part), field, true);
                    }
                    found.lengths[field as usize] += count(word.parts.len());
                    if word.is_joined() {
                        found.add(self.analyser.joined_term(word), field, true);
                    }
                }
                Token::Run(run) => self.add_run(found, run, field),
                Token::Mark(_) => {}
            }
        }
    }

    fn add_run(&self, found: &mut Collected, run: &[RunChar], field: Field) {
        found.lengths[field as usize] += count(run.len().saturating_sub(1).max(1));
        if let [one] = run {
            return found.add(one.char.into(), field, true);
        }
        let words = self.segmenter.words(run);
        for (place, pair) in run.windows(2).enumerate() {
            let is_whole = words
                .iter()
                .any(|word| !word.is_opaque && word.start <= place && place + 2 <= word.end);
            let term = pair.iter().map(|one| one.char).collect();
            found.add(term, field, is_whole);
        }
        for word in words.iter().filter(|word| word.end - word.start == 1) {
            found.add(run[word.start].char.into(), field, true);
        }
    }

    fn add_pairs(&self, found: &mut Collected, tokens: &[Token]) {
        let mut before: Option<(String, bool)> = None;
        for token in tokens {
            let Token::Word(word) = token else {
                before = None;
                continue;
            };
            for (at, part) in word.parts.iter().enumerate() {
                let term = self.analyser.part_term(part);
                // A number before another word is a measure or a count, and says nothing with it.
                let pairs = |before: &(String, bool)| at > 0 || !before.1;
                if let Some((before, _)) = before.filter(pairs) {
                    found.add(pair_term(&before, &term), Field::Title, true);
                }
                before = Some((term, part.is_number));
            }
        }
    }

    fn mark_head(&self, found: &mut Collected, tokens: &[Token], head: Head) {
        let terms = match &tokens[head.token] {
            Token::Word(word) => {
                let last = word.parts.last().map(|part| self.analyser.part_term(part));
                last.into_iter()
                    .chain([self.analyser.joined_term(word)])
                    .collect()
            }
            Token::Run(run) => {
                let run = &run[..head.chars.min(run.len())];
                let pair = &run[run.len().saturating_sub(2)..];
                vec![pair.iter().map(|one| one.char).collect()]
            }
            Token::Mark(_) => Vec::new(),
        };
        for term in terms {
            if let Some(one) = found.uses.get_mut(&term) {
                one.is_head = true;
            }
        }
    }

    fn add_run_words(&self, keys: &mut BTreeSet<String>, run: &[RunChar]) {
        for word in self.segmenter.words(run) {
            let chars = &run[word.start..word.end];
            if !(2..=LEXICON_RUN_CHARS_MAX).contains(&chars.len()) {
                continue;
            }
            let text: String = chars.iter().map(|one| one.char).collect();
            let syllables: Option<Vec<&str>> =
                chars.iter().map(|one| self.readings.of(one.char)).collect();
            keys.insert(format!("{}{text}", kinds::RUN));
            if let Some(syllables) = syllables {
                let initials: String = syllables.iter().map(|one| &one[..1]).collect();
                let whole = syllables.concat();
                let separator = kinds::SEPARATOR;
                keys.insert(format!("{}{whole}{separator}{text}", kinds::PINYIN));
                keys.insert(format!("{}{initials}{separator}{text}", kinds::INITIALS));
            }
        }
    }
}

/// What a product is found by beside its title and its description.
fn keywords(product: &Product, locale: Locale) -> impl Iterator<Item = &str> {
    let mut seen = BTreeSet::new();
    let options = product
        .variants
        .iter()
        .flat_map(|variant| &variant.option_values);
    let options = options
        .map(move |text| text.get(locale))
        .filter(move |text| seen.insert(*text));
    [product.product_type.get(locale), product.vendor.as_str()]
        .into_iter()
        .chain(product.tags.iter().map(String::as_str))
        .chain(options)
}

fn add_words(keys: &mut BTreeSet<String>, word: &Word) {
    let mut add = |text: &str| {
        if (LEXICON_CHARS_MIN..=LEXICON_CHARS_MAX).contains(&text.chars().count()) {
            keys.insert(format!("{}{text}", kinds::WORD));
        }
    };
    for part in word.parts.iter().filter(|part| !part.is_number) {
        add(&part.text);
    }
    if word.parts.len() > 1 && !word.has_digits() {
        add(&word.joined());
    }
}

fn is_same_word(a: &Token, b: &Token) -> bool {
    match (a, b) {
        (Token::Word(a), Token::Word(b)) => a.joined() == b.joined(),
        _ => false,
    }
}

fn posting(one: &TermUse, lengths: &[u32; 3]) -> Posting {
    let fields = one.counts.iter().zip(lengths).zip(&FIELDS);
    let weighted: f64 = fields
        .map(|((&count, &length), rule)| {
            let norm = 1.0 - rule.b + rule.b * f64::from(length) / rule.pivot;
            rule.weight * f64::from(count) / norm
        })
        .sum();
    let impact = (255.0 * weighted / (weighted + K1))
        .round()
        .clamp(1.0, 255.0);
    Posting {
        document: 0,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is 1 to 255"
        )]
        impact: impact as u8,
        is_head: one.is_head,
        is_piece: !one.is_whole,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
