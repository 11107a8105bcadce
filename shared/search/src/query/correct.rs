//! What is tried where little has all words: other spellings, pinyin, characters that are read alike.

use souk_catalogue::{DecodeError, Hash};

use crate::analysis::{Analyser, Token, run_terms};
use crate::format::{LexiconPage, PageIndex, Readings, kinds};
use crate::query::gather::Session;
use crate::query::order::{sort_by, sort_once};
use crate::query::request::CorrectionKind;
use crate::query::score::Scores;
use crate::query::store::{ReadBlobs, SearchError};
use crate::query::typos::{CANDIDATES_MAX, TYPO_CHARS_MIN, Typos};
use crate::query::words::{Form, QueryWord};

/// What a corrected word counts beside one that was typed so, of 256.
const TYPO_WEIGHT: u16 = 180;
const PINYIN_WEIGHT: u16 = 240;
const HOMOPHONE_WEIGHT: u16 = 200;

/// Adds forms to words that nothing has; where every word is known and no document has all of them,
/// to all. A word with a synonym is spelled as it should be, and gets none. Gives whether there is a
/// new one.
pub(crate) async fn add_corrections<S: ReadBlobs>(
    session: &mut Session<'_, S>,
    analyser: &Analyser<'_>,
    words: &mut [QueryWord],
    scores: &Scores,
) -> Result<bool, SearchError<S::Error>> {
    let nothing = scores.found(scores.required) == 0;
    let is_unknown =
        |place: usize| scores.required >> place & 1 == 1 && scores.found(1 << place) == 0;
    let any_unknown = (0..words.len().min(31)).any(is_unknown);
    let suspects: Vec<usize> = (0..words.len().min(31))
        .filter(|&place| !words[place].is_bonus && !words[place].has_synonym)
        .filter(|&place| is_unknown(place) || (nothing && !any_unknown))
        .collect();
    if suspects.is_empty() {
        return Ok(false);
    }
    let mut keys = Vec::new();
    let readings = match suspects.iter().any(|&place| words[place].word.is_none()) {
        true => session.root.readings,
        false => None,
    };
    session.fetched.read(readings.into_iter().collect()).await?;
    let readings = match readings {
        Some(hash) => Readings::decode(session.fetched.get(hash)?)?,
        None => Readings::default(),
    };
    for &place in &suspects {
        keys.extend(reading_key(&words[place], &readings));
    }
    sort_once(&mut keys);
    let is_spelled = suspects.iter().any(|&place| words[place].word.is_some());
    let mut pages: Vec<Hash> = Vec::new();
    for index in lexicons(session) {
        pages.extend(keys.iter().flat_map(|key| index.pages_of(key)));
        if is_spelled {
            pages.extend(index.pages_of(&kinds::WORD.to_string()));
        }
    }
    session.fetched.read(pages).await?;
    let mut is_new = false;
    for place in suspects {
        let forms = match words[place].word.is_some() {
            true => spelled(session, analyser, &words[place])?,
            false => read_alike(session, &words[place], &readings)?,
        };
        is_new |= !forms.is_empty();
        forms.into_iter().for_each(|form| words[place].add(form));
    }
    Ok(is_new)
}

/// The lexicons of every run in the language of the query.
pub(crate) fn lexicons<'a, S: ReadBlobs>(session: &Session<'a, S>) -> Vec<&'a PageIndex> {
    let language = session.language();
    session
        .root
        .runs
        .iter()
        .map(|run| &run.dictionaries[language].lexicon)
        .collect()
}

/// The beginning of the keys of what is read as a word.
fn reading_key(word: &QueryWord, readings: &Readings) -> Option<String> {
    let reading = match &word.word {
        Some(_) if word.is_letters() => word.text.clone(),
        Some(_) => return None,
        None => word
            .text
            .chars()
            .map(|char| readings.of(char))
            .collect::<Option<String>>()?,
    };
    Some(format!("{}{reading}{}", kinds::PINYIN, kinds::SEPARATOR))
}

/// What entries of the lexicon whose keys begin with `prefix` end in, with how many documents have
/// each, sorted; only pages that were read.
pub(crate) fn entries<S: ReadBlobs>(
    session: &Session<'_, S>,
    prefix: &str,
) -> Result<Vec<(String, i64)>, DecodeError> {
    let mut found: Vec<(String, i64)> = Vec::new();
    for index in lexicons(session) {
        let mut own = Vec::new();
        for page in index.pages_of(prefix) {
            LexiconPage::decode(session.fetched.get(page)?)?.walk(|entry| {
                if let Some(rest) = entry.key.strip_prefix(prefix.as_bytes()) {
                    if let Ok(rest) = std::str::from_utf8(rest) {
                        let count = i64::from(entry.added) - i64::from(entry.removed);
                        own.push((rest.to_owned(), count));
                    }
                    return true;
                }
                entry.key < prefix.as_bytes()
            })?;
        }
        found = sums(found, own);
    }
    found.retain(|(_, count)| *count > 0);
    Ok(found)
}

