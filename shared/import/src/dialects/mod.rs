//! Product files of other systems, as rows in Shopify's columns.
//!
//! Owns: which system wrote a file ([`detect`]), and one module for each that turns its rows into
//! Shopify's. The reader behind it knows one kind of row, so bounds, clean-up and errors are the
//! same for every system.
//!
//! Invariants:
//! - Rows of one product come out together, wherever they stand in the file.
//! - A cell knows the line and the column that it was made of.
//! - Rows of Medusa and Vendure pass one by one. Those of WooCommerce and Google are kept until
//!   the file ends ([`held`]), since theirs may stand in any order.
//!
//! Not here: what a row means (`product`, `variant`), how a file becomes rows of cells (`table`).

mod amounts;
mod detect;
mod fields;
mod fit;
mod google;
mod handles;
mod held;
mod medusa;
mod model;
mod options;
mod prose;
mod translator;
mod vendure;
mod woocommerce;

use std::io::Read;

use csv::StringRecord;
use souk_domain::LanguageCode;

use self::{
    detect::detect,
    model::{FileRow, ModelRow},
    translator::{Output, Translator},
};
use crate::{
    Dialect, Note, Reason, Source,
    columns::Columns,
    context::Context,
    rows::{Origin, Row, check_cells},
    table::{Broken, Table},
};

/// The languages into which a product file itself has translations, in the order of their codes. None
/// where it cannot be read, which an import of it reports.
pub fn languages_of(products: &mut dyn Read) -> Vec<LanguageCode> {
    let Ok(table) = Table::open(Source::Products, products) else {
        return Vec::new();
    };
    match detect(table.header()) {
        Ok(Dialect::Vendure) => vendure::languages(table.header()),
        _ => Vec::new(),
    }
}

/// The rows of a product file.
pub(crate) struct ProductRows<'a> {
    table: Table<'a>,
    columns: Columns,
    /// None for a file of Shopify, whose rows are taken as they are.
    conversion: Option<Conversion>,
}

/// Rows on their way from one form into the other.
struct Conversion {
    header: Vec<String>,
    translator: Box<dyn Translator>,
    output: Output,
    ended: bool,
    row: ModelRow,
    record: StringRecord,
    origins: Vec<Origin>,
    /// Why the cells of the row that this one was made of stand in the wrong places.
    misplaced: Option<Reason>,
}

impl<'a> ProductRows<'a> {
    /// Reads the header and decides which system wrote the file.
    ///
    /// # Errors
    /// When the file is no table, or one of something else.
    pub(crate) fn open(input: &'a mut dyn Read, context: &Context<'_>) -> Result<Self, Broken> {
        let table = Table::open(Source::Products, input)?;
        let header = table.header().to_vec();
        let opened = match detect(&header)? {
            Dialect::Classic | Dialect::Current => {
                let columns = Columns::find(&header)?;
                return Ok(Self {
                    table,
                    columns,
                    conversion: None,
                });
            }
            Dialect::WooCommerce => woocommerce::open(&header)?,
            Dialect::Medusa1 => medusa::open(&header, Dialect::Medusa1, context.options.currency)?,
            Dialect::Medusa2 => medusa::open(&header, Dialect::Medusa2, context.options.currency)?,
            Dialect::Vendure => vendure::open(&header)?,
            Dialect::Google => google::open(&header)?,
        };
        Ok(Self {
            table,
            columns: Columns::made_of(opened.dialect, &header, opened.sources),
            conversion: Some(Conversion {
                header,
                translator: opened.translator,
                output: Output::new(context.options.currency),
                ended: false,
                row: ModelRow::default(),
                record: StringRecord::new(),
                origins: Vec::new(),
                misplaced: None,
            }),
        })
    }

    /// The columns of the rows.
    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The columns, when there are no more rows.
    pub(crate) fn into_columns(self) -> Columns {
        self.columns
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read further.
    pub(crate) fn next_row(
        &mut self,
        context: &mut Context<'_>,
    ) -> Result<Option<Row<'_>>, Broken> {
        let columns = &self.columns;
        let Some(conversion) = &mut self.conversion else {
            let Some((line, _)) = self.table.next_row()? else {
                return Ok(None);
            };
            return Ok(Some(Row {
                columns,
                line,
                cells: self.table.row(),
                stray: self.table.stray(),
                origins: &[],
                faults: &[],
                misplaced: None,
            }));
        };
        let found = conversion.advance(&mut self.table, context)?;
        Ok(found.then_some(Row {
            columns,
            line: conversion.row.line,
            cells: &conversion.record,
            stray: None,
            origins: &conversion.origins,
            faults: &conversion.row.faults,
            misplaced: conversion.misplaced.as_ref(),
        }))
    }
}

impl Conversion {
    /// Makes the next row ready. Whether there is one.
    fn advance(
        &mut self,
        table: &mut Table<'_>,
        context: &mut Context<'_>,
    ) -> Result<bool, Broken> {
        loop {
            self.output.report(context);
            if let Some(broken) = self.output.broken.take() {
                return Err(broken);
            }
            if let Some(row) = self.output.rows.pop_front() {
                for text in &row.translations {
                    context.add_translation(row.line, &text.cells());
                }
                row.lay_out(&mut self.record, &mut self.origins);
                self.misplaced = self.output.misplaced.remove(&row.line);
                self.row = row;
                return Ok(true);
            }
            if self.ended {
                let more = self.translator.finish(&self.header, &mut self.output);
                if !more && self.output.rows.is_empty() {
                    self.output.give_up_misplaced();
                    self.output.report(context);
                    return Ok(false);
                }
                continue;
            }
            let Some((line, _)) = table.next_row()? else {
                self.ended = true;
                continue;
            };
            let (cells, stray) = (table.row(), table.stray());
            let row = FileRow::read(line, &self.header, cells);
            match check_cells(cells, self.header.len(), stray) {
                Err(reason) => {
                    self.output.misplaced.insert(line, reason);
                }
                Ok(()) if stray.is_some() => self.output.note(row.whole(), Note::StrayQuote),
                Ok(()) => {}
            }
            self.translator.take(row, &mut self.output)?;
        }
    }
}
