//! The waiting rooms: the inputs of each session's usher once a second, and what is kept and published
//! after its step.
//!
//! What it has to know again is kept with each step, so any instance can make the next one. What edges
//! send is stored until a step has taken it; a batch that comes twice counts once.
//!
//! Not here: who is called (`souk_room::Usher`), how units and orders are counted (the origin).

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use souk_operations::samples::SalesNow;
use souk_operations::{PastDraw, Sale};
use souk_operations_store::{KeepRoom, StoredRoom};
use souk_protocol::operations::{SaleSession, SaleStanding};
use souk_protocol::origin::{ReadSession, SessionStanding};
use souk_protocol::room::RoomBatch;
use souk_room::schedule::Stock;
use souk_room::ticket::PULSE_AGE_MS_MAX;
use souk_room::usher::Stored;
use souk_room::{
    Control, Facts, Health, Left, Ordered, Published, Rank, Report, Session, Terms, Units, Usher,
    before_checkout,
};

/// From one step to the next in milliseconds, and earlier than a minute before the opening.
pub(crate) const STEP_MS: i64 = 1_000;
const EARLY_STEP_MS: i64 = 5_000;
const EARLY_MS: i64 = 60_000;
/// Steps that are so much nearer than that are one: several instances may be told to step.
const STEP_TOLERANCE_MS: i64 = 500;
/// How long edges know of a session that is over, in milliseconds: a day, in which its draw can be
/// checked.
const OVER_MS: i64 = 24 * 60 * 60 * 1_000;
/// An instance that was not heard for so long has ended, or has no visitors.
const EDGE_MS: i64 = 120_000;

/// The waiting room of a session.
pub(crate) struct Room<'s> {
    sale: &'s Sale,
    session: Session,
    kept: Kept,
    usher: Usher,
    batches: Vec<(i64, String)>,
}

/// What is kept with a step.
#[derive(Debug, Default, Encode, Decode)]
struct Kept {
    #[n(0)]
    stored: Stored,
    #[cbor(n(1), with = "minicbor::bytes")]
    memory: Vec<u8>,
    /// The number of the last order that the usher knows.
    #[n(2)]
    order: i64,
    #[n(3)]
    edges: BTreeMap<u64, Edge>,
    /// Of each item.
    #[n(4)]
    left: Vec<Left>,
    #[n(5)]
    stepped_at_ms: Option<i64>,
}

/// An instance that issues tickets.
#[derive(Debug, Clone, Copy, Default, Encode, Decode)]
struct Edge {
    /// The number of its last batch.
    #[n(0)]
    batch: u64,
    /// Tickets that it has issued.
    #[n(1)]
    tickets: u64,
    /// When the pulse was made that it had then.
    #[n(2)]
    pulse_made_at_ms: i64,
    #[n(3)]
    heard_at_ms: i64,
}

/// What edges have sent since the step before.
#[derive(Default)]
struct Heard {
    reports: Vec<Report>,
    drawn: u64,
    arrived: Vec<(i64, u64)>,
}

/// The sessions that edges know of at a moment, in milliseconds since 1970.
pub(crate) fn known(sales: &[Sale], now_ms: i64) -> impl Iterator<Item = (&Sale, Session)> {
    sales.iter().filter_map(move |sale| {
        let session = *sale.session_at(now_ms)?;
        (now_ms < session.closes_at_ms + OVER_MS).then_some((sale, session))
    })
}

/// The draw of the session before the one that edges know of, as long as it can be checked.
pub(crate) fn draw_before(sale: &Sale, now_ms: i64) -> Option<PastDraw> {
    let session = sale.session_before(now_ms)?;
    let is_recent = now_ms < session.closes_at_ms + OVER_MS;
    is_recent.then(|| PastDraw {
        opens_at_ms: session.opens_at_ms,
        key: sale.secret.keys(session.number).draw,
    })
}

/// From one step of a session to the next, in milliseconds.
pub(crate) fn step_ms(session: &Session, now_ms: i64) -> i64 {
    match session.opens_at_ms - now_ms > EARLY_MS {
        true => EARLY_STEP_MS,
        false => STEP_MS,
    }
}

