//! Errors and warnings: where in which file, and why.

use std::fmt;

/// Something that is wrong in a file, or worth a look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, below the folder of the shop: `content/pages/about.md`.
    pub file: String,
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// Column, from 1, in characters; 0 when the line or the file as a whole is meant.
    pub column: u32,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        if self.line > 0 {
            write!(out, ":{}:{}", self.line, self.column)?;
        }
        write!(out, ": {}", self.reason)
    }
}

/// What was found wrong, and what is worth a look.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) errors: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
}

/// The text of a file, for places in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Below the folder of the shop.
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// A fault at an offset of the text.
    pub(crate) fn at(&self, offset: usize, reason: impl Into<String>) -> Fault {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |place| place + 1);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        // A byte order mark is no column.
        let line = before[line_start..].trim_start_matches('\u{feff}');
        Fault {
            file: self.file.to_owned(),
            line: count(before.matches('\n').count() + 1),
            column: count(line.chars().count() + 1),
            reason: reason.into(),
        }
    }
}

/// A fault of a file as a whole.
pub(crate) fn of_file(file: &str, reason: impl Into<String>) -> Fault {
    Fault {
        file: file.to_owned(),
        line: 0,
        column: 0,
        reason: reason.into(),
    }
}
