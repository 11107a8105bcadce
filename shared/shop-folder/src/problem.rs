//! What is wrong in a folder, and where.
//!
//! Invariant: a problem names the file, the place in it, the key, what is wrong and what would be
//! right. Problems are collected, so that all of them are reported at once.

use std::fmt;

/// Whether a folder with the problem can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, and the merchant should know.
    Warning,
}

/// Something that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether it stops a publish.
    pub severity: Severity,
    /// Path within the folder, such as `words/de.toml`.
    pub file: String,
    /// Counted from 1; absent where the problem is the file itself.
    pub line: Option<usize>,
    /// In characters, counted from 1.
    pub column: Option<usize>,
    /// The key with those above it, such as `payment.account.number`; may be empty.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What would be right; may be empty.
    pub instead: String,
}

impl Problem {
    /// An error that concerns a whole file.
    pub fn of_file(file: &str, reason: impl Into<String>, instead: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.to_owned(),
            line: None,
            column: None,
            key: String::new(),
            reason: reason.into(),
            instead: instead.into(),
        }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self {
            severity: Severity::Warning,
            ..self
        }
    }

    /// What is wrong and what would be right, in one sentence.
    pub fn sentence(&self) -> String {
        let Self {
            key,
            reason,
            instead,
            ..
        } = self;
        let key = match key.as_str() {
            "" => String::new(),
            key => format!("{key}: "),
        };
        match instead.as_str() {
            "" => format!("{key}{reason}"),
            instead => format!("{key}{reason}; {instead}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.file)?;
        for place in [self.line, self.column].into_iter().flatten() {
            write!(out, ":{place}")?;
        }
        write!(out, ": {}", self.sentence())
    }
}

/// Sorts problems by file and place.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by(|a, b| {
        let place = |one: &Problem| (one.line, one.column);
        (&a.file, place(a)).cmp(&(&b.file, place(b)))
    });
}

/// The known name that is nearest to one that is not known; none where no one is near.
pub(crate) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    let scored = known.into_iter().map(|name| {
        let score = strsim::jaro_winkler(&lower, &name.to_lowercase());
        (score, name)
    });
    let best = scored.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    // Words with nothing in common score up to about 0.6.
    (best.0 >= 0.75).then_some(best.1)
}

/// "did you mean …?", or the names that are known.
pub fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    const LISTED_MAX: usize = 24;
    if let Some(name) = nearest(wrong, known.clone()) {
        return format!("did you mean {name}?");
    }
    let names: Vec<&str> = known.into_iter().collect();
    match names.len() {
        0 => String::new(),
        1..=LISTED_MAX => format!("known here: {}", names.join(", ")),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_near_is_suggested_and_no_other() {
        let known = ["currency", "country", "contact", "languages"];
        assert_eq!(suggestion("curency", known), "did you mean currency?");
        assert_eq!(suggestion("Language", known), "did you mean languages?");
        let listed = "known here: currency, country, contact, languages";
        assert_eq!(suggestion("xyz", known), listed);
    }
}
