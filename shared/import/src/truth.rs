//! Yes and no, as spreadsheets and people write them.
//!
//! A spreadsheet writes the logical values of a cell in the language of its user: a file that was
//! saved in German has `WAHR` where Shopify wrote `TRUE`.

/// Words for yes, in lower case: the logical value of spreadsheets in the languages of Europe,
/// Chinese and Japanese, then what people write.
const YES: [&str; 34] = [
    "true",
    "wahr",
    "vrai",
    "verdadero",
    "verdadeiro",
    "vero",
    "waar",
    "sant",
    "sand",
    "sann",
    "tosi",
    "prawda",
    "pravda",
    "igaz",
    "adevărat",
    "doğru",
    "истина",
    "αληθης",
    "αληθής",
    "真",
    "yes",
    "y",
    "1",
    "on",
    "ja",
    "oui",
    "sí",
    "si",
    "sim",
    "tak",
    "да",
    "是",
    "はい",
    "evet",
];

/// Words for no.
const NO: [&str; 30] = [
    "false",
    "falsch",
    "faux",
    "falso",
    "onwaar",
    "falskt",
    "falsk",
    "usann",
    "epätosi",
    "fałsz",
    "nepravda",
    "hamis",
    "fals",
    "yanliş",
    "yanlış",
    "ложь",
    "ψευδης",
    "ψευδής",
    "假",
    "no",
    "n",
    "0",
    "off",
    "nein",
    "non",
    "não",
    "nie",
    "нет",
    "否",
    "hayır",
];

/// Yes or no; none for another word.
pub(crate) fn read(text: &str) -> Option<bool> {
    let text = text.to_lowercase();
    let is = |words: &[&str]| words.contains(&text.as_str());
    match (is(&YES), is(&NO)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_write_truth_in_their_language() {
        for yes in [
            "TRUE",
            "True",
            "WAHR",
            "VRAI",
            "VERDADERO",
            "ИСТИНА",
            "真",
            "Ja",
            "1",
        ] {
            assert_eq!(read(yes), Some(true), "{yes}");
        }
        for no in ["FALSE", "FALSCH", "FAUX", "FALSO", "ЛОЖЬ", "nein", "0"] {
            assert_eq!(read(no), Some(false), "{no}");
        }
        for word in ["", "maybe", "2", "tr"] {
            assert_eq!(read(word), None, "{word}");
        }
    }

    #[test]
    fn no_word_means_both() {
        assert!(YES.iter().all(|word| !NO.contains(word)));
    }
}
