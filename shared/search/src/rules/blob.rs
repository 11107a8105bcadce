//! The blob: a row for each rule.
//!
//! All rows have one shape, lists of texts and some small numbers: a derived decoder for each kind of
//! rule would be twice the code in the function. A reader skips rows of a kind that it does not know.
//!
//! Invariant: a blob that names a language which it does not have is refused.

use souk_catalogue::DecodeError;

use crate::format::{ByteReader, new_blob, put_bytes, put_count, put_texts};

use super::{
    Action, BLOB_BYTES_MAX, Boost, BoostOf, QueryFilter, QueryRule, RelatedTypes, SearchRules,
    SoldOut, StopWords, Synonyms,
};

const WHAT: &str = "list of search rules";

#[derive(Debug, Default)]
struct Row {
    /// One of the constants below.
    kind: u8,
    language: Option<u8>,
    /// Bits, or a number below eight.
    flags: u8,
    texts: Vec<Vec<String>>,
    numbers: (Option<i64>, Option<i64>),
}

impl Row {
    fn fields(&self) -> Vec<u8> {
        // No language is 0, the first one 1.
        let language = self.language.map_or(0, |place| place.saturating_add(1));
        let mut out = vec![self.kind, language, self.flags];
        put_count(&mut out, self.texts.len());
        self.texts.iter().for_each(|list| put_texts(&mut out, list));
        for number in <[_; 2]>::from(self.numbers) {
            put_count(&mut out, number.iter().len());
            out.extend(number.iter().flat_map(|number| number.to_le_bytes()));
        }
        out
    }

    fn read(reader: &mut ByteReader<'_>) -> Result<Self, DecodeError> {
        let (kind, language, flags) = (reader.byte()?, reader.byte()?, reader.byte()?);
        let mut texts = Vec::new();
        for _ in 0..reader.count()? {
            texts.push(reader.texts()?);
        }
        let mut number = || {
            Ok(match reader.count()? {
                0 => None,
                _ => Some(i64::from_le_bytes(reader.eight()?)),
            })
        };
        Ok(Self {
            kind,
            language: language.checked_sub(1),
            flags,
            texts,
            numbers: (number()?, number()?),
        })
    }
}

fn encode_rows(rows: &[Row]) -> Vec<u8> {
    let mut out = new_blob();
    put_count(&mut out, rows.len());
    for row in rows {
        put_bytes(&mut out, &row.fields());
    }
    out
}

/// The codes of the languages.
const LANGUAGES: u8 = 0;
/// Words, and what they find.
const SYNONYMS: u8 = 1;
/// A type, and the related ones.
const RELATED: u8 = 2;
/// A query, and slugs.
const PINS: u8 = 3;
const HIDES: u8 = 4;
/// A query, the collection, types, vendors, tags, and for each option its name before its values.
const FILTERS: u8 = 5;
/// A query, and the path.
const REDIRECTS: u8 = 6;
/// A name.
const BOOSTS: u8 = 7;
const STOP_WORDS: u8 = 8;
const SOLD_OUT: u8 = 9;

/// Bits of synonyms.
const IS_BASE: u8 = 1;
/// Bits of rules of queries.
const IS_CONTAINED: u8 = 1;
const IN_STOCK: u8 = 2;
const DROPS_WORDS: u8 = 4;

impl SearchRules {
    /// The blob.
    pub fn encode(&self) -> Vec<u8> {
        let mut rows = vec![
            Row {
                kind: LANGUAGES,
                texts: vec![self.languages.clone()],
                ..Row::default()
            },
            Row {
                kind: SOLD_OUT,
                flags: match self.sold_out {
                    SoldOut::Show => 0,
                    SoldOut::Last => 1,
                    SoldOut::Hide => 2,
                },
                ..Row::default()
            },
        ];
        rows.extend(self.synonyms.iter().map(|one| Row {
            kind: SYNONYMS,
            language: one.language,
            flags: if one.is_base { IS_BASE } else { 0 },
            texts: match one.finds.is_empty() {
                true => vec![one.words.clone()],
                false => vec![one.words.clone(), one.finds.clone()],
            },
            ..Row::default()
        }));
        rows.extend(self.related.iter().map(|one| Row {
            kind: RELATED,
            texts: vec![vec![one.product_type.clone()], one.related.clone()],
            ..Row::default()
        }));
        rows.extend(self.queries.iter().map(of_query));
        rows.extend(self.boosts.iter().map(of_boost));
        rows.extend(self.stop_words.iter().map(|one| Row {
            kind: STOP_WORDS,
            language: Some(one.language),
            texts: vec![one.words.clone()],
            ..Row::default()
        }));
        encode_rows(&rows)
    }

