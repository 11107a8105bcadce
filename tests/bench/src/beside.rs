//! The latency of requests at a fixed pace, beside other requests and beside nothing.

use std::time::Duration;

use anyhow::Result;

use crate::load::{Pace, Target, percentile};

/// How often all sides are measured, in turn. Their latencies are put together: the 99th percentile
/// of one short round would be its longest latency or two.
const ROUNDS: usize = 16;

/// Requests to one server at a pace.
pub(crate) type Stream<'a> = (&'a Target, Pace);

/// The 99th percentile of a stream's latency in milliseconds, for each of what goes on beside it.
///
/// # Errors
/// When the server does not answer.
pub(crate) async fn p99_ms<const SIDES: usize>(
    time: Duration,
    (counted, pace): Stream<'_>,
    sides: [Option<Stream<'_>>; SIDES],
) -> Result<[f64; SIDES]> {
    let mut latencies_us = [const { Vec::new() }; SIDES];
    for round in 0..=ROUNDS {
        // No side always comes after the same other one.
        for place in 0..SIDES {
            let side = (round + place) % SIDES;
            let sample = match sides[side] {
                Some((beside, at)) => {
                    tokio::try_join!(counted.run(pace, time), beside.run(at, time))?.0
                }
                None => counted.run(pace, time).await?,
            };
            // The first round warms up.
            if round > 0 {
                latencies_us[side].extend(sample.latencies_us);
            }
        }
    }
    Ok(latencies_us.map(|mut all| {
        all.sort_unstable();
        f64::from(percentile(&all, 0.99)) / 1_000.0
    }))
}