/// When the first usher steps that does not step yet, in milliseconds since 1970.
pub(crate) fn next_gathering_ms(sales: &[Sale], now_ms: i64) -> Option<i64> {
    let open = sales.iter().filter(|sale| sale.control != Control::Closed);
    let sessions = open.flat_map(|sale| &sale.sessions);
    let moments = sessions.map(|session| session.gathers_at_ms);
    moments.filter(|&moment| moment > now_ms).min()
}

impl<'s> Room<'s> {
    /// A room from what is stored of it; a new one where nothing is, or where it cannot be read.
    pub(crate) fn open(sale: &'s Sale, session: Session, stored: StoredRoom, now_ms: i64) -> Self {
        let kept: Kept = minicbor::decode(&stored.kept).unwrap_or_default();
        let terms = match sale.is_before_checkout() {
            true => before_checkout::terms(),
            false => Terms {
                limit: sale.limit,
                overbook_permille: sale.overbook_permille,
                turn_ms: sale.buy_within_ms,
                hears: true,
            },
        };
        let usher = Usher::resume(session, terms, kept.stored.clone(), &kept.memory, now_ms);
        Self {
            sale,
            session,
            kept,
            usher,
            batches: stored.batches,
        }
    }

    /// Whether a step is due.
    pub(crate) fn is_due(&self, now_ms: i64) -> bool {
        let wait_ms = step_ms(&self.session, now_ms) - STEP_TOLERANCE_MS;
        let stepped_at_ms = self.kept.stepped_at_ms;
        let is_recent = |stepped_ms: i64| (stepped_ms..stepped_ms + wait_ms).contains(&now_ms);
        self.sale.is_on(now_ms) && !stepped_at_ms.is_some_and(is_recent)
    }

    /// What the origin is asked before a step.
    ///
    /// The room before the checkout has no SKU: of the answer only counts how long it took.
    pub(crate) fn question(&self) -> ReadSession {
        ReadSession {
            session: self.session.number,
            skus: self.sale.skus.clone(),
            after: self.kept.order,
        }
    }

    /// One step; the origin has answered after so many milliseconds.
    pub(crate) fn step(&mut self, standing: &SessionStanding, answered_ms: i64, now_ms: i64) {
        let heard = self.take_batches(now_ms);
        let orders = standing.orders.iter().filter_map(|order| {
            let rank = Rank::parse(&order.rank)?;
            let units = order.units;
            Some(Ordered { rank, units })
        });
        let levels = standing.levels.iter();
        let units = match self.sale.is_before_checkout() {
            true => before_checkout::units(),
            false => Units {
                available: levels.clone().map(|level| level.available).sum(),
                held: levels.clone().map(|level| level.held).sum(),
            },
        };
        self.usher.step(Facts {
            now_ms,
            control: self.sale.control_now(),
            units,
            orders: &orders.collect::<Vec<_>>(),
            reports: &heard.reports,
            drawn: heard.drawn,
            arrived: &heard.arrived,
            // Edges send what they have issued within a second, and one that cannot has no young
            // pulse soon, without which it issues nothing for a place by arrival.
            counted_until_ms: now_ms,
            unknowing_permille: self.unknowing_permille(now_ms),
            health: Health {
                p90_ms: u32::try_from(answered_ms).ok(),
                is_failing: false,
            },
        });
        let left = levels.map(|level| Left::of(level.available, level.supplied));
        self.kept.left = left.collect();
        let last = standing.orders.last();
        self.kept.order = last.map_or(self.kept.order, |order| order.number);
        self.kept.stepped_at_ms = Some(now_ms);
    }

    /// What the store keeps of the step before.
    pub(crate) fn keep(mut self) -> KeepRoom {
        self.kept.stored = self.usher.stored().clone();
        self.kept.memory = self.usher.memory();
        KeepRoom {
            session: self.session.number,
            kept: minicbor::to_vec(&self.kept).expect("a Vec takes all bytes"),
            taken: self.batches.last().map_or(0, |(number, _)| *number),
        }
    }

