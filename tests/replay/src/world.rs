//! Everything around the edges: the time, the published version, the origin, the waiting rooms.

use std::cell::Cell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyhow::Result;
use souk_catalogue::Hash;
use souk_settings::{PublicAddress, Secrets};
use souk_storefront::Settings;

use crate::origin::Origin;
use crate::room::Rooms;
use crate::shop::{Published, publish};
use crate::trace::Trace;

/// When every trace begins, in milliseconds since 1970.
pub(crate) const BEGIN_MS: i64 = 1_800_000_000_000;

/// How often a request may be woken: it waits for nothing but short pauses.
const POLLS_MAX: u32 = 10_000;

/// The world.
pub(crate) struct World {
    pub(crate) now_ms: Cell<i64>,
    pub(crate) published: Published,
    pub(crate) origin: Origin,
    pub(crate) rooms: Rooms,
    pub(crate) settings: Settings,
    seed: u64,
    drawn: Cell<u64>,
}

impl World {
    /// The world of a trace, before its first moment.
    ///
    /// # Errors
    /// When no shop can have what the trace names.
    pub(crate) fn new(trace: &Trace, seed: u64) -> Result<Self> {
        let origin = Origin::new()?;
        let published = publish(trace, &origin)?;
        let world = Self {
            now_ms: Cell::new(BEGIN_MS),
            published,
            origin,
            rooms: Rooms::new()?,
            settings: settings(),
            seed,
            drawn: Cell::new(0),
        };
        world.schedule()?;
        Ok(world)
    }

    /// The next 16 bytes of chance, which follow from the seed.
    pub(crate) fn random_bytes(&self) -> [u8; 16] {
        self.drawn.set(self.drawn.get() + 1);
        let mut drawn = [0; 16];
        drawn[..8].copy_from_slice(&self.seed.to_le_bytes());
        drawn[8..].copy_from_slice(&self.drawn.get().to_le_bytes());
        // Looks like chance: 16 of 64 hexadecimal digits would have half of it.
        let hash = Hash::of(&drawn).to_string();
        let byte = |place: usize| u8::from_str_radix(&hash[2 * place..2 * place + 2], 16);
        std::array::from_fn(|place| byte(place).expect("a hash has 32 bytes in hexadecimal"))
    }
}

/// What the deployment decides.
fn settings() -> Settings {
    Settings {
        order_page_open_days: 0,
        freeze_ms: 15 * 60 * 1_000,
        sends_mails: false,
        security_contact: String::new(),
        address: PublicAddress::default(),
        session_secrets: Secrets::split("a secret of a replay, of 32 characters"),
        series: Default::default(),
        metrics_are_public: false,
        collector: None,
        clients: Default::default(),
        origin_pool: None,
        is_next_lane: false,
    }
}

/// Runs what waits for nothing but short pauses, which pass at once.
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..POLLS_MAX {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
    unreachable!("no port of a replay ever waits");
}
