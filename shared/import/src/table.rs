//! A CSV file as a stream of rows of text.
//!
//! Owns what makes a file a table: its encoding, its separators, its quotation marks, the bound of
//! a row. Bytes are read once and never kept: a row is at most [`ROW_BYTES_MAX`], and the reader
//! in front of the parser refuses to go on when one is longer.
//!
//! Not here: what columns and cells mean (`columns`, `rows`).

use std::io::{self, Read};

use csv::StringRecord;

use crate::{
    Place, Reason, Source,
    limits::{COLUMNS_MAX, ROW_BYTES_MAX},
    quotes::{CellState, Quotes, Stray},
};

/// Bytes looked at to tell what a file is: more than any header that was seen.
const HEAD_BYTES: usize = 64 * 1024;

/// Bytes that the parser reads at once. They may belong to the next row, so they are allowed on
/// top of the bound of a row.
const BUFFER_BYTES: usize = 64 * 1024;

/// What may separate cells, the usual one first. Spreadsheets write `;` where the comma is the
/// decimal mark.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A problem that ends the reading of a file.
pub(crate) type Broken = (Place, Reason);

/// A file behind its header.
pub(crate) struct Table<'a> {
    source: Source,
    reader: csv::Reader<Guard<'a>>,
    header: Vec<String>,
    record: StringRecord,
    /// Lines before the header: one with a separator that spreadsheets write.
    lines_before: u64,
    stray: Option<Stray>,
}

impl<'a> Table<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the file is no CSV in UTF-8.
    pub(crate) fn open(source: Source, input: &'a mut dyn Read) -> Result<Self, Broken> {
        let whole = |reason| (Place::file(source), reason);
        let guard = Guard::open(input).map_err(whole)?;
        let lines_before = guard.quotes.line - 1;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(guard.quotes.separator)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(guard);
        let mut record = StringRecord::new();
        reader
            .read_record(&mut record)
            .map_err(|error| whole(reason_of(&error, reader.get_ref())))?;
        let header: Vec<String> = record.iter().map(header_name).collect();
        if header.iter().all(String::is_empty) {
            return Err(whole(Reason::EmptyFile));
        }
        if header.len() > COLUMNS_MAX {
            let (what, max) = ("columns", COLUMNS_MAX);
            return Err(whole(Reason::TooMany { what, max }));
        }
        Ok(Self {
            source,
            reader,
            header,
            record,
            lines_before,
            stray: None,
        })
    }

    /// Names of the columns, without blanks around them.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The place of a column by its name or another one of it, in any case.
    ///
    /// # Errors
    /// When the file has it not.
    pub(crate) fn column(&self, name: &'static str, others: &[&str]) -> Result<usize, Broken> {
        let is = |known: &String| {
            let mut names = others.iter().chain([&name]);
            names.any(|name| known.eq_ignore_ascii_case(name))
        };
        self.header.iter().position(is).ok_or_else(|| {
            let reason = Reason::MissingColumn {
                column: name,
                file: match self.source {
                    Source::Products => "product CSV",
                    Source::Translations => "translation export",
                    Source::Collections => "list of collections",
                    Source::Redirects => "list of redirects",
                },
            };
            (self.at(1), reason)
        })
    }

    /// The next row that has any text, with the line where it begins; none at the end.
    ///
    /// # Errors
    /// When the file cannot be read further.
    pub(crate) fn next_row(&mut self) -> Result<Option<(u64, &StringRecord)>, Broken> {
        loop {
            self.reader.get_mut().left = ROW_BYTES_MAX + BUFFER_BYTES as u64;
            let read = self.reader.read_record(&mut self.record);
            let more = read.map_err(|error| {
                let line = match error.position() {
                    Some(position) => position.line(),
                    None => self.reader.position().line(),
                };
                let guard = self.reader.get_ref();
                let line = match (guard.left, guard.quotes.opened()) {
                    (0, Some(opened)) => opened,
                    _ => line + self.lines_before,
                };
                (self.at(line), reason_of(&error, guard))
            })?;
            if !more {
                return Ok(None);
            }
            // The parser stands behind the row's line break, so counting back gives its first line.
            // The parser's own position is that of the empty lines before it; it only counts where
            // the row has no line break of its own: at the end, inside an open quotation mark.
            let breaks = self.record.as_slice().bytes().filter(|&byte| byte == b'\n');
            let after = self.reader.position().line();
            let counted = after.saturating_sub(1 + breaks.count() as u64);
            let line = counted.max(self.record.position().map_or(0, csv::Position::line));
            let line = line + self.lines_before;
            let after = after + self.lines_before;
            let guard = self.reader.get_mut();
            self.stray = guard.quotes.stray_before(after);
            // An open cell takes the rest of the file, so only the last row can have it.
            let open = guard.quotes.opened().filter(|_| guard.ended);
            if let Some(opened) = open.filter(|&opened| opened < after) {
                return Err((self.at(opened), Reason::OpenQuote));
            }
            if self.record.iter().any(|cell| !cell.trim().is_empty()) {
                return Ok(Some((line, &self.record)));
            }
        }
    }

    /// The row just read.
    pub(crate) fn row(&self) -> &StringRecord {
        &self.record
    }

    /// Whether a quotation mark within the row just read was not written twice.
    pub(crate) fn stray(&self) -> Option<Stray> {
        self.stray
    }

    fn at(&self, line: u64) -> Place {
        Place {
            line: Some(line),
            ..Place::file(self.source)
        }
    }
}

