//! Quotation marks of a CSV file, followed byte by byte: where a cell was opened, and where a mark
//! closed one although text follows it.
//!
//! The rules are those of the parser: a mark opens a cell only at its begin, and two of them within
//! one are text. So an inch mark in a cell without quotation marks is text too (RFC 4180 forbids
//! it, spreadsheets and people write it).

use std::collections::VecDeque;

use crate::table::Stray;

/// Where in a cell the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellState {
    /// Before its first byte.
    Begin,
    /// Within one that no mark opened, or that one has closed.
    Plain,
    /// Within one that a mark opened.
    Quoted,
    /// At a mark within it: the end of the cell, or the first of two.
    Mark,
}

/// The quotation marks of a file.
#[derive(Debug)]
pub(crate) struct Quotes {
    pub(crate) separator: u8,
    pub(crate) state: CellState,
    /// The line of the last byte.
    pub(crate) line: u64,
    /// The line where the cell was opened.
    opened: u64,
    /// Marks that text follows, in rows that the parser has not given yet.
    strays: VecDeque<Stray>,
}

/// Strays of rows that were not read yet. More of them tell nothing new.
const STRAYS_MAX: usize = 10_000;

impl Quotes {
    /// Before the first byte, which is on this line.
    pub(crate) fn new(separator: u8, line: u64) -> Self {
        Self {
            separator,
            state: CellState::Begin,
            line,
            opened: line,
            strays: VecDeque::new(),
        }
    }

    /// Takes the next byte; line breaks are `\n`.
    pub(crate) fn see(&mut self, byte: u8) {
        let ends = byte == self.separator || byte == b'\n';
        self.state = match (self.state, byte) {
            (CellState::Begin, b'"') => {
                self.opened = self.line;
                CellState::Quoted
            }
            (CellState::Quoted, b'"') => CellState::Mark,
            (CellState::Mark, b'"') | (CellState::Quoted, _) => CellState::Quoted,
            (CellState::Begin | CellState::Plain | CellState::Mark, _) if ends => CellState::Begin,
            (CellState::Mark, _) => {
                if self.strays.len() < STRAYS_MAX {
                    self.strays.push_back(Stray {
                        opened: self.opened,
                        closed: self.line,
                    });
                }
                CellState::Plain
            }
            (CellState::Begin | CellState::Plain, _) => CellState::Plain,
        };
        self.line += u64::from(byte == b'\n');
    }

    /// The line of the mark that opened the cell, while it is open.
    pub(crate) fn opened(&self) -> Option<u64> {
        (self.state == CellState::Quoted).then_some(self.opened)
    }

    /// The first stray mark before a line; those before it are forgotten.
    pub(crate) fn stray_before(&mut self, line: u64) -> Option<Stray> {
        let mut first = None;
        while let Some(stray) = self.strays.front().filter(|stray| stray.closed < line) {
            first = match first {
                Some(Stray { opened, closed }) if opened < closed => first,
                _ if stray.opened < stray.closed => Some(*stray),
                None => Some(*stray),
                first => first,
            };
            self.strays.pop_front();
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Quotes {
        let mut quotes = Quotes::new(b',', 1);
        text.bytes().for_each(|byte| quotes.see(byte));
        quotes
    }

    #[test]
    fn a_mark_opens_a_cell_only_at_its_begin() {
        for closed in [
            "a,5\" lamp,b\n",
            "a,\"b \"\"c\"\" d\"\n",
            "\"\"\n",
            "a,b\"\"\"\n",
        ] {
            let mut quotes = seen(closed);
            assert_eq!(quotes.opened(), None, "{closed}");
            assert_eq!(quotes.stray_before(9), None, "{closed}");
        }
        assert_eq!(seen("a\n\"b\nc,d\n").opened(), Some(2));
    }

    #[test]
    fn a_mark_that_text_follows_is_remembered_with_its_lines() {
        let mut quotes = seen("\"a\" b,c\n\"d\ne,\"f\ng\"h\n");
        let stray = |opened, closed| Some(Stray { opened, closed });
        assert_eq!(quotes.stray_before(2), stray(1, 1));
        assert_eq!(quotes.stray_before(5), stray(2, 3));
        assert_eq!(quotes.stray_before(9), None);
    }
}
