//! A row of another system's file on its way into Shopify's columns.
//!
//! Owns where a cell came from: every cell of a [`ModelRow`] knows the line and the column of the
//! file that it was made of, so that errors name what the merchant sees.

use std::collections::VecDeque;

use csv::StringRecord;

use crate::{
    Place, Reason, Source,
    columns::{COUNT, Column},
    place::quoted,
    rows::{Fault, Origin},
    translations::TextCells,
};

/// Where a row of a file is kept.
#[derive(Clone, Copy)]
enum Cells<'a> {
    Record(&'a StringRecord),
    Packed(&'a [(u16, &'a str)]),
}

/// A row of the file.
#[derive(Clone, Copy)]
pub(super) struct FileRow<'a> {
    pub(super) line: u64,
    header: &'a [String],
    cells: Cells<'a>,
}

impl<'a> FileRow<'a> {
    /// A row as it is read.
    pub(super) fn read(line: u64, header: &'a [String], cells: &'a StringRecord) -> Self {
        let cells = Cells::Record(cells);
        Self {
            line,
            header,
            cells,
        }
    }

    /// A row that was kept: its cells that are not empty, by place.
    pub(super) fn kept(line: u64, header: &'a [String], cells: &'a [(u16, &'a str)]) -> Self {
        let cells = Cells::Packed(cells);
        Self {
            line,
            header,
            cells,
        }
    }

    /// The cell without blanks around it; empty where there is none.
    pub(super) fn get(&self, place: Option<usize>) -> &'a str {
        let Some(place) = place else {
            return "";
        };
        let cell = match self.cells {
            Cells::Record(record) => record.get(place),
            Cells::Packed(cells) => {
                let mut cells = cells.iter();
                let found = cells.find(|(other, _)| usize::from(*other) == place);
                found.map(|(_, cell)| *cell)
            }
        };
        cell.unwrap_or_default().trim()
    }

    /// Where a problem with the cell is reported.
    pub(super) fn place(&self, place: Option<usize>) -> Place {
        Place {
            source: Source::Products,
            line: Some(self.line),
            column: place.and_then(|place| self.header.get(place).cloned()),
            value: quoted(self.get(place)),
        }
    }

    /// Where a problem with the row is reported.
    pub(super) fn whole(&self) -> Place {
        self.place(None)
    }

    fn origin(&self, place: Option<usize>) -> Origin {
        Origin {
            line: self.line,
            column: place.and_then(|place| u16::try_from(place).ok()),
        }
    }
}

/// A row in Shopify's columns.
#[derive(Debug, Clone, Default)]
pub(super) struct ModelRow {
    pub(super) line: u64,
    cells: Vec<(Column, String, Origin)>,
    pub(super) faults: Vec<Fault>,
    /// Translations of its product's texts, known to the reader before it reads the row.
    pub(super) translations: Vec<TranslationRow>,
}

/// A row of Shopify's translation export.
#[derive(Debug, Clone)]
pub(super) struct TranslationRow {
    pub(super) kind: &'static str,
    pub(super) field: &'static str,
    pub(super) id: String,
    pub(super) locale: String,
    pub(super) default: String,
    pub(super) translated: String,
}

impl TranslationRow {
    /// The cells of the row.
    pub(super) fn cells(&self) -> TextCells<'_> {
        TextCells {
            kind: self.kind,
            id: &self.id,
            field: self.field,
            locale: &self.locale,
            default: &self.default,
            translated: &self.translated,
        }
    }
}

impl ModelRow {
    /// A row without cells.
    pub(super) fn new(line: u64) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    /// Sets a cell to what a cell of the file says.
    pub(super) fn copy(&mut self, column: Column, file: &FileRow<'_>, place: Option<usize>) {
        self.set(column, file.get(place), file, place);
    }

    /// Sets a cell to what was made of a cell of the file.
    pub(super) fn set(
        &mut self,
        column: Column,
        text: impl Into<String>,
        file: &FileRow<'_>,
        place: Option<usize>,
    ) {
        self.cells.push((column, text.into(), file.origin(place)));
    }

    /// Sets a cell that no cell of the file is the reason of.
    pub(super) fn put(&mut self, column: Column, text: impl Into<String>) {
        self.cells.push((column, text.into(), Origin::default()));
    }

    /// Writes another text into a cell that was set.
    pub(super) fn write(&mut self, column: Column, text: String) {
        let cells = self.cells.iter_mut();
        for (_, cell, _) in cells.filter(|(other, _, _)| *other == column) {
            cell.clone_from(&text);
        }
    }

    /// Notes something wrong with a cell.
    pub(super) fn fault(&mut self, file: &FileRow<'_>, place: Option<usize>, reason: Reason) {
        self.faults.push((file.place(place), reason));
    }

    /// Takes what another row has.
    pub(super) fn absorb(&mut self, other: ModelRow) {
        self.cells.extend(other.cells);
        self.faults.extend(other.faults);
        self.translations.extend(other.translations);
    }

    /// Writes the row as the reader takes it.
    pub(super) fn lay_out(&self, record: &mut StringRecord, origins: &mut Vec<Origin>) {
        let mut texts = [""; COUNT];
        origins.clear();
        origins.resize(COUNT, Origin::default());
        for (column, text, origin) in &self.cells {
            texts[*column as usize] = text;
            origins[*column as usize] = *origin;
        }
        record.clear();
        for text in texts {
            record.push_field(text);
        }
    }
}

/// A picture that a product names, with the cell that does.
#[derive(Debug, Clone)]
pub(super) struct PictureCell {
    address: String,
    origin: Origin,
}

impl PictureCell {
    /// A picture that a cell of the file names.
    pub(super) fn new(address: &str, file: &FileRow<'_>, place: Option<usize>) -> Self {
        Self {
            address: address.to_owned(),
            origin: file.origin(place),
        }
    }
}

/// A product with some of its variants, to be laid out in rows.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) handle: String,
    /// What stands in the product's first row alone.
    pub(super) product: ModelRow,
    pub(super) variants: Vec<ModelRow>,
    pub(super) pictures: Vec<PictureCell>,
}

impl Assembly {
    /// Lays the product out: the first row has its cells, the first variant and the first picture.
    pub(super) fn lay_out(self, rows: &mut VecDeque<ModelRow>) {
        let mut product = Some(self.product);
        let mut variants = self.variants.into_iter();
        let mut pictures = self.pictures.into_iter();
        let mut position = 0;
        let mut last_line = product.as_ref().map_or(0, |product| product.line);
        loop {
            let (variant, picture) = (variants.next(), pictures.next());
            if product.is_none() && variant.is_none() && picture.is_none() {
                return;
            }
            let mut row = variant.unwrap_or_else(|| ModelRow::new(last_line));
            last_line = row.line;
            if let Some(product) = product.take() {
                row.absorb(product);
            }
            row.put(Column::Handle, self.handle.clone());
            if let Some(picture) = picture {
                position += 1;
                row.cells
                    .push((Column::ImageSrc, picture.address, picture.origin));
                row.put(Column::ImagePosition, position.to_string());
            }
            rows.push_back(row);
        }
    }
}
