//! The head of a phrase: what a thing is, and not what it is for, of or like.
//!
//! "Laptop lock" is a lock and 手机壳 is a case. Germanic languages, Chinese and Japanese put the
//! head last, Romance languages first; a preposition, 适用于 and its like end the phrase; marks,
//! measures, colours and packing behind the head are cut off before.

use super::head_words::{ENDS, FILLERS, HEAD_FIRST, MARK_ENDS, RUN_ENDS, RUN_FILLERS};
use super::tokens::Token;

/// Where the head of a phrase ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Place among the tokens.
    pub token: usize,
    /// For a run: characters of it up to the end of the head.
    pub chars: usize,
}

/// A run of so many characters that ends in 色 is a colour.
const COLOUR_CHARS_MAX: usize = 4;

/// The language whose rules a page's language follows.
fn ends(language: &str) -> &'static [&'static str] {
    let language = language.split('-').next().unwrap_or_default();
    let own = ENDS.iter().find(|(code, _)| *code == language);
    own.unwrap_or(&ENDS[0]).1
}

/// The head of a phrase in a language.
pub fn head(tokens: &[Token], language: &str) -> Option<Head> {
    let (end, cut) = phrase_end(tokens, ends(language));
    let chars = |token: usize| match &tokens[token] {
        Token::Run(run) if token + 1 == end => cut.unwrap_or(run.len()),
        Token::Run(run) => run.len(),
        Token::Word(_) | Token::Mark(_) => 0,
    };
    let code = language.split('-').next().unwrap_or_default();
    let is_thing = |&token: &usize| !is_filler(&tokens[token], chars(token));
    let token = match HEAD_FIRST.contains(&code) {
        true => (0..end).find(is_thing)?,
        false => (0..end).rev().find(is_thing)?,
    };
    Some(Head {
        token,
        chars: chars(token),
    })
}

/// How many tokens are before the end of the phrase, and how many characters of the last one when it
/// is a run that is cut.
fn phrase_end(tokens: &[Token], ends: &[&str]) -> (usize, Option<usize>) {
    let mut things = 0;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => {
                let is_end =
                    matches!(word.parts.as_slice(), [one] if ends.contains(&one.text.as_str()));
                if is_end && things > 0 {
                    return (place, None);
                }
                things += 1;
            }
            Token::Mark(mark) if things > 0 && MARK_ENDS.contains(mark) => return (place, None),
            Token::Mark(_) => {}
            Token::Run(run) => {
                let text: String = run.iter().map(|one| one.char).collect();
                let found = RUN_ENDS.iter().filter_map(|end| text.find(end)).min();
                match found {
                    Some(0) if things > 0 => return (place, None),
                    Some(at) if at > 0 => return (place + 1, Some(text[..at].chars().count())),
                    Some(_) | None => things += 1,
                }
            }
        }
    }
    (tokens.len(), None)
}

fn is_filler(token: &Token, chars: usize) -> bool {
    match token {
        Token::Mark(_) => true,
        Token::Word(word) => {
            let is_filler = |text: &str| FILLERS.binary_search(&text).is_ok();
            word.has_digits() || is_filler(&word.joined())
        }
        Token::Run(run) => {
            let text: String = run.iter().take(chars).map(|one| one.char).collect();
            RUN_FILLERS.contains(&text.as_str())
                || (chars <= COLOUR_CHARS_MAX && text.ends_with('色'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{FoldTable, tokens};

    fn shown(text: &str, language: &str) -> String {
        let tokens = tokens(&FoldTable::default(), text);
        match head(&tokens, language) {
            None => String::new(),
            Some(Head { token, chars }) => match &tokens[token] {
                Token::Word(word) => word.joined(),
                Token::Run(run) => run.iter().take(chars).map(|one| one.char).collect(),
                Token::Mark(_) => unreachable!("a mark is no head"),
            },
        }
    }

    #[test]
    fn heads_of_titles_and_queries() {
        for (text, expected) in [
            ("laptop lock", "lock"),
            ("Case for iPhone", "case"),
            (
                "Lexmark 08A0476 toner cartridge Original Black 1 pc(s)",
                "cartridge",
            ),
            (
                "HP Pavilion dv7 Notebook Silver 43.2 cm (17\") 1440 x 900 pixels",
                "notebook",
            ),
            ("StarTech.com 3 ft Patch Cable - 3ft Patch Cord", "cable"),
            ("for iPhone", "iphone"),
            ("42", ""),
        ] {
            assert_eq!(shown(text, "en"), expected, "{text}");
        }
        for (text, expected) in [
            ("苹果手机壳 适用于 iPhone 11", "苹果手机壳"),
            ("充电器适用于华为手机", "充电器"),
            ("小米 游戏手机 深空灰色 8GB", "游戏手机"),
            ("适用于华为手机充电器", "适用于华为手机充电器"),
        ] {
            assert_eq!(shown(text, "zh"), expected, "{text}");
        }
        assert_eq!(shown("Étui pour téléphone", "fr"), "Étui");
        assert_eq!(shown("Lampe mit Schirm", "de"), "lampe");
    }
}
