//! A fault and its attributes, as Toxiproxy's API has them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One fault of a proxy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Toxic {
    /// Its name, which no other toxic of the proxy has.
    pub name: String,
    /// Which bytes it concerns.
    pub stream: Stream,
    /// Which share of connections it hits, 0 to 1.
    pub toxicity: f64,
    /// What it does.
    #[serde(flatten)]
    pub kind: Kind,
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// From the client to the upstream.
    Upstream,
    /// From the upstream to the client.
    Downstream,
}

/// What a fault does. Durations are in milliseconds unless they say otherwise, amounts in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "attributes", rename_all = "snake_case")]
pub enum Kind {
    /// Delays everything.
    Latency {
        /// By so much,
        #[serde(default)]
        latency: u64,
        /// give or take up to this.
        #[serde(default)]
        jitter: u64,
    },
    /// Lets so many thousand bytes through in a second. 0 is no limit.
    Bandwidth {
        /// Thousand bytes a second.
        #[serde(default)]
        rate: u64,
    },
    /// Delays the end of the connection.
    SlowClose {
        /// By so much.
        #[serde(default)]
        delay: u64,
    },
    /// Lets nothing through, and closes the connection.
    Timeout {
        /// After so much; 0: when the toxic is removed.
        #[serde(default)]
        timeout: u64,
    },
    /// Resets the connection instead of letting anything through.
    ResetPeer {
        /// So long after the first bytes.
        #[serde(default)]
        timeout: u64,
    },
    /// Cuts data into small parts.
    Slicer {
        /// Of about this size,
        #[serde(default)]
        average_size: usize,
        /// give or take up to this,
        #[serde(default)]
        size_variation: usize,
        /// with pauses of so many microseconds between them.
        #[serde(default)]
        delay: u64,
    },
    /// Closes the connection after so many bytes.
    LimitData {
        /// How many.
        #[serde(default)]
        bytes: u64,
    },
}

/// What the API calls each kind.
pub(crate) const KINDS: [&str; 7] = [
    "latency",
    "bandwidth",
    "slow_close",
    "timeout",
    "reset_peer",
    "slicer",
    "limit_data",
];

impl Toxic {
    /// A fault of every connection.
    pub fn new(name: &str, stream: Stream, kind: Kind) -> Self {
        Self {
            name: name.to_owned(),
            stream,
            toxicity: 1.0,
            kind,
        }
    }

    /// Whether it hits a connection that drew this number, 0 to 1. Each toxic asks anew, so that
    /// several of them hit connections independently of each other.
    pub(crate) fn hits(&self, draw: u64) -> bool {
        let of_name = self.name.bytes().fold(draw, |seed, byte| {
            seed.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(byte)
        });
        self.toxicity >= 1.0 || fastrand::Rng::with_seed(of_name).f64() < self.toxicity
    }
}

impl Kind {
    /// How long `bytes` of data take at this rate.
    pub(crate) fn takes(rate: u64, bytes: usize) -> Duration {
        match rate {
            0 => Duration::ZERO,
            _ => Duration::from_micros(bytes as u64 * 1_000 / rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toxic_reads_and_writes_as_the_api_has_it() {
        let text = r#"{"name":"slow","stream":"downstream","toxicity":0.5,"type":"latency","attributes":{"latency":1000,"jitter":10}}"#;
        let toxic: Toxic = serde_json::from_str(text).unwrap();
        let kind = Kind::Latency {
            latency: 1_000,
            jitter: 10,
        };
        assert_eq!(toxic.kind, kind);
        assert_eq!(serde_json::to_string(&toxic).unwrap(), text);
        for kind in KINDS {
            let text = format!(
                r#"{{"name":"x","stream":"upstream","toxicity":1.0,"type":"{kind}","attributes":{{}}}}"#
            );
            assert!(serde_json::from_str::<Toxic>(&text).is_ok(), "{kind}");
        }
    }

    #[test]
    fn a_share_of_connections_is_hit_and_another_toxic_hits_others() {
        let toxic = |name: &str, toxicity| Toxic {
            toxicity,
            ..Toxic::new(name, Stream::Upstream, Kind::Timeout { timeout: 0 })
        };
        let mut random = fastrand::Rng::with_seed(1);
        let draws: Vec<u64> = std::iter::repeat_with(|| random.u64(..))
            .take(10_000)
            .collect();
        let share = |hit: &dyn Fn(u64) -> bool| draws.iter().filter(|draw| hit(**draw)).count();
        let (one, other) = (toxic("one", 0.3), toxic("other", 0.3));
        assert!((2_800..3_200).contains(&share(&|draw| one.hits(draw))));
        let both = share(&|draw| one.hits(draw) && other.hits(draw));
        assert!((750..1_050).contains(&both), "{both}");
        assert_eq!(share(&|draw| toxic("all", 1.0).hits(draw)), draws.len());
        assert_eq!(share(&|draw| toxic("none", 0.0).hits(draw)), 0);
    }

    #[test]
    fn a_rate_is_in_thousand_bytes_a_second() {
        assert_eq!(Kind::takes(1, 1_000), Duration::from_secs(1));
        assert_eq!(Kind::takes(100, 1_000), Duration::from_millis(10));
        assert_eq!(Kind::takes(0, 1_000), Duration::ZERO);
    }
}