    /// What edges may know.
    pub(crate) fn publish(&self) -> Published {
        let mut left = self.kept.left.clone();
        // Before the first step nothing was sold.
        left.resize(self.sale.skus.len(), Left::Plenty);
        let secrets = self.sale.secret.keys(self.session.number);
        let published = Published {
            // What the staff want holds at once, also between two steps.
            control: self.sale.control_now(),
            ..self.usher.publish(secrets, left)
        };
        match self.sale.is_before_checkout() {
            // Before its first step it has no units yet, and is open all the same.
            true => before_checkout::with_near_front(Published {
                stock: Stock::Available,
                ..published
            }),
            false => published,
        }
    }

    /// Adds it to the sales that are on at a moment, in milliseconds since 1970.
    pub(crate) fn add_to(&self, sales: &mut SalesNow, now_ms: i64) {
        let standing = self.standing(now_ms);
        sales.waiting += standing.tickets.saturating_sub(standing.called);
        sales.called_per_minute += standing.called_per_minute;
        sales.left += standing.available;
    }

    /// How it stands at a moment, in milliseconds since 1970.
    pub(crate) fn standing(&self, now_ms: i64) -> SaleStanding {
        let figures = self.usher.figures();
        let (session, control) = (&self.session, self.sale.control_now());
        let (Units { available, held }, stock) = match self.sale.is_before_checkout() {
            true => (Units::default(), Stock::Available),
            false => {
                let Units { available, held } = figures.units;
                (figures.units, Stock::of(available, held))
            }
        };
        SaleStanding {
            id: self.sale.id.clone(),
            control: control.name().to_owned(),
            session: SaleSession {
                number: session.number,
                gathers_at_ms: session.gathers_at_ms,
                opens_at_ms: session.opens_at_ms,
                closes_at_ms: session.closes_at_ms,
            },
            state: session.state(now_ms, control, stock).name().to_owned(),
            drawn: figures.drawn,
            tickets: figures.tickets,
            present_permille: figures.present_permille,
            called: figures.called,
            missed: figures.missed,
            called_per_minute: figures.called_per_minute,
            orders: figures.orders,
            available,
            held,
            stepped_at_ms: self.kept.stepped_at_ms,
        }
    }

    /// What was sent since the step before. A batch that was taken before, or that cannot be read, is
    /// left out.
    fn take_batches(&mut self, now_ms: i64) -> Heard {
        let mut heard = Heard::default();
        self.kept.edges.retain(|_, edge| {
            (edge.heard_at_ms - EDGE_MS..edge.heard_at_ms + EDGE_MS).contains(&now_ms)
        });
        for (_, body) in &self.batches {
            let Ok(batch) = souk_json::read::<RoomBatch>(body.as_bytes()) else {
                continue;
            };
            let edge = self.kept.edges.entry(batch.edge).or_default();
            if batch.batch <= edge.batch {
                continue;
            }
            let arrived: u64 = batch.arrived.iter().map(|(_, tickets)| tickets).sum();
            *edge = Edge {
                batch: batch.batch,
                tickets: edge.tickets + batch.drawn + arrived,
                pulse_made_at_ms: batch.pulse_made_at_ms,
                heard_at_ms: now_ms,
            };
            let reports = batch.reports.iter().filter_map(|seen| {
                let rank = Rank::parse(&seen.rank)?;
                let polls = seen.polls;
                Some(Report { rank, polls })
            });
            heard.reports.extend(reports);
            heard.drawn += batch.drawn;
            heard.arrived.extend(&batch.arrived);
        }
        heard
    }

    /// How many of a thousand tickets are with edges that had no young pulse when they were heard last:
    /// they cannot report what they do not know of.
    fn unknowing_permille(&self, now_ms: i64) -> u32 {
        let edges = || self.kept.edges.values();
        let is_old = |edge: &&Edge| now_ms - edge.pulse_made_at_ms > PULSE_AGE_MS_MAX;
        let is_heard = |edge: &&Edge| edge.heard_at_ms == now_ms;
        let all: u64 = edges().map(|edge| edge.tickets).sum();
        let old = edges().filter(is_heard).filter(is_old);
        let old: u64 = old.map(|edge| edge.tickets).sum();
        u32::try_from((old * 1_000).checked_div(all).unwrap_or_default()).unwrap_or(1_000)
    }
}
