//! Why a language cannot be a shop's.

/// Why a language cannot be a shop's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// There is no such language.
    #[error("'{code}' is not a language{}", .nearest.as_ref().map(|code| format!("; did you mean '{code}'?")).unwrap_or_default())]
    Unknown {
        /// What was given.
        code: String,
        /// The code that is most like it.
        nearest: Option<String>,
    },
    /// The code of the language is written in another way.
    #[error("the language '{code}' is written '{right}'")]
    Spelling {
        /// What was given.
        code: String,
        /// How it is written.
        right: String,
    },
    /// CLDR has not enough for it.
    #[error("the language '{code}' is not complete in CLDR: {missing}")]
    Incomplete {
        /// What was given.
        code: String,
        /// What ICU4X says.
        missing: String,
    },
    /// The tables cannot hold how it writes.
    #[error("the language '{code}' writes what the shop cannot: {of} is {icu4x}, not {tables}")]
    Beyond {
        /// What was given.
        code: String,
        /// Of what.
        of: String,
        /// By the tables.
        tables: String,
        /// By CLDR.
        icu4x: String,
    },
}
