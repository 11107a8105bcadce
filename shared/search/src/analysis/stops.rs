//! Words that say too little to be searched for beside others. They are indexed all the same.

const STOPS: [(&str, &[&str]); 9] = [
    (
        "en",
        &[
            "a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "s",
            "the", "to", "with",
        ],
    ),
    (
        "zh",
        &[
            "的", "和", "与", "a", "an", "and", "for", "of", "the", "to", "with",
        ],
    ),
    (
        "de",
        &[
            "am", "an", "auf", "das", "dem", "den", "der", "die", "ein", "eine", "einen", "einer",
            "fur", "im", "in", "mit", "oder", "und", "vom", "von", "zu", "zum", "zur",
        ],
    ),
    (
        "fr",
        &[
            "a", "au", "aux", "avec", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les",
            "ou", "pour", "un", "une",
        ],
    ),
    (
        "es",
        &[
            "a", "con", "de", "del", "el", "en", "la", "las", "los", "o", "para", "por", "un",
            "una", "y",
        ],
    ),
    (
        "it",
        &[
            "a", "con", "da", "dei", "del", "della", "di", "e", "gli", "i", "il", "in", "la", "le",
            "lo", "o", "per", "un", "una",
        ],
    ),
    (
        "nl",
        &[
            "de", "een", "en", "het", "in", "met", "of", "op", "te", "van", "voor",
        ],
    ),
    (
        "pt",
        &[
            "a", "as", "com", "da", "de", "do", "e", "em", "o", "os", "ou", "para", "um", "uma",
        ],
    ),
    (
        "sv",
        &[
            "av", "den", "det", "en", "ett", "for", "i", "med", "och", "pa", "till",
        ],
    ),
];

/// Whether a folded word is one in a language.
pub fn is_stop_word(language: &str, word: &str) -> bool {
    let language = language.split('-').next().unwrap_or_default();
    let own = STOPS.iter().find(|(code, _)| *code == language);
    own.is_some_and(|(_, words)| words.contains(&word))
}
