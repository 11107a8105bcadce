//! The open loop: requests at fixed moments, sent by the generator of `souk-load`. A latency counts from
//! the planned moment.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use souk_load::record::Outcome as Came;
use souk_load::{Generator, Report, arrivals};

use crate::load::{Outcome, Target, micros};

const HEADERS_MAX: usize = 64;

/// Sends so many requests a second, at equal distances.
///
/// # Errors
/// When one has no answer.
pub(crate) async fn run(target: &Target, per_second: f64, time: Duration) -> Result<Outcome> {
    let moments = arrivals::constant(per_second, time);
    let generator = Generator::new(target.address().into());
    let step = generator.step("bench");
    let make = |_| (step, request(target).expect("a target writes HTTP"));
    generator.send_all(moments.into_iter(), make).await;
    let records = generator.records();
    let mut outcome = Outcome {
        latencies_us: Vec::with_capacity(records.len()),
        refused: 0,
    };
    for record in &records {
        match record.outcome {
            Came::Status(status) if target.is_right(status) => {
                outcome.latencies_us.push(micros(record.response()));
            }
            Came::Status(_) => outcome.refused += 1,
            Came::TimedOut | Came::NotConnected | Came::Broken => {
                bail!("a request has no answer: {:?}", record.outcome)
            }
        }
    }
    let lateness_ms = Report::of(&records, &generator.steps()).lateness_ms;
    if lateness_ms.p99 > souk_load::report::LATENESS_MAX.as_secs_f64() * 1_000.0 {
        eprintln!(
            "the generator was {:.1} ms late (p99): the machine is too busy",
            lateness_ms.p99
        );
    }
    Ok(outcome)
}

/// The next request of a target, which writes its bytes.
fn request(target: &Target) -> Result<Request<Bytes>> {
    let mut bytes = Vec::with_capacity(2_048);
    target.write_next(&mut bytes);
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(&bytes)? else {
        bail!("the head of a request has no end");
    };
    let mut request = Request::builder()
        .method(parsed.method.context("a method")?)
        .uri(parsed.path.context("a path")?);
    for header in parsed.headers.iter() {
        request = request.header(header.name, header.value);
    }
    Ok(request.body(Bytes::copy_from_slice(&bytes[head..]))?)
}
