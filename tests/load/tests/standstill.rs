//! The generator beside a server whose response times can be computed, and what it says of servers that
//! do not answer.

#![allow(
    clippy::disallowed_methods,
    reason = "measures a real machine with its real clock"
)]

use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use http::Request;
use souk_load::{Generator, Report, histogram_log, standstill};
use tokio::net::TcpListener;

/// Of a run; `cargo xtask load standstill` has twenty.
const LASTS: Duration = Duration::from_secs(3);
/// What is wrong in a run that is not valid is the machine's fault.
const RUNS_MAX: usize = 5;

#[tokio::test]
async fn a_server_that_stands_still_is_measured_as_it_can_be_computed() -> Result<()> {
    let mut judged = standstill::run(LASTS).await?;
    for _ in 1..RUNS_MAX {
        if judged.report.valid || judged.check(LASTS).is_ok() {
            break;
        }
        judged = standstill::run(LASTS).await?;
    }
    judged.check(LASTS)?;
    let mut log = Vec::new();
    histogram_log::write(&mut log, judged.generator.started_at(), &judged.records)?;
    let response = read_back(&log, "response")?;
    ensure!(
        response.len() == judged.report.sent,
        "{} in the log",
        response.len()
    );
    let p95_ms = response.value_at_quantile(0.95) as f64 / 1_000.0;
    let expected_ms = judged.report.response_ms.p95;
    ensure!(
        (p95_ms - expected_ms).abs() <= expected_ms * 0.002,
        "{p95_ms} {expected_ms}"
    );
    Ok(())
}

/// All histograms of a tag, by the library's own reader.
fn read_back(log: &[u8], tag: &str) -> Result<Histogram<u64>> {
    let mut all = Histogram::new(3)?;
    for entry in IntervalLogIterator::new(log) {
        let Ok(LogEntry::Interval(interval)) = entry else {
            continue;
        };
        if interval.tag().is_some_and(|found| found.as_str() == tag) {
            let bytes = base64_of(interval.encoded_histogram())?;
            let of_second: Histogram<u64> = Deserializer::new().deserialize(&mut &bytes[..])?;
            all.add(of_second)?;
        }
    }
    Ok(all)
}

fn base64_of(text: &str) -> Result<Vec<u8>> {
    use base64::Engine;
    Ok(base64::engine::general_purpose::STANDARD.decode(text)?)
}

#[tokio::test]
async fn a_server_that_never_answers_counts_with_the_time_until_it_is_given_up() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    let patience = Duration::from_millis(200);
    let generator = Generator::with_patience(address.into(), patience);
    let report = send(&generator).await?;
    ensure!(report.errors == [("timed_out", 10)].into(), "{report:?}");
    ensure!(report.response_ms.p50 >= 200.0, "{report:?}");
    Ok(())
}

#[tokio::test]
async fn a_port_without_a_server_is_an_error_and_no_quick_answer() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    drop(listener);
    let report = send(&Generator::new(address.into())).await?;
    ensure!(
        report.errors == [("not_connected", 10)].into(),
        "{report:?}"
    );
    ensure!(
        report.answered == 0 && report.response_ms.max == 0.0,
        "{report:?}"
    );
    Ok(())
}

/// Ten requests at once.
async fn send(generator: &std::sync::Arc<Generator>) -> Result<Report> {
    let step = generator.step("get");
    let make = |_| (step, Request::new(Bytes::new()));
    generator
        .send_all([generator.now(); 10].into_iter(), make)
        .await;
    Ok(Report::of(&generator.records(), &generator.steps()))
}
