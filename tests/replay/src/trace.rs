//! The file of a trace: a line of JSON, then a line for each request.
//!
//! ```text
//! {"format":1,"sales":[{"id":"drop","gathers_ms":0,"opens_ms":600000,"closes_ms":2400000,"units":100}]}
//! 1200 7 GET /products/tea
//! 1900 7 STAY drop 840000 40000
//! ```
//!
//! A request is its moment in milliseconds from the beginning of the trace, the number of its visitor, its
//! method and its address. A stay is a sale, for how long the visitor waits at most, and how long it takes
//! to order when it is called (`-`: it does not order): it polls as the server says.
//!
//! Invariant: lines are in the order of their moments.

use std::io::{BufRead, Write};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::route;

/// The number of the format.
const FORMAT: u32 = 1;

/// A trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Sales with a waiting room.
    pub sales: Vec<SaleTerms>,
    /// In the order of their moments.
    pub steps: Vec<Step>,
}

/// A sale, with moments from the beginning of the trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleTerms {
    /// Its id.
    pub id: String,
    /// From when there are tickets.
    pub gathers_ms: i64,
    /// From when it sells.
    pub opens_ms: i64,
    /// From when it does not.
    pub closes_ms: i64,
    /// What it sells.
    pub units: u32,
}

/// What a visitor does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// From the beginning of the trace.
    pub at_ms: i64,
    /// Its number.
    pub visitor: u32,
    /// What it does.
    pub act: Act,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A request.
    Request {
        /// `POST`, else `GET`.
        is_post: bool,
        /// As [`record`](crate::record) leaves it.
        address: String,
    },
    /// The visitor waits in the room of a sale.
    Stay {
        /// Its id.
        sale: String,
        /// At most.
        for_ms: i64,
        /// It orders so long after it was called; `None`: never.
        thinks_ms: Option<i64>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    #[serde(default)]
    sales: Vec<SaleTerms>,
}

impl Trace {
    /// Reads a file.
    ///
    /// # Errors
    /// With the line of what is wrong.
    pub fn read(lines: impl BufRead) -> Result<Self> {
        let mut lines = (1..).zip(lines.lines());
        let (_, head) = lines.next().context("an empty file is no trace")?;
        let Head { format, sales } = serde_json::from_str(&head?).context("line 1")?;
        ensure!(format == FORMAT, "line 1: the format is {FORMAT}");
        for sale in &sales {
            let is_in_order = sale.gathers_ms <= sale.opens_ms && sale.opens_ms < sale.closes_ms;
            ensure!(
                is_in_order && sale.units > 0,
                "line 1: a sale gathers, opens and closes, and has units"
            );
        }
        let mut trace = Self {
            sales,
            steps: Vec::new(),
        };
        let mut last_ms = 0;
        for (number, line) in lines {
            let step = step(&line?);
            let step = step.with_context(|| {
                format!("line {number}: a line is MILLISECONDS VISITOR METHOD ADDRESS, or a stay")
            })?;
            ensure!(
                step.at_ms >= last_ms,
                "line {number}: it was before the line above"
            );
            last_ms = step.at_ms;
            trace.steps.push(step);
        }
        for step in &trace.steps {
            if let Act::Stay { sale, .. } = &step.act {
                let is_known = trace.sales.iter().any(|known| known.id == *sale);
                ensure!(is_known, "line 1 has no sale '{sale}'");
            }
        }
        Ok(trace)
    }

    /// Writes it.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn write(&self, mut out: impl Write) -> Result<()> {
        let head = Head {
            format: FORMAT,
            sales: self.sales.clone(),
        };
        writeln!(out, "{}", serde_json::to_string(&head)?)?;
        for Step {
            at_ms,
            visitor,
            act,
        } in &self.steps
        {
            match act {
                Act::Request { is_post, address } => {
                    let method = if *is_post { "POST" } else { "GET" };
                    writeln!(out, "{at_ms} {visitor} {method} {address}")?;
                }
                Act::Stay {
                    sale,
                    for_ms,
                    thinks_ms,
                } => {
                    let thinks = thinks_ms.map_or("-".to_owned(), |ms| ms.to_string());
                    writeln!(out, "{at_ms} {visitor} STAY {sale} {for_ms} {thinks}")?;
                }
            }
        }
        Ok(out.flush()?)
    }
}

fn step(line: &str) -> Option<Step> {
    let mut words = line.split(' ');
    let at_ms = words.next()?.parse().ok().filter(|at_ms| *at_ms >= 0)?;
    let visitor = words.next()?.parse().ok()?;
    let act = match words.next()? {
        method @ ("GET" | "POST") => {
            let (is_post, address) = (method == "POST", words.next()?);
            // What a trace may not have is not replayed either.
            let (_, kept) = route::of(is_post, address)?;
            (kept == address).then(|| Act::Request {
                is_post,
                address: address.to_owned(),
            })?
        }
        "STAY" => Act::Stay {
            sale: words.next()?.to_owned(),
            for_ms: words.next()?.parse().ok()?,
            thinks_ms: match words.next()? {
                "-" => None,
                ms => Some(ms.parse().ok()?),
            },
        },
        _ => return None,
    };
    words.next().is_none().then_some(Step {
        at_ms,
        visitor,
        act,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\"format\":1,\"sales\":[{\"id\":\"drop\",\"gathers_ms\":0,\"opens_ms\":600000,\
        \"closes_ms\":2400000,\"units\":100}]}\n\
        1200 7 GET /products/tea\n1900 7 STAY drop 840000 40000\n1900 8 STAY drop 5 -\n\
        2000 7 POST /api/v1/sales/drop/tickets\n";

    #[test]
    fn a_trace_is_written_as_it_is_read() {
        let trace = Trace::read(TEXT.as_bytes()).unwrap();
        assert_eq!(trace.steps.len(), 4);
        let mut written = Vec::new();
        trace.write(&mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), TEXT);
    }

    #[test]
    fn what_is_no_trace_is_named_with_its_line() {
        let (head, _) = TEXT.split_once('\n').unwrap();
        for (text, words) in [
            (String::new(), "empty"),
            ("{\"format\":2}\n".to_owned(), "line 1: the format is 1"),
            (head.replace("600000", "9600000"), "line 1: a sale"),
            (
                format!("{head}\n5 1 GET /\n4 1 GET /\n"),
                "line 3: it was before",
            ),
            (format!("{head}\n5 1 PUT /\n"), "line 2"),
            (format!("{head}\n5 x GET /\n"), "line 2"),
            (
                format!("{head}\n5 1 GET /orders/A7?token=secret\n"),
                "line 2",
            ),
            (format!("{head}\n5 1 STAY other 1 1\n"), "no sale 'other'"),
        ] {
            let said = format!("{:#}", Trace::read(text.as_bytes()).unwrap_err());
            assert!(said.contains(words), "{text}: {said}");
        }
    }
}
