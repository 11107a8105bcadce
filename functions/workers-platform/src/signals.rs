//! The signals of the shop in one answer: the object that owns them writes it, edges read it, and a
//! data centre's cache keeps it in between.
//!
//! It is the age of the pulse in milliseconds by the clock of that object, the length of the pulse and
//! that of the sold-out holds, 4 bytes little-endian each, then the pulse, the holds and the availability
//! snapshot. An age of `ffffffff` is none.
//!
//! Of a thousand isolates in a data centre about one asks the object in a second: who finds that the
//! copy in the cache is older than [`TRUSTED_MS`] puts it there again as a new one before it asks, so
//! that those who look meanwhile use it. The Cache API cannot compare and set, so two may ask at the
//! same moment; that costs a request and nothing else.

use bytes::{BufMut, Bytes, BytesMut};
use souk_ports::{PortError, Signals, is_within};
use worker::{Cache, Env, Headers};

use crate::errors::{transient, unsupported};
use crate::{now_ms, objects};

/// How long the copy of a data centre is trusted.
const TRUSTED_MS: i64 = 1_000;
/// How long the cache keeps a copy that may be put again.
const KEPT: &str = "max-age=60";
/// The Cache API is keyed by URL; this host exists nowhere.
const CACHE_URL: &str = "https://signals.souk.invalid/";
/// The name of the answer of the object `Availability`.
const SIGNALS: &str = "";
/// As [`Kept::read_at_ms`].
const READ_AT: &str = "souk-read-at";
/// As [`Kept::asked_at_ms`].
const ASKED_AT: &str = "souk-asked-at";

const NUMBER_BYTES: usize = 4;
const NO_AGE: u32 = u32::MAX;

/// One answer with all of them.
pub fn encode(signals: &Signals) -> Bytes {
    let Signals {
        availability,
        sold_out_holds,
        pulse,
        pulse_age_ms,
        kept_ms: _,
    } = signals;
    let parts = [pulse, sold_out_holds, availability];
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let mut answer = BytesMut::with_capacity(3 * NUMBER_BYTES + bytes);
    let age = pulse_age_ms.map(|age_ms| u32::try_from(age_ms).unwrap_or(NO_AGE - 1));
    answer.put_u32_le(age.unwrap_or(NO_AGE));
    // Both are bounded, far below 4 GiB.
    answer.put_u32_le(pulse.len() as u32);
    answer.put_u32_le(sold_out_holds.len() as u32);
    for part in parts {
        answer.put_slice(part);
    }
    answer.freeze()
}

/// Reads that answer; `None` where it is cut.
fn decode(mut answer: Bytes) -> Option<Signals> {
    let mut number = || {
        let (number, _) = answer.split_first_chunk()?;
        let number = u32::from_le_bytes(*number);
        answer = answer.slice(NUMBER_BYTES..);
        Some(number)
    };
    let age = number()?;
    let (pulse, sold_out_holds) = (number()?, number()?);
    let length = |number| usize::try_from(number).ok();
    let (pulse, sold_out_holds) = (length(pulse)?, length(sold_out_holds)?);
    if answer.len() < pulse.checked_add(sold_out_holds)? {
        return None;
    }
    let pulse = answer.split_to(pulse);
    let sold_out_holds = answer.split_to(sold_out_holds);
    Some(Signals {
        availability: answer,
        sold_out_holds,
        pulse,
        pulse_age_ms: (age != NO_AGE).then_some(age.into()),
        kept_ms: 0,
    })
}

/// The signals; `at_once` without asking the cache.
pub(crate) async fn read(env: &Env, at_once: bool) -> Result<Signals, PortError> {
    let leased = lease(SIGNALS, at_once, async {
        let stub = objects::availability(env).map_err(unsupported)?;
        let found = stub.fetch_with_str(objects::SIGNALS_URL).await;
        let mut response = found.map_err(transient)?;
        let status = response.status_code();
        if status != 200 {
            return Err(PortError::Transient(format!(
                "the object Availability answered {status}"
            )));
        }
        Ok(response.bytes().await.map_err(transient)?.into())
    });
    let (answer, kept_ms) = leased.await?;
    let mut signals = decode(answer).ok_or_else(cut)?;
    signals.pulse_age_ms = signals.pulse_age_ms.map(|age_ms| age_ms + kept_ms);
    Ok(signals)
}

/// What `read` gives, from the cache of the data centre if that has it and it is to be trusted, and for
/// how long it was kept there, in milliseconds. `name` tells it from others.
pub(crate) async fn lease(
    name: &str,
    at_once: bool,
    read: impl Future<Output = Result<Bytes, PortError>>,
) -> Result<(Bytes, i64), PortError> {
    let url = format!("{CACHE_URL}{name}");
    if !at_once && let Some(kept) = Kept::find(&url).await {
        let now_ms = now_ms();
        if is_within(TRUSTED_MS, kept.asked_at_ms, now_ms) {
            return Ok((kept.answer, (now_ms - kept.read_at_ms).max(0)));
        }
        let asked_at_ms = now_ms;
        Kept {
            asked_at_ms,
            ..kept
        }
        .keep(&url)
        .await;
    }
    let read_at_ms = now_ms();
    let answer = read.await?;
    Kept {
        answer: answer.clone(),
        read_at_ms,
        asked_at_ms: read_at_ms,
    }
    .keep(&url)
    .await;
    Ok((answer, 0))
}

fn cut() -> PortError {
    PortError::Transient("the answer of the object Availability is cut".to_owned())
}

/// What a data centre's cache keeps. A cache that fails is an empty one.
struct Kept {
    answer: Bytes,
    /// When it was read, in milliseconds since 1970.
    read_at_ms: i64,
    /// When an isolate began to read it anew, in milliseconds since 1970: it is trusted from then.
    asked_at_ms: i64,
}

impl Kept {
    async fn find(url: &str) -> Option<Self> {
        let mut found = Cache::default().get(url, true).await.ok().flatten()?;
        let moment = |name: &str| {
            let value = found.headers().get(name).ok().flatten()?;
            value.parse().ok()
        };
        let (read_at_ms, asked_at_ms) = (moment(READ_AT)?, moment(ASKED_AT)?);
        let answer = found.bytes().await.ok()?.into();
        Some(Self {
            answer,
            read_at_ms,
            asked_at_ms,
        })
    }

    async fn keep(self, url: &str) {
        let headers = Headers::new();
        let set = [
            headers.set("cache-control", KEPT),
            headers.set(READ_AT, &self.read_at_ms.to_string()),
            headers.set(ASKED_AT, &self.asked_at_ms.to_string()),
        ];
        let response = worker::Response::from_bytes(self.answer.into());
        if let (true, Ok(response)) = (set.iter().all(Result::is_ok), response) {
            let response = response.with_headers(headers);
            let _ = Cache::default().put(url, response).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_all_signals_and_a_cut_one_has_none() {
        let signals = Signals {
            availability: Bytes::from_static(b"snapshot"),
            sold_out_holds: Bytes::from_static(b"holds"),
            pulse: Bytes::from_static(b"pulse"),
            pulse_age_ms: Some(1_234),
            kept_ms: 0,
        };
        let answer = encode(&signals);
        assert_eq!(decode(answer.clone()), Some(signals));
        let shortest = 3 * NUMBER_BYTES + 5 + 5;
        for length in 0..shortest {
            assert_eq!(decode(answer.slice(..length)), None, "{length}");
        }
        let none = encode(&Signals::default());
        assert_eq!(decode(none), Some(Signals::default()));
    }
}
