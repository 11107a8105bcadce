//! What every reader of rows shares: settings, the pictures and problems found so far, and counts
//! for the report.

use crate::{
    ImportOptions, Pictures, Place, Skipped, Source,
    html::Sanitizer,
    pictures::Album,
    place::quoted,
    problems::Problems,
    table::Broken,
    translations::{TextCells, Translations},
};

/// What reading a row needs, and changes beside what it makes of the row.
pub(crate) struct Context<'a> {
    pub(crate) options: ImportOptions,
    pub(crate) album: Album<'a>,
    pub(crate) sanitizer: Sanitizer,
    pub(crate) problems: Problems,
    pub(crate) translations: Translations,
    pub(crate) skipped: Skipped,
}

impl<'a> Context<'a> {
    pub(crate) fn new(options: ImportOptions, pictures: &'a mut dyn Pictures) -> Self {
        Self {
            album: Album::new(pictures),
            sanitizer: Sanitizer::new(),
            problems: Problems::new(options.strict),
            translations: Translations::new(&options.languages),
            options,
            skipped: Skipped::default(),
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
        result.map_err(|broken| self.problems.broken(broken)).ok()
    }
}
