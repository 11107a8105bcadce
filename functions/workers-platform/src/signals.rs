//! The signals of the shop in one answer: the object that owns them writes it, edges read it, and a
//! data centre's cache keeps it in between.
//!
//! It is the length of the pulse and that of the sold-out holds, 4 bytes little-endian each, then the
//! pulse, the holds and the availability snapshot.
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
/// When the copy was read, in milliseconds since 1970.
const READ_AT: &str = "souk-read-at";

const LENGTH_BYTES: usize = 4;

/// One answer with all of them.
pub fn encode(signals: &Signals) -> Bytes {
    let Signals {
        availability,
        sold_out_holds,
        pulse,
    } = signals;
    let parts = [pulse, sold_out_holds, availability];
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    let mut answer = BytesMut::with_capacity(2 * LENGTH_BYTES + bytes);
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
    let mut length = || {
        let (length, _) = answer.split_first_chunk()?;
        let length = u32::from_le_bytes(*length);
        answer = answer.slice(LENGTH_BYTES..);
        usize::try_from(length).ok()
    };
    let (pulse, sold_out_holds) = (length()?, length()?);
    if answer.len() < pulse.checked_add(sold_out_holds)? {
        return None;
    }
    let pulse = answer.split_to(pulse);
    let sold_out_holds = answer.split_to(sold_out_holds);
    Some(Signals {
        availability: answer,
        sold_out_holds,
        pulse,
    })
}

/// The signals; `at_once` without asking the cache.
pub(crate) async fn read(env: &Env, at_once: bool) -> Result<Signals, PortError> {
    if !at_once && let Some(copy) = Copy::find().await {
        if is_within(TRUSTED_MS, copy.read_at_ms, now_ms()) {
            return decode(copy.answer).ok_or_else(cut);
        }
        copy.keep_as_new().await;
    }
    let read_at_ms = now_ms();
    let stub = objects::availability(env).map_err(unsupported)?;
    let found = stub.fetch_with_str(objects::SIGNALS_URL).await;
    let mut response = found.map_err(transient)?;
    let status = response.status_code();
    if status != 200 {
        return Err(PortError::Transient(format!(
            "the object Availability answered {status}"
        )));
    }
    let answer: Bytes = response.bytes().await.map_err(transient)?.into();
    let signals = decode(answer.clone()).ok_or_else(cut)?;
    Copy { answer, read_at_ms }.keep().await;
    Ok(signals)
}

fn cut() -> PortError {
    PortError::Transient("the answer of the object Availability is cut".to_owned())
}

/// What a data centre's cache keeps. A cache that fails is an empty one.
struct Copy {
    answer: Bytes,
    read_at_ms: i64,
}

impl Copy {
    async fn find() -> Option<Self> {
        let mut found = Cache::default().get(CACHE_URL, true).await.ok().flatten()?;
        let read_at_ms = found.headers().get(READ_AT).ok().flatten()?;
        let read_at_ms = read_at_ms.parse().ok()?;
        let answer = found.bytes().await.ok()?.into();
        Some(Self { answer, read_at_ms })
    }

    async fn keep_as_new(self) {
        let read_at_ms = now_ms();
        Self { read_at_ms, ..self }.keep().await;
    }

    async fn keep(self) {
        let headers = Headers::new();
        let set = [
            headers.set("cache-control", KEPT),
            headers.set(READ_AT, &self.read_at_ms.to_string()),
        ];
        let response = worker::Response::from_bytes(self.answer.into());
        if let (true, Ok(response)) = (set.iter().all(Result::is_ok), response) {
            let response = response.with_headers(headers);
            let _ = Cache::default().put(CACHE_URL, response).await;
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
        };
        let answer = encode(&signals);
        assert_eq!(decode(answer.clone()), Some(signals));
        let shortest = 2 * LENGTH_BYTES + 5 + 5;
        for length in 0..shortest {
            assert_eq!(decode(answer.slice(..length)), None, "{length}");
        }
        let none = encode(&Signals::default());
        assert_eq!(decode(none), Some(Signals::default()));
    }
}
