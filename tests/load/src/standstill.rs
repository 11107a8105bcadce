//! A server that stands still for a while: what an open loop measures of it can be computed.
//!
//! It answers at once, but for one stretch in which it answers nothing; whatever came in that stretch is
//! answered at its end. So of requests at equal distances those planned in the stretch wait until its
//! end, and all others hardly at all: the response times are nothing, and evenly spread from nothing to
//! the length of the stretch.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::generator::Generator;
use crate::plan::Plan;
use crate::record::Record;
use crate::report::Report;
use crate::scenario::Scenario;

/// Of the time that a run lasts the server stands still from a quarter to the half.
const BEGINS: f64 = 0.25;
const ENDS: f64 = 0.5;
/// Requests a second.
const RATE: f64 = 100.0;
/// How far from the computed value a percentile may be.
const TOLERANCE: f64 = 0.05;

/// A run against such a server.
#[derive(Debug)]
pub struct Judged {
    /// The generator, for its log.
    pub generator: Arc<Generator>,
    /// What it measured.
    pub records: Vec<Record>,
    /// The same as a report.
    pub report: Report,
}

/// Runs the generator against a server that stands still.
///
/// # Errors
/// When the server does not come up.
pub async fn run(lasts: Duration) -> Result<Judged> {
    let generator = Generator::new(serve(lasts).await?.into());
    let scenario = Scenario::of_path("/", RATE, lasts, 0);
    generator.follow(&Plan::of(&scenario)).await;
    let records = generator.records();
    let report = Report::of(&records, &generator.steps());
    Ok(Judged {
        generator,
        records,
        report,
    })
}

/// The response time in milliseconds that a share of all requests does not exceed.
pub fn expected_ms(lasts: Duration, share: f64) -> f64 {
    let quick = 1.0 - (ENDS - BEGINS);
    let stretch_ms = lasts.as_secs_f64() * 1_000.0 * (ENDS - BEGINS);
    stretch_ms * ((share - quick) / (ENDS - BEGINS)).max(0.0)
}

impl Judged {
    /// Compares the percentiles with those that can be computed.
    ///
    /// # Errors
    /// When one is too far away.
    pub fn check(&self, lasts: Duration) -> Result<()> {
        let report = &self.report;
        let planned = (RATE * lasts.as_secs_f64()).round() as u64;
        ensure!(
            report.answered == planned,
            "{} of {planned} answered",
            report.answered
        );
        let response_ms = report.response_ms;
        for (share, found) in [
            (0.9, response_ms.p90),
            (0.95, response_ms.p95),
            (0.99, response_ms.p99),
        ] {
            let expected = expected_ms(lasts, share);
            ensure!(
                (found - expected).abs() <= expected * TOLERANCE,
                "{share}: {found} ms instead of {expected} ms"
            );
        }
        Ok(())
    }
}

/// Its clock begins with the first request, as that of the run does.
async fn serve(lasts: Duration) -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let began = Arc::new(OnceLock::new());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let began = began.clone();
            let answer = service_fn(move |_| answer(began.clone(), lasts));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            // It ends when the generator closes it.
            tokio::spawn(async { drop(connection.await) });
        }
    });
    Ok(address)
}

async fn answer(
    began: Arc<OnceLock<Instant>>,
    lasts: Duration,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let began = *began.get_or_init(Instant::now);
    let (begins, ends) = (began + lasts.mul_f64(BEGINS), began + lasts.mul_f64(ENDS));
    if (begins..ends).contains(&Instant::now()) {
        tokio::time::sleep_until(ends.into()).await;
    }
    Ok(Response::new(Full::new(Bytes::from_static(b"ok"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_computed_percentiles_are_those_of_twenty_seconds() {
        let lasts = Duration::from_secs(20);
        for (share, expected) in [(0.5, 0.0), (0.9, 3_000.0), (0.95, 4_000.0), (0.99, 4_800.0)] {
            assert!(
                (expected_ms(lasts, share) - expected).abs() < 1e-6,
                "{share}"
            );
        }
    }
}
