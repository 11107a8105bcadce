//! WooCommerce's product CSV.
//!
//! A product is a row; a variation is a row of its own that names its product by `id:12` or by
//! SKU, and may stand anywhere, so rows are kept until the file ends. Kinds that only WooCommerce
//! has (grouped, external, subscriptions) are left out with a warning.
//!
//! The file has no addresses: they are made of the names, as WordPress does.

mod columns;
mod offer;
mod product;
mod variations;

use std::collections::HashMap;

use columns::{Field, WooColumns};
use product::Parts;

use crate::{
    Dialect, Note,
    dialects::{
        fit::Fit,
        handles::Handles,
        held::Held,
        model::FileRow,
        prose,
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
    let columns = WooColumns::find(header)?;
    Ok(Opened {
        dialect: Dialect::WooCommerce,
        sources: columns.sources(header),
        translator: Box::new(Woo {
            read: columns.read(),
            columns,
            held: Held::default(),
            products: Vec::new(),
            by_reference: HashMap::new(),
            variations: Vec::new(),
            handles: Handles::default(),
            next: None,
        }),
    })
}

struct Woo {
    columns: WooColumns,
    /// Places of the columns that are read.
    read: Vec<usize>,
    held: Held,
    products: Vec<Listed>,
    /// Places in `products` by `id:12` and by SKU.
    by_reference: HashMap<String, usize>,
    /// Rows of variations with what they call their product.
    variations: Vec<(usize, String)>,
    handles: Handles,
    /// The next product to be given; none before the file has ended.
    next: Option<usize>,
}

/// A product of the file by its rows.
struct Listed {
    row: usize,
    is_variable: bool,
    variations: Vec<usize>,
}

impl Translator for Woo {
    fn take(&mut self, row: FileRow<'_>, output: &mut Output) -> Result<(), Broken> {
        let kind = kind_of(row.get(self.columns.at(Field::Type)));
        let is_variable = match kind.as_str() {
            "simple" => false,
            "variable" => true,
            "variation" => {
                let number = self.keep(&row)?;
                let parent = row.get(self.columns.at(Field::Parent)).to_owned();
                self.variations.push((number, parent));
                return Ok(());
            }
            other => {
                output.leave_out(row.place(self.columns.at(Field::Type)), other);
                return Ok(());
            }
        };
        let place = self.products.len();
        let id = row.get(self.columns.at(Field::Id));
        let sku = row.get(self.columns.at(Field::Sku));
        for reference in [format!("id:{id}"), sku.to_owned()] {
            if !reference.is_empty() && reference != "id:" {
                self.by_reference.entry(reference).or_insert(place);
            }
        }
        let number = self.keep(&row)?;
        self.products.push(Listed {
            row: number,
            is_variable,
            variations: Vec::new(),
        });
        Ok(())
    }

    fn finish(&mut self, header: &[String], output: &mut Output) -> bool {
        let place = match self.next {
            Some(place) => place,
            None => {
                self.join(header, output);
                0
            }
        };
        self.next = Some(place + 1);
        let Some(listed) = self.products.get(place) else {
            return false;
        };
        let (line, cells) = self.held.row(listed.row);
        let row = FileRow::kept(line, header, &cells);
        let kept: Vec<_> = listed
            .variations
            .iter()
            .map(|&number| self.held.row(number))
            .collect();
        let variations = kept
            .iter()
            .map(|(line, cells)| FileRow::kept(*line, header, cells));
        let parts = Parts {
            columns: &self.columns,
            row,
            variations: listed.is_variable.then(|| variations.collect()),
        };
        let name = row.get(self.columns.at(Field::Name));
        let id = row.get(self.columns.at(Field::Id));
        let (handle, taken) = self.handles.take(&[name, id]);
        if taken {
            let at = row.place(self.columns.at(Field::Name));
            output.note(at, Note::AddressTaken(handle.clone()));
        }
        let assembly = parts.assemble(handle, output);
        assembly.lay_out(&mut output.rows);
        true
    }
}

impl Woo {
    fn keep(&mut self, row: &FileRow<'_>) -> Result<usize, Broken> {
        let kept = self.held.keep(row, &self.read);
        kept.map_err(|reason| broken(row, reason))
    }

    /// Gives every variation to its product.
    fn join(&mut self, header: &[String], output: &mut Output) {
        for (number, parent) in std::mem::take(&mut self.variations) {
            match self.by_reference.get(&parent) {
                Some(&place) => self.products[place].variations.push(number),
                None => {
                    let (line, cells) = self.held.row(number);
                    let row = FileRow::kept(line, header, &cells);
                    match output.misplaced.remove(&line) {
                        // Any product may lack this variation.
                        Some(reason) => output.broken = Some(broken(&row, reason)),
                        None => {
                            let at = row.place(self.columns.at(Field::Parent));
                            output.note(at, Note::NoParent(parent));
                        }
                    }
                }
            }
        }
        let position = |number: &usize| {
            let (_, cells) = self.held.row(*number);
            let row = FileRow::kept(0, header, &cells);
            let position = row.get(self.columns.at(Field::Position)).parse::<i64>();
            position.unwrap_or_default()
        };
        for listed in &mut self.products {
            // Stable: variations of one position stay in the order of the file.
            listed.variations.sort_by_cached_key(position);
        }
    }
}

/// The kind of product in a cell such as `simple, downloadable, virtual`.
fn kind_of(cell: &str) -> String {
    let words = prose::entries(&cell.to_lowercase(), ',');
    let mut kinds = words
        .into_iter()
        .filter(|word| word != "virtual" && word != "downloadable");
    kinds.next().unwrap_or_else(|| "simple".to_owned())
}
