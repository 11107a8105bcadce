//! The access log of a run: what a web server in front of the shop would have written, a line of JSON for
//! each request that was answered, in the order of their answers.
//!
//! `cargo xtask replay record` reads it. The client is the number of the visit, which no other one has;
//! `bytes_sent` is what nginx calls so: head and body of the answer, without the framing of chunks.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;

use crate::plan::Plan;
use crate::record::{Outcome, Record};

#[derive(Serialize)]
struct Line<'p> {
    /// Seconds since 1970.
    ts: f64,
    client: String,
    method: &'p str,
    uri: &'p str,
    status: u16,
    bytes_sent: u64,
}

/// Writes the log of what a plan came to. Requests that were not planned beforehand, such as those of the
/// visitors of a sale, are not in it.
///
/// # Errors
/// When nothing can be written.
pub fn write(
    out: &mut impl Write,
    started_at: SystemTime,
    plan: &Plan,
    records: &[Record],
) -> io::Result<()> {
    for record in records {
        let (Some(place), Outcome::Status(status)) = (record.place, record.outcome) else {
            continue;
        };
        let planned = &plan.requests[place];
        let sent_at = started_at + record.sent;
        let since_1970 = sent_at.duration_since(SystemTime::UNIX_EPOCH);
        let line = Line {
            ts: since_1970.unwrap_or_default().as_secs_f64(),
            client: planned.visit.to_string(),
            method: planned.step.method.as_str(),
            uri: &planned.step.path,
            status,
            bytes_sent: record.bytes,
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::Step;
    use crate::scenario::Scenario;

    #[test]
    fn a_request_with_an_answer_is_a_line_and_one_without_is_none() {
        let plan = Plan::of(&Scenario::of_path("/a?b=c", 1.0, Duration::from_secs(3), 0));
        let record = |place, outcome| Record {
            step: Step(0),
            place,
            planned: Duration::ZERO,
            sent: Duration::from_millis(2_500),
            ended: Duration::from_secs(3),
            outcome,
            bytes: 70,
        };
        let records = [
            record(Some(1), Outcome::Status(200)),
            record(Some(2), Outcome::Broken),
            record(None, Outcome::Status(200)),
        ];
        let mut log = Vec::new();
        let started_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        write(&mut log, started_at, &plan, &records).unwrap();
        assert_eq!(
            String::from_utf8(log).unwrap(),
            "{\"ts\":1002.5,\"client\":\"1\",\"method\":\"GET\",\"uri\":\"/a?b=c\",\"status\":200,\
             \"bytes_sent\":70}\n"
        );
    }
}
