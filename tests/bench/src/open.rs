//! The open loop: requests at fixed moments, sent by the generator of `souk-load`. A latency counts from
//! the planned moment.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use souk_load::record::Outcome as Came;
use souk_load::{Generator, Report, arrivals};

const HEADERS_MAX: usize = 64;

/// What was answered in a run.
pub(crate) struct Outcome {
    /// How long each right answer took.
    pub(crate) latencies_us: Vec<u32>,
    pub(crate) refused: u64,
}

/// Sends so many requests a second, at equal distances: the bytes that `next` makes.
///
/// # Errors
/// When one has no answer.
pub(crate) async fn run(
    address: SocketAddr,
    per_second: f64,
    time: Duration,
    mut next: impl FnMut() -> Vec<u8>,
    is_right: impl Fn(u16) -> bool,
) -> Result<Outcome> {
    let moments = arrivals::constant(per_second, time);
    let generator = Generator::new(address.into());
    let step = generator.step("bench");
    let make = |_| (step, request(&next()).expect("a target writes HTTP"));
    generator.send_all(moments.into_iter(), make).await;
    let records = generator.records();
    let mut outcome = Outcome {
        latencies_us: Vec::with_capacity(records.len()),
        refused: 0,
    };
    for record in &records {
        match record.outcome {
            Came::Status(status) if is_right(status) => {
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

/// The request that has these bytes.
fn request(bytes: &[u8]) -> Result<Request<Bytes>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(bytes)? else {
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

/// Whole microseconds.
pub(crate) fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