    /// # Errors
    /// When the blob is not a list of rules, or larger than one may be.
    pub fn decode(blob: &[u8]) -> Result<Self, DecodeError> {
        if blob.len() > BLOB_BYTES_MAX {
            return Err(wrong("it is too large"));
        }
        let mut reader = ByteReader::of_blob(WHAT, blob)?;
        let mut rules = Self::default();
        for _ in 0..reader.count()? {
            rules.add(Row::read(&mut reader.record()?)?)?;
        }
        Ok(rules)
    }

    fn add(&mut self, row: Row) -> Result<(), DecodeError> {
        let language = row.language;
        if language.is_some_and(|place| usize::from(place) >= self.languages.len()) {
            return Err(wrong("it has not the language of a rule"));
        }
        let mut lists = row.texts.into_iter();
        let mut list = || lists.next().unwrap_or_default();
        let has = |flag| row.flags & flag != 0;
        let numbers = row.numbers;
        match row.kind {
            LANGUAGES => self.languages = list(),
            SOLD_OUT => {
                self.sold_out = match row.flags {
                    1 => SoldOut::Last,
                    2 => SoldOut::Hide,
                    _ => SoldOut::Show,
                }
            }
            SYNONYMS => self.synonyms.push(Synonyms {
                language,
                words: list(),
                finds: list(),
                is_base: has(IS_BASE),
            }),
            RELATED => self.related.push(RelatedTypes {
                product_type: one(list()),
                related: list(),
            }),
            BOOSTS => self.boosts.push(Boost {
                percent: numbers.0.and_then(|n| u16::try_from(n).ok()).unwrap_or(100),
                of: {
                    let name = one(list());
                    match row.flags {
                        0 => BoostOf::Type(name),
                        1 => BoostOf::Vendor(name),
                        2 => BoostOf::Tag(name),
                        _ => BoostOf::Collection(name),
                    }
                },
            }),
            STOP_WORDS => self.stop_words.push(StopWords {
                language: language.ok_or_else(|| wrong("stop words have no language"))?,
                words: list(),
            }),
            kind @ (PINS | HIDES | FILTERS | REDIRECTS) => {
                let query = one(list());
                let action = match kind {
                    PINS => Action::Pin(list()),
                    HIDES => Action::Hide(list()),
                    REDIRECTS => Action::Redirect(one(list())),
                    _ => Action::Filter(QueryFilter {
                        collection: list().into_iter().next(),
                        types: list(),
                        vendors: list(),
                        tags: list(),
                        options: lists.filter_map(option).collect(),
                        price_min_minor: numbers.0,
                        price_max_minor: numbers.1,
                        in_stock: has(IN_STOCK),
                        drops_words: has(DROPS_WORDS),
                    }),
                };
                self.queries.push(QueryRule {
                    language,
                    query,
                    is_contained: has(IS_CONTAINED),
                    action,
                });
            }
            _ => {}
        }
        Ok(())
    }
}

fn wrong(reason: &str) -> DecodeError {
    DecodeError {
        what: WHAT,
        reason: reason.to_owned(),
    }
}

fn one(list: Vec<String>) -> String {
    list.into_iter().next().unwrap_or_default()
}

/// The name of an option, and its values.
fn option(mut list: Vec<String>) -> Option<(String, Vec<String>)> {
    (!list.is_empty()).then(|| (list.remove(0), list))
}

fn of_query(rule: &QueryRule) -> Row {
    let mut texts = vec![vec![rule.query.clone()]];
    let mut flags = if rule.is_contained { IS_CONTAINED } else { 0 };
    let mut numbers = (None, None);
    let kind = match &rule.action {
        Action::Pin(slugs) => {
            texts.push(slugs.clone());
            PINS
        }
        Action::Hide(slugs) => {
            texts.push(slugs.clone());
            HIDES
        }
        Action::Redirect(path) => {
            texts.push(vec![path.clone()]);
            REDIRECTS
        }
        Action::Filter(filter) => {
            texts.push(filter.collection.iter().cloned().collect());
            texts.extend([&filter.types, &filter.vendors, &filter.tags].map(Clone::clone));
            texts.extend(filter.options.iter().map(|(name, values)| {
                let name = std::iter::once(name);
                name.chain(values).cloned().collect()
            }));
            flags |= if filter.in_stock { IN_STOCK } else { 0 };
            flags |= if filter.drops_words { DROPS_WORDS } else { 0 };
            numbers = (filter.price_min_minor, filter.price_max_minor);
            FILTERS
        }
    };
    Row {
        kind,
        language: rule.language,
        flags,
        texts,
        numbers,
    }
}

