//! What every reader of rows shares: settings, the pictures and problems found so far, names that
//! must be unique, and counts for the report.

use std::collections::HashMap;

use crate::{
    ImportOptions, Pictures, Place, Skipped, Source,
    pictures::Album,
    report::{Problems, quoted},
    table::Broken,
    text::Sanitizer,
    translations::{TextCells, Translations},
};

/// What reading a row needs, and changes beside what it makes of the row.
pub(crate) struct Context<'a> {
    pub(crate) options: ImportOptions,
    pub(crate) album: Album<'a>,
    pub(crate) sanitizer: Sanitizer,
    pub(crate) problems: Problems,
    pub(crate) translations: Translations,
    /// The line of each SKU.
    pub(crate) skus: HashMap<String, u64>,
    pub(crate) skipped: Skipped,
    pub(crate) derived_skus: usize,
    pub(crate) untracked: usize,
}

impl<'a> Context<'a> {
    pub(crate) fn new(options: ImportOptions, pictures: &'a mut dyn Pictures) -> Self {
        Self {
            options,
            album: Album::new(pictures),
            sanitizer: Sanitizer::new(),
            problems: Problems::default(),
            translations: Translations::default(),
            skus: HashMap::new(),
            skipped: Skipped::default(),
            derived_skus: 0,
            untracked: 0,
        }
    }

    /// Adds a translation that the product file itself has at a line.
    pub(crate) fn add_translation(&mut self, line: u64, texts: &TextCells<'_>) {
        let place = Place {
            line: Some(line),
            value: quoted(texts.translated),
            ..Place::file(Source::Products)
        };
        self.translations
            .add_text(texts, place, &self.sanitizer, &mut self.problems);
    }

    /// The result, or nothing after its error was noted.
    pub(crate) fn unless_broken<T>(&mut self, result: Result<T, Broken>) -> Option<T> {
        result
            .map_err(|(place, reason)| self.problems.error(place, reason))
            .ok()
    }
}
