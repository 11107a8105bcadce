//! The pulse: everything that edges must know within seconds, in one blob with a stamp.
//!
//! It is one byte with the number of the format, then CBOR: a struct is an array in the order of its
//! numbers, an enum a number. An edge takes a pulse only for a newer one ([`Pulse::supersedes`]), so
//! late and doubled deliveries change nothing.
//!
//! Invariant: a pulse is at most [`PULSE_BYTES_MAX`], so that it fits into every cache tier and is
//! read as a whole.
//!
//! Not here: how it travels, and how long an instance keeps it (the adapters).

use std::collections::BTreeMap;

use minicbor::{Decode, Decoder, Encode};
use souk_room::{DrawKey, Published};

use crate::ladder::{Level, Manual, state_of};
use crate::rate::Rate;
use crate::switch::{Setting, Switch};

/// Bytes of a pulse, at most.
pub const PULSE_BYTES_MAX: usize = 32 * 1024;

/// The first byte.
const FORMAT: u8 = 1;

/// A pulse.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pulse {
    /// Grows with each one.
    #[n(0)]
    pub stamp: u64,
    /// When it was made, in milliseconds since 1970.
    #[n(1)]
    pub made_at_ms: i64,
    /// The level.
    #[n(2)]
    pub level: Level,
    /// What is not on at this level.
    #[n(3)]
    pub by_level: BTreeMap<Switch, Setting>,
    /// What the staff have set; each ends at every edge by itself.
    #[n(4)]
    pub manual: Vec<Manual>,
    /// How many requests are allowed.
    #[n(5)]
    pub limits: Vec<RateLimit>,
    /// How many requests edges report.
    #[n(6)]
    pub sampling: Vec<Sampling>,
    /// The sales of which a session is announced or on.
    #[n(7)]
    pub sales: Vec<PulseSale>,
    /// The release that is out.
    #[n(8)]
    pub release: Option<PulseRelease>,
}

/// A sale in the pulse.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PulseSale {
    /// Its id.
    #[n(0)]
    pub id: String,
    /// Its session.
    #[n(1)]
    pub room: Published,
    /// The session before, if it is over: its draw can be checked for a day.
    #[n(2)]
    pub before: Option<PastDraw>,
}

/// What edges know of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PulseRelease {
    /// Tells releases apart: a bucket counts for the release for which it was drawn.
    #[n(0)]
    pub salt: i64,
    /// The buckets below are in the lane `next`; at most 10,000, which are all.
    #[n(1)]
    pub share: u16,
}

/// The draw of a session that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PastDraw {
    /// When the session opened, in milliseconds since 1970.
    #[n(0)]
    pub opens_at_ms: i64,
    /// The key, of which the commitment is made.
    #[n(1)]
    pub key: DrawKey,
}

/// A kind of requests, for limits and samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum RouteClass {
    /// Pages, and reading through the API.
    #[n(0)]
    Read,
    /// Searching.
    #[n(1)]
    Search,
    /// Changing a cart.
    #[n(2)]
    Cart,
    /// Tickets of a sale, and their polls.
    #[n(3)]
    Room,
    /// Placing and changing an order.
    #[n(4)]
    Order,
    /// Signing in, and everything that can be guessed.
    #[n(5)]
    Secret,
}

impl RouteClass {
    /// Every one, in the order of their numbers.
    pub const ALL: [RouteClass; 6] = [
        RouteClass::Read,
        RouteClass::Search,
        RouteClass::Cart,
        RouteClass::Room,
        RouteClass::Order,
        RouteClass::Secret,
    ];

    /// The number that a sample has for it; its place in [`RouteClass::ALL`].
    pub fn number(self) -> u8 {
        self as u8
    }

    /// From that number.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The classes that are counted for all instances together.
    pub const COUNTED: [RouteClass; 3] = [RouteClass::Order, RouteClass::Room, RouteClass::Secret];

    /// How many requests a client may send where the staff have set nothing; of classes without a rate
    /// none is counted.
    pub fn default_rate(self) -> Option<Rate> {
        let in_a_minute = |quota| Rate {
            quota,
            window_s: 60,
        };
        match self {
            RouteClass::Order | RouteClass::Room => Some(in_a_minute(30)),
            RouteClass::Secret => Some(in_a_minute(10)),
            RouteClass::Read | RouteClass::Search | RouteClass::Cart => None,
        }
    }

    /// How many requests a client may send, by these limits or by default.
    pub fn rate(self, limits: &[RateLimit]) -> Option<Rate> {
        let mut set = limits.iter();
        let set = set.find(|limit| limit.class == self && limit.counted == Counted::Client);
        set.map_or(self.default_rate(), |limit| Some(limit.rate()))
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        use RouteClass::{Cart, Order, Read, Room, Search, Secret};
        let mut all = [Read, Search, Cart, Room, Order, Secret].into_iter();
        all.find(|one| one.name() == name)
    }

    /// As the staff write it.
    pub fn name(self) -> &'static str {
        match self {
            RouteClass::Read => "read",
            RouteClass::Search => "search",
            RouteClass::Cart => "cart",
            RouteClass::Room => "ticket",
            RouteClass::Order => "order",
            RouteClass::Secret => "secret",
        }
    }
}