fn reason_of(error: &csv::Error, guard: &Guard<'_>) -> Reason {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => Reason::NotUtf8,
        _ if guard.left == 0 => Reason::RowTooLong(ROW_BYTES_MAX),
        csv::ErrorKind::Io(error) => Reason::Read(error.to_string()),
        // The enum is the library's and not exhaustive. The rest cannot come up with `flexible`
        // and without `serde` and seeking.
        _ => Reason::Read(error.to_string()),
    }
}

/// A name in a header, with single blanks: spreadsheets and people leave others.
fn header_name(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The file's bytes on their way to the parser: counted against the bound of a row.
struct Guard<'a> {
    head: io::Cursor<Vec<u8>>,
    input: &'a mut dyn Read,
    /// Bytes that may still be read for this row.
    left: u64,
    quotes: Quotes,
    /// The last byte of the file so far.
    last: u8,
    /// Whether all of the file was read.
    ended: bool,
}

impl<'a> Guard<'a> {
    fn open(input: &'a mut dyn Read) -> Result<Self, Reason> {
        let mut head = Vec::new();
        (&mut *input)
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .map_err(|error| Reason::Read(error.to_string()))?;
        check_head(&head)?;
        if head.starts_with(b"\xEF\xBB\xBF") {
            head.drain(..3);
        }
        let named = named_separator(&head);
        if let Some((_, bytes)) = named {
            head.drain(..bytes);
        }
        let separator = named.map_or_else(|| likely_separator(&head), |(separator, _)| separator);
        Ok(Self {
            head: io::Cursor::new(head),
            input,
            left: ROW_BYTES_MAX,
            quotes: Quotes::new(separator, 1 + u64::from(named.is_some())),
            last: b'\n',
            ended: false,
        })
    }
}

/// The separator of a first line `sep=;`, which spreadsheets write and read, and the bytes of that
/// line.
fn named_separator(head: &[u8]) -> Option<(u8, usize)> {
    let end = head.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let line = head[..end].strip_prefix(b"\"").unwrap_or(&head[..end]);
    let line = line.strip_suffix(b"\"").unwrap_or(line);
    let (name, separator) = line.split_at_checked(4)?;
    let &[separator] = separator else { return None };
    let known = name.eq_ignore_ascii_case(b"sep=") && SEPARATORS.contains(&separator);
    let second = head[end] == b'\r' && head.get(end + 1) == Some(&b'\n');
    known.then_some((separator, end + 1 + usize::from(second)))
}

/// The separator that gives the header the most cells that look like names: a name does not begin
/// with a blank, and has a tab, a semicolon or a quotation mark only within quotation marks. Commas
/// are in some names.
fn likely_separator(head: &[u8]) -> u8 {
    let names = |separator: u8| {
        let mut quotes = Quotes::new(separator, 1);
        let (mut count, mut is_name) = (0_usize, true);
        for &byte in head {
            let before = quotes.state;
            quotes.see(byte);
            let is_end = quotes.state == CellState::Begin || matches!(byte, b'\r' | b'\n');
            if quotes.state != CellState::Quoted && is_end {
                count += usize::from(is_name);
                is_name = true;
                if byte != separator {
                    break;
                }
            } else if quotes.state == CellState::Plain {
                is_name &= !matches!(byte, b'"' | b'\t' | b';' | b'|');
                is_name &= before != CellState::Begin || byte != b' ';
            }
        }
        count
    };
    let most = SEPARATORS
        .into_iter()
        .rev()
        .max_by_key(|&separator| names(separator));
    most.unwrap_or(b',')
}