/// Two sorted lists of counts as one.
fn sums(a: Vec<(String, i64)>, b: Vec<(String, i64)>) -> Vec<(String, i64)> {
    if a.is_empty() {
        return b;
    }
    let mut sums: Vec<(String, i64)> = Vec::with_capacity(a.len() + b.len());
    let mut a = a.into_iter().peekable();
    for (text, count) in b {
        while let Some(before) = a.next_if(|(known, _)| *known < text) {
            sums.push(before);
        }
        let same = a.next_if(|(known, _)| *known == text);
        sums.push((text, same.map_or(0, |(_, count)| count) + count));
    }
    sums.extend(a);
    sums
}

/// The texts of the most documents.
pub(crate) fn most(mut found: Vec<(String, i64)>, limit: usize) -> Vec<String> {
    sort_by(&mut found, &|a, b| {
        b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))
    });
    found
        .into_iter()
        .take(limit)
        .map(|(text, _)| text)
        .collect()
}

fn run_form(
    text: &str,
    weight: u16,
    kind: CorrectionKind,
    analyser_runs: &[Token],
) -> Option<Form> {
    let [Token::Run(run)] = analyser_runs else {
        return None;
    };
    Some(Form {
        terms: run_terms(run),
        weight,
        correction: Some((kind, text.to_owned())),
    })
}

/// Chinese words that are read as a Latin word, and words that are nearly it.
fn spelled<S: ReadBlobs>(
    session: &Session<'_, S>,
    analyser: &Analyser<'_>,
    query: &QueryWord,
) -> Result<Vec<Form>, DecodeError> {
    let mut forms = Vec::new();
    let Some(word) = &query.word else {
        return Ok(forms);
    };
    if let Some(key) = reading_key(query, &Readings::default()) {
        for text in most(entries(session, &key)?, CANDIDATES_MAX) {
            let tokens = analyser.tokens(&text);
            forms.extend(run_form(
                &text,
                PINYIN_WEIGHT,
                CorrectionKind::Pinyin,
                &tokens,
            ));
        }
    }
    if !forms.is_empty() {
        return Ok(forms);
    }
    let form = |terms, text| Form {
        terms,
        weight: TYPO_WEIGHT,
        correction: Some((CorrectionKind::Typo, text)),
    };
    for text in nearest(session, &word.joined())? {
        forms.push(form(vec![analyser.stem(&text)], text));
    }
    if word.parts.len() > 1 {
        for (place, part) in word
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| !part.is_number)
        {
            let own = analyser.part_term(part);
            if part.text.chars().count() < TYPO_CHARS_MIN
                || session.hits(&own).is_some_and(|hits| hits.count > 0)
            {
                continue;
            }
            for text in nearest(session, &part.text)? {
                let mut terms: Vec<_> = word
                    .parts
                    .iter()
                    .map(|part| analyser.part_term(part))
                    .collect();
                terms[place] = analyser.stem(&text);
                forms.push(form(terms, text));
            }
        }
    }
    Ok(forms)
}

fn nearest<S: ReadBlobs>(session: &Session<'_, S>, word: &str) -> Result<Vec<String>, DecodeError> {
    let Some(mut typos) = Typos::near(word) else {
        return Ok(Vec::new());
    };
    for index in lexicons(session) {
        for page in index.pages_of(&kinds::WORD.to_string()) {
            typos.walk(&LexiconPage::decode(session.fetched.get(page)?)?)?;
        }
    }
    Ok(typos.best())
}

/// Other Chinese words that are read as one.
fn read_alike<S: ReadBlobs>(
    session: &Session<'_, S>,
    query: &QueryWord,
    readings: &Readings,
) -> Result<Vec<Form>, DecodeError> {
    let Some(key) = reading_key(query, readings) else {
        return Ok(Vec::new());
    };
    let mut found = entries(session, &key)?;
    found.retain(|(text, _)| *text != query.text);
    let forms = most(found, CANDIDATES_MAX).into_iter().map(|text| Form {
        terms: pairs(&text),
        weight: HOMOPHONE_WEIGHT,
        correction: Some((CorrectionKind::Homophone, text)),
    });
    Ok(forms.collect())
}

/// Every two characters beside each other.
fn pairs(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(2).map(|pair| pair.iter().collect()).collect()
}