/// By what requests are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Counted {
    /// By the address that they come from.
    #[n(0)]
    Client,
    /// By the buyer, where one is known.
    #[n(1)]
    Buyer,
}

/// How many requests of a class one client or buyer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RateLimit {
    /// Which.
    #[n(0)]
    pub class: RouteClass,
    /// By what they are counted.
    #[n(1)]
    pub counted: Counted,
    /// So many.
    #[n(2)]
    pub quota: u32,
    /// In so many seconds.
    #[n(3)]
    pub window_s: u32,
}

/// Which share of the requests of a class edges report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Sampling {
    /// Which.
    #[n(0)]
    pub class: RouteClass,
    /// Of a million.
    #[n(1)]
    pub per_million: u32,
}

/// Why bytes are no pulse, or a pulse no blob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PulseError {
    /// It has more than [`PULSE_BYTES_MAX`].
    #[error("the pulse has {0} bytes, more than {PULSE_BYTES_MAX}")]
    TooLarge(usize),
    /// Another format.
    #[error("the pulse has another format")]
    OtherFormat,
    /// It does not fit the format.
    #[error("the pulse cannot be read: {0}")]
    Malformed(String),
}

impl RateLimit {
    /// Requests of a limit, at most.
    pub const QUOTA_MAX: u32 = 100_000;
    /// Seconds of a limit, at most: a day.
    pub const WINDOW_S_MAX: u32 = 24 * 60 * 60;

    /// Whether the staff or a plan may set it.
    pub fn is_possible(&self) -> bool {
        let is_window = (1..=Self::WINDOW_S_MAX).contains(&self.window_s);
        let is_counted = RouteClass::COUNTED.contains(&self.class);
        is_counted && is_window && (1..=Self::QUOTA_MAX).contains(&self.quota)
    }

    /// How many.
    pub fn rate(&self) -> Rate {
        Rate {
            quota: self.quota,
            window_s: self.window_s,
        }
    }
}

impl Pulse {
    /// The blob.
    ///
    /// # Errors
    /// When it is too large.
    pub fn encode(&self) -> Result<Vec<u8>, PulseError> {
        let mut blob = vec![FORMAT];
        minicbor::encode(self, &mut blob).expect("a Vec takes all bytes");
        match blob.len() {
            ..=PULSE_BYTES_MAX => Ok(blob),
            bytes => Err(PulseError::TooLarge(bytes)),
        }
    }