fn check_head(head: &[u8]) -> Result<(), Reason> {
    // "PK\x03\x04" begins a ZIP archive, which XLSX and ODS are; D0CF… an old workbook.
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Reason::Archive);
    }
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Err(Reason::Utf16);
    }
    // Latin letters in UTF-16 without a mark have a NUL in every other place.
    match head {
        [0, c, 0, ..] | [c, 0, _, 0, ..] if *c != 0 => Err(Reason::Utf16),
        _ if head.contains(&0) => Err(Reason::Binary),
        _ => Ok(()),
    }
}

impl Guard<'_> {
    /// Reads from the head, then from the file. At the end of a file without a last line break
    /// there is one.
    fn read_more(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut read = self.head.read(buffer)?;
        if read == 0 {
            read = self.input.read(buffer)?;
        }
        if read == 0 {
            self.ended = true;
            if !matches!(self.last, b'\n' | b'\r') {
                buffer[0] = b'\n';
                read = 1;
            }
        }
        Ok(read)
    }

    /// Makes every line break (`\r\n`, `\r`, `\n`) a `\n`, so that lines can be counted. The number
    /// of bytes that remain.
    fn unify_breaks(&mut self, buffer: &mut [u8]) -> usize {
        let mut kept = 0;
        for place in 0..buffer.len() {
            let byte = buffer[place];
            let is_second = byte == b'\n' && self.last == b'\r';
            self.last = byte;
            if !is_second {
                buffer[kept] = if byte == b'\r' { b'\n' } else { byte };
                self.quotes.see(buffer[kept]);
                kept += 1;
            }
        }
        kept
    }
}

