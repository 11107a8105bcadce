//! What every dialect does: takes the rows of its file and gives rows in Shopify's columns.

use std::collections::{HashMap, VecDeque};

use souk_domain::Currency;

use crate::{
    Dialect, Note, Place, Reason, Source,
    columns::Sources,
    context::Context,
    dialects::model::{FileRow, ModelRow},
    rows::Fault,
    table::Broken,
};

/// Turns the rows of one file into rows in Shopify's columns.
pub(super) trait Translator {
    /// Takes a row of the file.
    ///
    /// # Errors
    /// When the file cannot be read further.
    fn take(&mut self, row: FileRow<'_>, output: &mut Output) -> Result<(), Broken>;

    /// Gives further rows when the file has ended; called until it says that there are no more.
    fn finish(&mut self, header: &[String], output: &mut Output) -> bool;
}

/// A file whose header was understood.
pub(super) struct Opened {
    pub(super) dialect: Dialect,
    pub(super) sources: Sources,
    pub(super) translator: Box<dyn Translator>,
}

/// What a dialect gives.
pub(super) struct Output {
    /// The shop's.
    pub(super) currency: Currency,
    pub(super) rows: VecDeque<ModelRow>,
    /// Errors that concern no product.
    pub(super) errors: Vec<Fault>,
    /// Rows of the file whose cells stand in the wrong places, by line, until a row that is made of
    /// them carries the reason to its product.
    pub(super) misplaced: HashMap<u64, Reason>,
    /// Why the file cannot be read further.
    pub(super) broken: Option<Broken>,
    notes: Vec<(Place, Note)>,
    other_kinds: usize,
}

impl Output {
    /// Nothing yet.
    pub(super) fn new(currency: Currency) -> Self {
        Self {
            currency,
            rows: VecDeque::new(),
            errors: Vec::new(),
            misplaced: HashMap::new(),
            broken: None,
            notes: Vec::new(),
            other_kinds: 0,
        }
    }

    /// Notes what was done with a row or a cell.
    pub(super) fn note(&mut self, place: Place, note: Note) {
        self.notes.push((place, note));
    }

    /// Leaves out a product of a kind that is not sold here.
    pub(super) fn leave_out(&mut self, place: Place, kind: &str) {
        self.other_kinds += 1;
        self.note(place, Note::KindLeftOut(kind.to_owned()));
    }

    /// Reports the misplaced rows of which no other row was made.
    pub(super) fn give_up_misplaced(&mut self) {
        let mut rest: Vec<_> = self.misplaced.drain().collect();
        rest.sort_unstable_by_key(|(line, _)| *line);
        let errors = rest.into_iter().map(|(line, reason)| {
            let place = Place {
                line: Some(line),
                ..Place::file(Source::Products)
            };
            (place, reason)
        });
        self.errors.extend(errors);
    }

    /// Hands notes and errors to the report.
    pub(super) fn report(&mut self, context: &mut Context<'_>) {
        for (place, note) in self.notes.drain(..) {
            context.problems.warn(place, note);
        }
        for (place, reason) in self.errors.drain(..) {
            context.problems.error(place, reason);
        }
        context.skipped.other_kinds += std::mem::take(&mut self.other_kinds);
    }
}

/// The end of reading, at a row.
pub(super) fn broken(row: &FileRow<'_>, reason: Reason) -> Broken {
    (row.whole(), reason)
}