    /// Reads a blob to its end.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(blob: &[u8]) -> Result<Self, PulseError> {
        if blob.len() > PULSE_BYTES_MAX {
            return Err(PulseError::TooLarge(blob.len()));
        }
        let Some((&FORMAT, content)) = blob.split_first() else {
            return Err(PulseError::OtherFormat);
        };
        let mut decoder = Decoder::new(content);
        match decoder.decode() {
            Ok(pulse) if decoder.position() == content.len() => Ok(pulse),
            Ok(_) => Err(PulseError::Malformed("bytes follow its end".to_owned())),
            Err(error) => Err(PulseError::Malformed(error.to_string())),
        }
    }

    /// The stamp of a pulse, without reading the rest; `None` where this is none.
    pub fn stamp_of(blob: &[u8]) -> Option<u64> {
        Self::head_of(blob).map(|(stamp, _)| stamp)
    }

    /// When it was made, in milliseconds since 1970, without reading the rest; `None` where this is
    /// none.
    pub fn made_at_ms_of(blob: &[u8]) -> Option<i64> {
        Self::head_of(blob).map(|(_, made_at_ms)| made_at_ms)
    }

    fn head_of(blob: &[u8]) -> Option<(u64, i64)> {
        let (&FORMAT, content) = blob.split_first()? else {
            return None;
        };
        let mut decoder = Decoder::new(content);
        decoder.array().ok()?;
        Some((decoder.u64().ok()?, decoder.i64().ok()?))
    }

    /// Whether an edge that has `held` takes this one.
    pub fn supersedes(&self, held: Option<&Pulse>) -> bool {
        held.is_none_or(|held| held.stamp < self.stamp)
    }

    /// How a switch stands at a moment, in milliseconds since 1970.
    pub fn state_of(&self, switch: Switch, now_ms: i64) -> Setting {
        state_of(switch, &self.by_level, &self.manual, now_ms)
    }

    /// The sale with an id.
    pub fn sale(&self, id: &str) -> Option<&PulseSale> {
        self.sales.iter().find(|sale| sale.id == id)
    }

    /// When the clock changes what responses show next, in milliseconds since 1970: a session that
    /// gathers, opens or closes, or a setting that ends.
    pub fn next_change_ms(&self, now_ms: i64) -> Option<i64> {
        let sales = self.sales.iter();
        let sessions = sales.filter_map(|sale| sale.room.session.next_change_ms(now_ms));
        let ends = self.manual.iter().map(|one| one.until_ms);
        sessions.chain(ends.filter(|&end| end > now_ms)).min()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use souk_room::{Control, Door, Left, Queue, Rank, Secrets, Session, Stock, Window};

    use super::*;

    /// A sale at its fullest.
    fn sale(number: u32) -> PulseSale {
        let mut queue = Queue::default();
        queue.add_drawn(1_000_000);
        for second in 0..3_600 {
            queue.add_arrivals(1_800_000_000_000 + second * 1_000, 1_000);
        }
        let mut window = Window::default();
        window.advance(Some(Rank::LAST), Some(Rank::Drawn(7)));
        PulseSale {
            id: format!("sale-{number}"),
            room: Published {
                session: Session {
                    number,
                    gathers_at_ms: 1_800_000_000_000,
                    opens_at_ms: 1_800_000_100_000,
                    closes_at_ms: 1_800_000_200_000,
                },
                control: Control::Running,
                stock: Stock::Available,
                left: vec![Left::Few; 20],
                window,
                front: Some(Rank::LAST),
                share: 65_536,
                queue,
                present_permille: 700,
                called_per_minute: 60_000,
                secrets: Some(Secrets {
                    door: Door([1; 32]),
                    draw: DrawKey([2; 32]),
                }),
                commitment: DrawKey([2; 32]).commitment(),
            },
            before: Some(PastDraw {
                opens_at_ms: 1_800_000_000_000,
                key: DrawKey([3; 32]),
            }),
        }
    }

    fn pulse(sales: u32) -> Pulse {
        Pulse {
            stamp: 5,
            made_at_ms: 1_800_000_000_000,
            level: Level::new(2).unwrap(),
            by_level: [(Switch::Suggestions, Setting::Off)].into(),
            manual: vec![Manual {
                switch: Switch::Suggestions,
                setting: Setting::On,
                until_ms: 1_800_000_050_000,
            }],
            limits: vec![RateLimit {
                class: RouteClass::Room,
                counted: Counted::Client,
                quota: 60,
                window_s: 60,
            }],
            sampling: vec![Sampling {
                class: RouteClass::Order,
                per_million: 1_000,
            }],
            sales: (0..sales).map(sale).collect(),
            release: Some(PulseRelease {
                salt: 1_800_000_000_000,
                share: 10_000,
            }),
        }
    }

    #[test]
    fn a_pulse_with_twenty_sales_at_once_is_small_enough() {
        let blob = pulse(20).encode().unwrap();
        assert_eq!(Pulse::decode(&blob), Ok(pulse(20)));
        assert!(matches!(pulse(60).encode(), Err(PulseError::TooLarge(_))));
    }

    #[test]
    fn stamp_and_moment_are_read_alone() {
        let blob = pulse(1).encode().unwrap();
        assert_eq!(Pulse::stamp_of(&blob), Some(5));
        assert_eq!(Pulse::made_at_ms_of(&blob), Some(1_800_000_000_000));
        let none = [&[][..], &[FORMAT], &[2, 0x88, 5, 5], &[FORMAT, 0x88, 5]];
        assert!(none.iter().all(|bytes| Pulse::stamp_of(bytes).is_none()));
    }

    #[test]
    fn bytes_that_are_no_pulse_are_refused() {
        let blob = pulse(1).encode().unwrap();
        for length in 0..blob.len() {
            assert!(Pulse::decode(&blob[..length]).is_err(), "{length}");
        }
        let longer = [blob.as_slice(), &[0]].concat();
        assert!(matches!(
            Pulse::decode(&longer),
            Err(PulseError::Malformed(_))
        ));
        let other = [&[2], &blob[1..]].concat();
        assert_eq!(Pulse::decode(&other), Err(PulseError::OtherFormat));
        let large = vec![FORMAT; PULSE_BYTES_MAX + 1];
        assert!(matches!(
            Pulse::decode(&large),
            Err(PulseError::TooLarge(_))
        ));
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_fail_otherwise(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            bytes.insert(0, FORMAT);
            let _ = Pulse::decode(&bytes);
        }
    }

    #[test]
    fn only_a_newer_pulse_is_taken() {
        let newer = Pulse {
            stamp: 6,
            ..pulse(0)
        };
        assert!(pulse(0).supersedes(None) && newer.supersedes(Some(&pulse(0))));
        assert!(!pulse(0).supersedes(Some(&pulse(0))) && !pulse(0).supersedes(Some(&newer)));
    }

    #[test]
    fn what_the_clock_changes_needs_no_pulse() {
        let pulse = pulse(1);
        let state = |now_ms| pulse.state_of(Switch::Suggestions, now_ms);
        assert_eq!(state(1_800_000_049_999), Setting::On);
        assert_eq!(state(1_800_000_050_000), Setting::Off);
        let next = |now_ms| {
            pulse
                .next_change_ms(now_ms)
                .map(|ms| ms - 1_800_000_000_000)
        };
        assert_eq!(next(1_800_000_000_000), Some(50_000));
        assert_eq!(next(1_800_000_050_000), Some(100_000));
        assert_eq!(next(1_800_000_200_000), None);
        assert!(pulse.sale("sale-0").is_some() && pulse.sale("x").is_none());
    }
}