impl Read for Guard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if length == 0 {
            return Err(io::Error::other("the row is too long"));
        }
        loop {
            let read = self.read_more(&mut buffer[..length])?;
            let kept = self.unify_breaks(&mut buffer[..read]);
            // Nothing remains of a lone second half of a line break; that is not the end.
            if kept > 0 || read == 0 {
                self.left -= kept as u64;
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_error(bytes: &[u8]) -> Option<Reason> {
        let mut input = bytes;
        let error = Table::open(Source::Products, &mut input).err();
        error.map(|(_, reason)| reason)
    }

    #[test]
    fn what_is_no_csv_is_told_in_one_sentence() {
        let utf16: Vec<u8> = "Handle,Title"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let utf16_big: Vec<u8> = "Handle".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let with_mark = [b"\xFF\xFE".as_slice(), &utf16].concat();
        let cases: [(&[u8], Reason); 9] = [
            (b"", Reason::EmptyFile),
            (b"\xEF\xBB\xBF\r\n", Reason::EmptyFile),
            (b",,\n", Reason::EmptyFile),
            (b"PK\x03\x04\x14\x00", Reason::Archive),
            (&with_mark, Reason::Utf16),
            (&utf16, Reason::Utf16),
            (&utf16_big, Reason::Utf16),
            (b"Handle,Title\na,\0", Reason::Binary),
            (b"Handle,Titl\xE9\n", Reason::NotUtf8),
        ];
        for (bytes, reason) in cases {
            assert_eq!(open_error(bytes), Some(reason), "{bytes:?}");
        }
    }

    #[test]
    fn cells_are_separated_by_what_the_header_has_most_of() {
        let cases = [
            ("Handle,Title\n", b','),
            ("Handle\tTitle\tColour, finish\tVariant Price\n", b'\t'),
            (
                "Handle;Title;\"Colour, finish, grain, shade\";Price\n",
                b';',
            ),
            ("Handle\n1;2;3\n", b','),
            // A name has no semicolon outside of quotation marks, and may have a comma.
            ("A;B,C\n", b';'),
        ];
        for (text, separator) in cases {
            assert_eq!(likely_separator(text.as_bytes()), separator, "{text}");
        }
    }

    #[test]
    fn lines_count_breaks_inside_of_cells() {
        let row = |line, a: &str, b: &str| (line, a.to_owned(), b.to_owned());
        let expected = [row(2, "1", "x\ny"), row(6, "2", "z")];
        for end in ["\r\n", "\n", "\r"] {
            let text = "\u{feff}A,B\n1,\"x\ny\"\n,,\n\n2,z\n".replace('\n', end);
            assert_eq!(read_all(text.as_bytes()), expected, "{end:?}");
            assert_eq!(read_all(text.trim_end().as_bytes()), expected, "{end:?}");
        }
    }

    #[test]
    fn cells_are_separated_as_the_header_has_it() {
        let cases: [&[u8]; 8] = [
            b"A,B\n1,x\n",
            b"A;B\n1;x\n",
            b"A\tB\n1\tx\n",
            b"A|B\n1|x\n",
            b"\xEF\xBB\xBFsep=;\r\nA;B\r\n1;x\r\n",
            b"\"sep=,\"\nA,B\n1,x\n",
            b"SEP=\t\rA\tB\r1\tx\r",
            b" A ;B\n1;x\n",
        ];
        for bytes in cases {
            let first = if bytes.to_ascii_lowercase().windows(4).any(|w| w == b"sep=") {
                3
            } else {
                2
            };
            let expected = [(first, "1".to_owned(), "x".to_owned())];
            assert_eq!(
                read_all(bytes),
                expected,
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
        for (bytes, header) in [
            (b"Handle\tColour, finish, size\tPrice\n".as_slice(), 3),
            (b"Handle;\"Colour, finish, size, length\";Price\n", 3),
            (b"\"a;b;c;d\",B\n", 2),
            (b"Title\n", 1),
        ] {
            let mut input = bytes;
            let table = Table::open(Source::Products, &mut input).unwrap();
            assert_eq!(table.header().len(), header, "{:?}", table.header());
        }
    }

    #[test]
    fn a_bare_quotation_mark_is_text_and_one_too_many_is_named_by_its_line() {
        let text = "A,B\n1,5\" lamp\n2,\"a\" b\"\n3,\"c\n4,\"d\n";
        let mut input = text.as_bytes();
        let mut table = Table::open(Source::Products, &mut input).unwrap();
        let mut row = || {
            let (line, cells) = table.next_row().unwrap()?;
            let cell = cells[1].to_owned();
            let stray = table.stray().map(|stray| (stray.opened, stray.closed));
            Some((line, cell, stray))
        };
        assert_eq!(row(), Some((2, "5\" lamp".to_owned(), None)));
        assert_eq!(row(), Some((3, "a b\"".to_owned(), Some((3, 3)))));
        assert_eq!(row(), Some((4, "c\n4,d".to_owned(), Some((4, 5)))));
        assert_eq!(row(), None);
    }

    fn read_all(bytes: &[u8]) -> Vec<(u64, String, String)> {
        let mut input = bytes;
        let mut table = Table::open(Source::Products, &mut input).unwrap();
        assert_eq!(table.header(), ["A", "B"]);
        let mut rows = Vec::new();
        while let Some((line, row)) = table.next_row().unwrap() {
            rows.push((line, row[0].to_owned(), row[1].to_owned()));
        }
        rows
    }

    #[test]
    fn a_row_without_an_end_is_refused_before_it_is_in_memory() {
        let mut input = "A,B\n1,2\n3,\"".as_bytes().chain(io::repeat(b'x'));
        let mut table = Table::open(Source::Products, &mut input).unwrap();
        assert!(table.next_row().unwrap().is_some());
        let (place, reason) = table.next_row().unwrap_err();
        assert_eq!(
            (place.line, reason),
            (Some(3), Reason::RowTooLong(ROW_BYTES_MAX))
        );
    }

    #[test]
    fn an_open_quotation_mark_and_a_bad_byte_are_found() {
        let mut input = "A,B\n1,\"2\n3,4\n".as_bytes();
        let mut table = Table::open(Source::Products, &mut input).unwrap();
        let (place, reason) = table.next_row().unwrap_err();
        assert_eq!((place.line, reason), (Some(2), Reason::OpenQuote));
        let mut input = b"A,B\n1,2\n3,\xFF\n".as_slice();
        let mut table = Table::open(Source::Products, &mut input).unwrap();
        assert!(table.next_row().unwrap().is_some());
        let (place, reason) = table.next_row().unwrap_err();
        assert_eq!((place.line, reason), (Some(3), Reason::NotUtf8));
    }
}
