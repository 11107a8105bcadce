//! Splitting of text: words of letters and digits with their parts, and runs of scripts that put no
//! spaces between words.
//!
//! The rules are exact and short so that another program can follow them: see the crate's
//! `README.md`.

use super::fold::FoldTable;

/// Characters of a part that count; what follows them is left out.
pub const PART_CHARS_MAX: usize = 40;
/// Parts of one word that count.
pub const PARTS_MAX: usize = 8;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Letters and digits, with the hyphens, points and lines between them.
    Word(Word),
    /// Characters of a script without spaces, in their order.
    Run(Vec<RunChar>),
    /// A mark that separates: what it is.
    Mark(char),
}

/// Letters and digits without a space between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Folded; each of letters alone or of digits alone.
    pub parts: Vec<Part>,
    /// Bytes of the text that it takes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Folded.
    pub text: String,
    /// Whether it is of digits.
    pub is_number: bool,
    /// Bytes of the text that it takes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// A character of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunChar {
    /// Folded.
    pub char: char,
    /// Bytes of the text that it takes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Word {
    /// Its parts without what joins them.
    pub fn joined(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }

    /// Whether its parts joined are a term of their own: there are several, and not all are numbers.
    pub fn is_joined(&self) -> bool {
        self.parts.len() > 1 && self.parts.iter().any(|part| !part.is_number)
    }

    /// Whether a digit is in it.
    pub fn has_digits(&self) -> bool {
        self.parts.iter().any(|part| part.is_number)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Run,
    Joiner,
    Apostrophe,
    Space,
    Mark,
}

fn class(char: char) -> Class {
    match char {
        '-' | '.' | '_' => Class::Joiner,
        '\'' | '\u{2019}' => Class::Apostrophe,
        'a'..='z' => Class::Letter,
        '0'..='9' => Class::Digit,
        _ if char.is_ascii() => match char.is_ascii_whitespace() {
            true => Class::Space,
            false => Class::Mark,
        },
        _ if is_run(char) => Class::Run,
        _ if char.is_numeric() => Class::Digit,
        _ if char.is_alphabetic() || is_indic(char) => Class::Letter,
        _ if char.is_whitespace() => Class::Space,
        _ => Class::Mark,
    }
}

/// Scripts without spaces, or with words so long that pairs find more: Han, kana, Hangul, Thai, Lao,
/// Myanmar, Khmer.
fn is_run(char: char) -> bool {
    matches!(u32::from(char),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005..=0x3007 | 0x3040..=0x30FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0x20000..=0x323AF)
}

/// The scripts of India, with the signs that Unicode does not count as letters.
fn is_indic(char: char) -> bool {
    matches!(u32::from(char), 0x0900..=0x0DFF)
}

/// Splits a text.
pub fn tokens(table: &FoldTable, text: &str) -> Vec<Token> {
    let mut splitter = Splitter::default();
    for (start, char) in text.char_indices() {
        let end = start + char.len_utf8();
        table.fold(char, |char| splitter.put(char, start, end));
    }
    splitter.finish()
}

#[derive(Default)]
struct Splitter {
    tokens: Vec<Token>,
    word: Option<Word>,
    /// A joiner or an apostrophe that stands directly behind the word.
    joiner: Option<char>,
}

impl Splitter {
    fn put(&mut self, char: char, start: usize, end: usize) {
        match class(char) {
            Class::Letter => self.put_part(char, false, start, end),
            Class::Digit => self.put_part(char, true, start, end),
            Class::Run => {
                self.close();
                let one = RunChar { char, start, end };
                match self.tokens.last_mut() {
                    Some(Token::Run(run))
                        if run
                            .last()
                            .is_some_and(|last| last.end == start || last.start == start) =>
                    {
                        run.push(one);
                    }
                    _ => self.tokens.push(Token::Run(vec![one])),
                }
            }
            Class::Joiner | Class::Apostrophe if self.word.is_some() && self.joiner.is_none() => {
                self.joiner = Some(char);
            }
            Class::Joiner | Class::Apostrophe | Class::Mark => {
                self.close();
                self.tokens.push(Token::Mark(char));
            }
            Class::Space => self.close(),
        }
    }

    fn put_part(&mut self, char: char, is_number: bool, start: usize, end: usize) {
        let joiner = self.joiner.take();
        if joiner.is_some_and(|joiner| class(joiner) == Class::Apostrophe) {
            self.close_after_apostrophe();
        }
        let word = self.word.get_or_insert_with(|| Word {
            parts: Vec::new(),
            start,
            end,
        });
        word.end = end;
        let has_room = word.parts.len() < PARTS_MAX;
        match word.parts.last_mut() {
            Some(part) if part.is_number == is_number && joiner.is_none() => {
                if part.text.chars().count() < PART_CHARS_MAX {
                    part.text.push(char);
                }
                part.end = end;
            }
            _ if has_room => word.parts.push(Part {
                text: char.into(),
                is_number,
                start,
                end,
            }),
            _ => {}
        }
    }

    /// What stands before an apostrophe is a word of its own.
    fn close_after_apostrophe(&mut self) {
        self.close();
        self.tokens.push(Token::Mark('\''));
    }

    fn close(&mut self) {
        if let Some(word) = self.word.take() {
            let after_apostrophe = matches!(self.tokens.last(), Some(Token::Mark('\'')));
            if after_apostrophe {
                self.tokens.pop();
            }
            // The "s" of "men's" is no word.
            let is_s = matches!(word.parts.as_slice(), [one] if one.text == "s");
            if !(after_apostrophe && is_s) {
                self.tokens.push(Token::Word(word));
            }
        }
        if let Some(joiner) = self.joiner.take() {
            // A hyphen or a point behind a word ends it, and separates.
            self.tokens.push(Token::Mark(match class(joiner) {
                Class::Apostrophe => '"',
                _ => joiner,
            }));
        }
    }

    fn finish(mut self) -> Vec<Token> {
        self.close();
        self.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let table = FoldTable::default();
        let shown = tokens(&table, text).into_iter().map(|token| match token {
            Token::Word(word) => {
                let parts: Vec<_> = word.parts.iter().map(|part| part.text.as_str()).collect();
                parts.join("+")
            }
            Token::Run(run) => run.iter().map(|one| one.char).collect(),
            Token::Mark(mark) => mark.to_string(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn letters_and_digits_are_parts_of_a_word() {
        for (text, expected) in [
            ("Mouse  pad", "mouse pad"),
            ("WH-1000XM4", "wh+1000+xm+4"),
            ("iPhone11", "iphone+11"),
            ("StarTech.com 3.5in", "startech+com 3+5+in"),
            ("men's l'eau", "men l eau"),
            ("a - b, c", "a - b , c"),
            ("17\" (x)", "17 \" ( x )"),
            ("apple手机壳 8GB", "apple 手机壳 8+gb"),
            ("62.5/125", "62+5 / 125"),
            ("end.", "end ."),
            ("it's. 'x'", "it . x \""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_word_is_cut() {
        let text = "x".repeat(500);
        let tokens = tokens(&FoldTable::default(), &text);
        let [Token::Word(word)] = tokens.as_slice() else {
            panic!("one word");
        };
        assert_eq!(word.parts[0].text.len(), PART_CHARS_MAX);
        assert_eq!(word.end, 500);
    }
}
