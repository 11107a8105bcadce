//! Cells of product rows by their meaning, and where a problem with one is reported.

use csv::StringRecord;

use crate::{
    Note, Place, Reason, Source,
    columns::{Column, Columns},
    place::quoted,
    problems::Problems,
    quotes::Stray,
};

/// A row of the product file.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) line: u64,
    pub(crate) cells: &'a StringRecord,
    /// A quotation mark that was not written twice; none in a row that was made of another one.
    pub(crate) stray: Option<Stray>,
    /// Where each cell stands in a file of another system; empty for a file of Shopify.
    pub(crate) origins: &'a [Origin],
    /// What was found wrong when the row was turned into Shopify's columns.
    pub(crate) faults: &'a [Fault],
    /// Why the cells of the row that it was made of stand in the wrong places.
    pub(crate) misplaced: Option<&'a Reason>,
}

/// Where a cell of a row stands in the file that the row was made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The line; 0 where the file has no such cell.
    pub(crate) line: u64,
    /// The place of the column in the file's header.
    pub(crate) column: Option<u16>,
}

/// Refuses a row that has swallowed others, or has text beyond the last column: its cells stand in
/// the wrong places.
///
/// # Errors
/// With the line or the two numbers.
pub(crate) fn check_cells(
    cells: &StringRecord,
    columns: usize,
    stray: Option<Stray>,
) -> Result<(), Reason> {
    if let Some(stray) = stray.filter(|stray| stray.opened < stray.closed) {
        return Err(Reason::StrayQuote(stray.closed));
    }
    let beyond = cells.iter().skip(columns);
    match beyond.into_iter().any(|cell| !cell.trim().is_empty()) {
        true => Err(Reason::TooManyCells {
            found: cells.len(),
            columns,
        }),
        false => Ok(()),
    }
}

/// Something wrong with a row, which concerns its product.
pub(crate) type Fault = (Place, Reason);

impl<'a> Row<'a> {
    /// The cell without blanks around it; empty where the file or the row has none.
    pub(crate) fn get(&self, column: Column) -> &'a str {
        let place = self.columns.place(column);
        place
            .and_then(|place| self.cells.get(place))
            .unwrap_or_default()
            .trim()
    }

    /// The cell, or nothing when it is empty.
    pub(crate) fn some(&self, column: Column) -> Option<&'a str> {
        Some(self.get(column)).filter(|cell| !cell.is_empty())
    }

    /// Refuses a row whose cells stand in the wrong places.
    ///
    /// # Errors
    /// With the reason.
    pub(crate) fn check_cells(&self) -> Result<(), Reason> {
        match self.misplaced {
            Some(reason) => Err(reason.clone()),
            None => check_cells(self.cells, self.columns.count(), self.stray),
        }
    }

    /// Reports what was found wrong when the row was made of another one. Whether it was anything.
    pub(crate) fn report_faults(&self, problems: &mut Problems) -> bool {
        for (place, reason) in self.faults {
            problems.error(place.clone(), reason.clone());
        }
        !self.faults.is_empty()
    }

    /// Where a problem with the cell is reported.
    pub(crate) fn place(&self, column: Column) -> Place {
        let origin = self.origins.get(column as usize).copied();
        let origin = origin.filter(|origin| origin.line > 0).unwrap_or(Origin {
            line: self.line,
            column: None,
        });
        let name = match origin.column {
            Some(place) => self.columns.file_name(place),
            None => self.columns.name(column),
        };
        Place {
            source: Source::Products,
            line: Some(origin.line),
            column: Some(name.to_owned()),
            value: quoted(self.get(column)),
        }
    }

    /// Where a problem with the row is reported.
    pub(crate) fn whole(&self) -> Place {
        Place {
            line: Some(self.line),
            ..Place::file(Source::Products)
        }
    }

    /// The result of reading a cell; what is wrong with it goes to `problems`.
    pub(crate) fn check<T>(
        &self,
        column: Column,
        result: Result<T, Reason>,
        problems: &mut Problems,
    ) -> Option<T> {
        result
            .map_err(|reason| problems.error(self.place(column), reason))
            .ok()
    }

    /// Reports what was done with a cell.
    pub(crate) fn warn(&self, column: Column, note: Note, problems: &mut Problems) {
        problems.warn(self.place(column), note);
    }
}
