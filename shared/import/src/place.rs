//! Where in the files of an import something was found.

use std::fmt;

use crate::limits::QUOTED_CHARS_MAX;

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The product CSV.
    Products,
    /// The translation export.
    Translations,
    /// The list of collections.
    Collections,
    /// The list of addresses that moved.
    Redirects,
}

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Source,
    /// The line where the row begins; none when the file as a whole is meant.
    pub line: Option<u64>,
    /// The column as the file's header writes it.
    pub column: Option<String>,
    /// The cell, shortened to [`QUOTED_CHARS_MAX`]; may be empty.
    pub value: String,
}

impl Source {
    /// What the file is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Source::Products => "products",
            Source::Translations => "translations",
            Source::Collections => "collections",
            Source::Redirects => "redirects",
        }
    }
}

impl Place {
    /// The file as a whole.
    pub(crate) fn file(source: Source) -> Self {
        Self {
            source,
            line: None,
            column: None,
            value: String::new(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.source.name())?;
        if let Some(line) = self.line {
            write!(out, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(out, ", column '{column}'")?;
        }
        if !self.value.is_empty() {
            write!(out, ", value {:?}", self.value)?;
        }
        Ok(())
    }
}

/// The beginning of a cell, for a message.
pub(crate) fn quoted(value: &str) -> String {
    match value.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
