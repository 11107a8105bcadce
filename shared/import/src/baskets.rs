//! The orders of a shop as lines of a CSV file: `order,sku,quantity,date`.
//!
//! Columns stand in any order, others are passed over. A line with a quantity of 0 or less is a
//! return or a correction, and says nothing about what is bought together. Any faulty line refuses
//! the file: half of an order is another basket.

use std::fmt;
use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};
use souk_domain::days_since_1970;

/// Faulty lines that are named.
const FAULTS_MAX: usize = 20;

/// The columns that the file has to have.
const COLUMNS: [&str; 4] = ["order", "sku", "quantity", "date"];

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// The order's number or name.
    pub order: String,
    /// What was ordered.
    pub sku: String,
    /// Days since 1970.
    pub day: u32,
    /// Its line in the file, from 1.
    pub line: u64,
}

/// Why the file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BasketErrors {
    /// The first 20 of them, in order of the lines.
    pub faults: Vec<BasketFault>,
    /// How many there are beside these.
    pub others: usize,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketFault {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for BasketErrors {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.faults.iter().enumerate() {
            let end = if place == 0 { "" } else { "\n" };
            write!(out, "{end}line {}: {}", fault.line, fault.reason)?;
        }
        match self.others {
            0 => Ok(()),
            others => write!(out, "\n… and {others} more"),
        }
    }
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baskets {
    /// The lines that were bought, in their order.
    pub lines: Vec<OrderLine>,
    /// Lines with a quantity of 0 or less.
    pub returned: usize,
}

/// Reads the lines.
///
/// # Errors
/// Every faulty line, or the one that the file cannot be read behind.
pub fn read_baskets(input: impl Read) -> Result<Baskets, BasketErrors> {
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .flexible(true)
        .from_reader(input);
    let mut errors = BasketErrors {
        faults: Vec::new(),
        others: 0,
    };
    let places = match reader.headers().map(places) {
        Ok(Ok(places)) => places,
        Ok(Err(reason)) => {
            errors.add(1, reason);
            return Err(errors);
        }
        Err(error) => {
            errors.add(1, error.to_string());
            return Err(errors);
        }
    };
    let mut read = Baskets::default();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                errors.add(line, error.to_string());
                break;
            }
        }
        let line = record.position().map_or(1, csv::Position::line);
        match order_line(&record, places, line) {
            Ok(Some(one)) => read.lines.push(one),
            Ok(None) => read.returned += 1,
            Err(reason) => errors.add(line, reason),
        }
    }
    match errors.faults.is_empty() {
        true => Ok(read),
        false => Err(errors),
    }
}

impl BasketErrors {
    fn add(&mut self, line: u64, reason: String) {
        match self.faults.len() < FAULTS_MAX {
            true => self.faults.push(BasketFault { line, reason }),
            false => self.others += 1,
        }
    }
}

/// Where the columns stand.
fn places(header: &StringRecord) -> Result<[usize; 4], String> {
    let mut places = [0; 4];
    for (place, wanted) in places.iter_mut().zip(COLUMNS) {
        let is_wanted = |name: &str| {
            let name = name.trim_start_matches('\u{feff}');
            name.eq_ignore_ascii_case(wanted)
        };
        let found = header.iter().position(is_wanted);
        *place = found.ok_or_else(|| {
            let names = COLUMNS.join(", ");
            format!("there is no column '{wanted}'; the file has to have {names}")
        })?;
    }
    Ok(places)
}

/// A line that was bought; `None` for one that was not.
fn order_line(
    record: &StringRecord,
    places: [usize; 4],
    line: u64,
) -> Result<Option<OrderLine>, String> {
    let mut cells = [""; 4];
    for ((cell, place), name) in cells.iter_mut().zip(places).zip(COLUMNS) {
        let text = record.get(place).filter(|text| !text.is_empty());
        *cell = text.ok_or_else(|| format!("'{name}' is empty"))?;
    }
    let [order, sku, quantity, date] = cells;
    let units: i64 = quantity
        .parse()
        .map_err(|_| format!("quantity '{quantity}' is no whole number"))?;
    let day = day(date).ok_or_else(|| {
        format!("date '{date}' is none such as 2026-11-29 or 2026-11-29T18:30:00Z, from 1970 on")
    })?;
    Ok((units > 0).then(|| OrderLine {
        order: order.to_owned(),
        sku: sku.to_owned(),
        day,
        line,
    }))
}

/// The day of a date, with or without a time behind it.
fn day(text: &str) -> Option<u32> {
    let (date, rest) = text.split_at_checked("2026-11-29".len())?;
    if !(rest.is_empty() || rest.starts_with(['T', 't', ' '])) {
        return None;
    }
    let mut parts = date.split('-').map(|part| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| digits)
    });
    let [year, month, day] = [parts.next()??, parts.next()??, parts.next()??];
    if parts.next().is_some() || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    let (next_year, next_month) = match month {
        12 => (year + 1, 1),
        month => (year, month + 1),
    };
    let is_of_month = days < days_since_1970(next_year, next_month, 1);
    u32::try_from(days).ok().filter(|_| is_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_wherever_the_columns_stand() {
        let file = "\u{feff}Date,Order,Note,SKU,Quantity\n\
                    2026-11-29, A-1 ,x, MUG-RED ,2\n\
                    2026-11-30T08:00:00Z,A-2,,LAMP,1\n\
                    2026-11-30,A-2,,LAMP,-1\n";
        let read = read_baskets(file.as_bytes()).unwrap();
        let lines: Vec<_> = read
            .lines
            .iter()
            .map(|one| (one.order.as_str(), one.sku.as_str(), one.day, one.line))
            .collect();
        assert_eq!(
            lines,
            [("A-1", "MUG-RED", 20_786, 2), ("A-2", "LAMP", 20_787, 3)]
        );
        assert_eq!(read.returned, 1);
    }

    #[test]
    fn a_column_that_is_not_there_is_named() {
        for (file, reason) in [
            ("order,sku,date\n1,A,2026-01-01\n", "no column 'quantity'"),
            ("", "no column 'order'"),
        ] {
            let errors = read_baskets(file.as_bytes()).unwrap_err();
            assert!(errors.to_string().contains(reason), "{errors}");
        }
    }

    #[test]
    fn faulty_lines_are_named_and_counted() {
        let mut file = "order,sku,quantity,date\n1,A,1,2026-01-01\n".to_owned();
        for line in [
            "2,A,one,2026-01-01",
            "2,,1,2026-01-01",
            "2,A,1",
            "2,A,1,2026-02-29",
            "2,A,1,29.11.2026",
            "2,A,1,2026-13-01",
            "2,A,1,1969-12-31",
            "2,A,1,2026-11-29 8:00",
            "2,A,1.5,2026-11-29",
        ] {
            file.push_str(line);
            file.push('\n');
        }
        let errors = read_baskets(file.as_bytes()).unwrap_err();
        let lines: Vec<_> = errors.faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9, 11], "{errors}");
        assert!(
            errors
                .to_string()
                .starts_with("line 3: quantity 'one' is no whole number"),
            "{errors}"
        );
        file.push_str(&"3,A,x,y\n".repeat(30));
        let errors = read_baskets(file.as_bytes()).unwrap_err();
        assert_eq!((errors.faults.len(), errors.others), (FAULTS_MAX, 18));
    }
}
