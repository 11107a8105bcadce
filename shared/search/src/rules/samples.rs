//! An analyser for tests.

/// Words in lower case without a plural `s`; Chinese as pairs of characters.
pub(super) fn terms(text: &str) -> Vec<String> {
    let words = text.split(|one: char| !one.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    let terms = words.flat_map(|word| {
        let letters: Vec<char> = word.chars().collect();
        match letters[0] > '\u{2E80}' && letters.len() > 1 {
            true => letters
                .windows(2)
                .map(|pair| pair.iter().collect())
                .collect(),
            false => vec![word.to_lowercase().trim_end_matches('s').to_owned()],
        }
    });
    terms.collect()
}

pub(super) fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}
