//! Rows that are kept until the file has ended.
//!
//! In files of WooCommerce and Google the rows of one product may stand anywhere, so a product is
//! only known at the end. Kept are the cells that mean something and are not empty, one after the
//! other in blocks of bytes: about their size in the file, up to [`HELD_BYTES_MAX`].

use crate::{Reason, dialects::model::FileRow, limits::HELD_BYTES_MAX};

/// Bytes of a block. A row is in one block.
const BLOCK_BYTES: usize = 1 << 20;

/// Rows in the order of the file.
#[derive(Default)]
pub(super) struct Held {
    blocks: Vec<Vec<u8>>,
    rows: Vec<Spot>,
    bytes: usize,
}

/// Where a row is.
#[derive(Clone, Copy)]
struct Spot {
    line: u64,
    block: u32,
    start: u32,
    cells: u32,
}

impl Held {
    /// Keeps the cells at `places` and gives the number of the row.
    ///
    /// # Errors
    /// When there is no more room.
    pub(super) fn keep(&mut self, row: &FileRow<'_>, places: &[usize]) -> Result<usize, Reason> {
        let cells = places.iter().map(|&place| (place, row.get(Some(place))));
        let cells: Vec<_> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
        let bytes: usize = cells.iter().map(|(_, cell)| 6 + cell.len()).sum();
        self.bytes += bytes;
        if self.bytes > HELD_BYTES_MAX {
            let (what, max) = ("bytes of rows to be put in order", HELD_BYTES_MAX);
            return Err(Reason::TooMany { what, max });
        }
        let has_room = |block: &Vec<u8>| block.len() + bytes <= block.capacity();
        if !self.blocks.last().is_some_and(has_room) {
            self.blocks.push(Vec::with_capacity(bytes.max(BLOCK_BYTES)));
        }
        let block = self.blocks.len() - 1;
        let to = &mut self.blocks[block];
        self.rows.push(Spot {
            line: row.line,
            block: narrow(block),
            start: narrow(to.len()),
            cells: narrow(cells.len()),
        });
        for (place, cell) in cells {
            let place = u16::try_from(place).expect("a header has at most 2,048 columns");
            to.extend_from_slice(&place.to_le_bytes());
            to.extend_from_slice(&narrow(cell.len()).to_le_bytes());
            to.extend_from_slice(cell.as_bytes());
        }
        Ok(self.rows.len() - 1)
    }

    /// The line and the cells of a row.
    pub(super) fn row(&self, number: usize) -> (u64, Vec<(u16, &str)>) {
        let spot = self.rows[number];
        let mut rest = &self.blocks[spot.block as usize][spot.start as usize..];
        let mut cells = Vec::with_capacity(spot.cells as usize);
        for _ in 0..spot.cells {
            let (head, tail) = rest.split_at(6);
            let place = u16::from_le_bytes([head[0], head[1]]);
            let length = u32::from_le_bytes([head[2], head[3], head[4], head[5]]);
            let (cell, tail) = tail.split_at(length as usize);
            cells.push((
                place,
                std::str::from_utf8(cell).expect("it was written as text"),
            ));
            rest = tail;
        }
        (spot.line, cells)
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("all rows together are below 4 GiB")
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;

    #[test]
    fn rows_come_back_as_they_were_kept() {
        let header = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let mut held = Held::default();
        let long = "x".repeat(BLOCK_BYTES + 1);
        for (line, cells) in [
            (2, ["茶", "", "z"]),
            (3, ["", "", ""]),
            (4, ["1", &long, "2"]),
        ] {
            let record = StringRecord::from(cells.to_vec());
            let row = FileRow::read(line, &header, &record);
            held.keep(&row, &[0, 1]).unwrap();
        }
        assert_eq!(held.row(0), (2, vec![(0, "茶")]));
        assert_eq!(held.row(1), (3, vec![]));
        assert_eq!(held.row(2), (4, vec![(0, "1"), (1, long.as_str())]));
    }
}
