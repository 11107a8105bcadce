//! Product feeds of Google Merchant Center: text separated by tabs, or any other table with the
//! same attributes.
//!
//! A row is a variant; rows with one `item_group_id` are one product and may stand anywhere, so
//! rows are kept until the file ends. Prices name their currency. The feed has no quantities, only
//! whether there is any.
//!
//! The address is the last part of `link` where all rows of a product agree on it, so that
//! addresses stay; else it is made of the title.

mod columns;
mod group;

use std::collections::{HashMap, hash_map::Entry};

use columns::{Field, GoogleColumns};

use crate::{
    Dialect, Note,
    dialects::{
        fit::Fit,
        handles::Handles,
        held::Held,
        model::FileRow,
        translator::{Opened, Output, Translator, broken},
    },
    table::Broken,
};

/// How much of a header is this system's.
pub(super) fn fit(header: &[String]) -> Fit {
    columns::fit(header)
}

/// Opens a file by its header.
///
/// # Errors
/// When an essential column is missing, or one stands twice.
pub(super) fn open(header: &[String]) -> Result<Opened, Broken> {
    let columns = GoogleColumns::find(header)?;
    Ok(Opened {
        dialect: Dialect::Google,
        sources: columns.sources(),
        translator: Box::new(Google {
            read: columns.read(),
            columns,
            held: Held::default(),
            groups: Vec::new(),
            by_id: HashMap::new(),
            handles: Handles::default(),
            next: 0,
        }),
    })
}

struct Google {
    columns: GoogleColumns,
    /// Places of the columns that are read.
    read: Vec<usize>,
    held: Held,
    /// Rows of each product, in the order of the file.
    groups: Vec<Vec<usize>>,
    /// Places in `groups` by `item_group_id`.
    by_id: HashMap<String, usize>,
    handles: Handles,
    /// The next product to be given.
    next: usize,
}

impl Translator for Google {
    fn take(&mut self, row: FileRow<'_>, _: &mut Output) -> Result<(), Broken> {
        let kept = self.held.keep(&row, &self.read);
        let number = kept.map_err(|reason| broken(&row, reason))?;
        let id = row.get(self.columns.at(Field::Group));
        if id.is_empty() {
            self.groups.push(vec![number]);
            return Ok(());
        }
        match self.by_id.entry(id.to_owned()) {
            Entry::Occupied(group) => self.groups[*group.get()].push(number),
            Entry::Vacant(entry) => {
                entry.insert(self.groups.len());
                self.groups.push(vec![number]);
            }
        }
        Ok(())
    }

    fn finish(&mut self, header: &[String], output: &mut Output) -> bool {
        let Some(group) = self.groups.get(self.next) else {
            return false;
        };
        self.next += 1;
        let kept: Vec<_> = group.iter().map(|&number| self.held.row(number)).collect();
        let rows = kept
            .iter()
            .map(|(line, cells)| FileRow::kept(*line, header, cells));
        let rows: Vec<FileRow<'_>> = rows.collect();
        let title = group::title(&self.columns, &rows);
        let last = group::last_of_links(&self.columns, &rows);
        let id = rows[0].get(self.columns.at(Field::Id));
        let mut texts = vec![title.as_str(), id];
        if let Some(last) = &last {
            texts.insert(0, last);
        }
        let (handle, taken) = self.handles.take(&texts);
        if taken {
            let at = rows[0].place(self.columns.at(Field::Link));
            output.note(at, Note::AddressTaken(handle.clone()));
        }
        let assembly = group::assemble(&self.columns, &rows, handle, &title, output);
        assembly.lay_out(&mut output.rows);
        true
    }
}