fn of_boost(boost: &Boost) -> Row {
    let (flags, name) = match &boost.of {
        BoostOf::Type(name) => (0, name),
        BoostOf::Vendor(name) => (1, name),
        BoostOf::Tag(name) => (2, name),
        BoostOf::Collection(name) => (3, name),
    };
    Row {
        kind: BOOSTS,
        flags,
        texts: vec![vec![name.clone()]],
        numbers: (Some(i64::from(boost.percent)), None),
        ..Row::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn rules() -> SearchRules {
        let rule = |query: &str, is_contained, action| QueryRule {
            language: Some(1),
            query: query.to_owned(),
            is_contained,
            action,
        };
        let boost = |of, percent| Boost { of, percent };
        SearchRules {
            languages: texts(&["de", "en"]),
            synonyms: vec![
                Synonyms {
                    language: Some(0),
                    words: texts(&["Kanne", "Krug"]),
                    is_base: true,
                    ..Synonyms::default()
                },
                Synonyms {
                    words: texts(&["Geschirr"]),
                    finds: texts(&["Tasse", "Teller"]),
                    ..Synonyms::default()
                },
            ],
            related: vec![RelatedTypes {
                product_type: "Tee".to_owned(),
                related: texts(&["Kannen"]),
            }],
            queries: vec![
                rule("gift", true, Action::Pin(texts(&["a", "b"]))),
                rule("", false, Action::Hide(texts(&["c"]))),
                rule(
                    "returns",
                    false,
                    Action::Redirect("/pages/returns".to_owned()),
                ),
                rule(
                    "red",
                    true,
                    Action::Filter(QueryFilter {
                        collection: Some("tea".to_owned()),
                        types: texts(&["Mugs"]),
                        vendors: texts(&["Low Kiln"]),
                        tags: texts(&["new", "sale"]),
                        options: vec![
                            ("Colour".to_owned(), texts(&["Red", "Pink"])),
                            ("Size".to_owned(), texts(&["L"])),
                        ],
                        price_min_minor: Some(100),
                        price_max_minor: None,
                        in_stock: true,
                        drops_words: true,
                    }),
                ),
                rule("x", false, Action::Filter(QueryFilter::default())),
            ],
            boosts: vec![
                boost(BoostOf::Type("Tee".to_owned()), 50),
                boost(BoostOf::Vendor("Werk".to_owned()), 110),
                boost(BoostOf::Tag("neu".to_owned()), 120),
                boost(BoostOf::Collection("tee".to_owned()), 200),
            ],
            stop_words: vec![StopWords {
                language: 1,
                words: texts(&["the"]),
            }],
            sold_out: SoldOut::Last,
        }
    }

    #[test]
    fn rules_come_back_from_their_blob() {
        let hide = SearchRules {
            sold_out: SoldOut::Hide,
            ..SearchRules::default()
        };
        for rules in [rules(), hide, SearchRules::default()] {
            assert_eq!(SearchRules::decode(&rules.encode()).unwrap(), rules);
        }
    }

    #[test]
    fn a_blob_that_is_cut_or_too_large_or_names_no_language_is_refused() {
        let blob = rules().encode();
        for length in 0..blob.len() {
            assert!(SearchRules::decode(&blob[..length]).is_err(), "{length}");
        }
        let mut nowhere = rules();
        nowhere.languages.clear();
        assert!(SearchRules::decode(&nowhere.encode()).is_err());
        let mut large = rules();
        large.languages.push("x".repeat(BLOB_BYTES_MAX));
        assert!(SearchRules::decode(&large.encode()).is_err());
    }

    #[test]
    fn a_damaged_blob_is_an_error_or_other_rules_and_never_a_panic() {
        let blob = rules().encode();
        for at in 0..blob.len() {
            for bit in 0..8 {
                let mut damaged = blob.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(rules) = SearchRules::decode(&damaged) {
                    let words = |text: &str| vec![text.to_owned()];
                    let loaded = Arc::new(rules).load("en", &words);
                    loaded.matched(&["red"]);
                    assert!(loaded.boost_percent(|_| true) >= 50);
                }
            }
        }
    }

    #[test]
    fn a_row_of_a_kind_that_is_not_known_is_skipped() {
        let row = Row {
            kind: 200,
            ..Row::default()
        };
        let rules = SearchRules::decode(&encode_rows(&[row])).unwrap();
        assert_eq!(rules, SearchRules::default());
    }
}
