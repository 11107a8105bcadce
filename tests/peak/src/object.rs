//! The object of the usher: it steps once a second, stores, and publishes, and may be killed between
//! any two of these.

use std::collections::BTreeMap;

use souk_operations::{Command, Operations, Pulse, PulseSale, Sale, SaleSecret};
use souk_room::ticket::PULSE_AGE_MS_MAX;
use souk_room::{
    Control, DrawKey, Facts, Health, Left, Report, Secrets, Session, Stored, Terms, Usher,
};

use crate::edge::SALE;
use crate::origin::Origin;
use crate::plan::Plan;

/// What the sale sells.
const SKU: &str = "sale:drop:TEA-250";
/// Calls that the origin answers in a second without delay.
const IDLE_P90_MS: u32 = 20;
const SLOW_P90_MS: u32 = 900;

/// Where a step ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It is finished.
    Whole,
    /// Killed before anything was stored.
    BeforeStoring,
    /// Killed after storing, before publishing.
    BeforePublishing,
}

/// What is durable: what a transaction of the object has written.
struct Durable {
    operations: Vec<u8>,
    room: Vec<u8>,
}

/// What an edge sends until it is stored: tickets for the draw, tickets by the second of their arrival,
/// and tickets whose page is a form without a script, which are reported once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Issued {
    pub(crate) drawn: u64,
    pub(crate) arrived: Vec<(i64, u64)>,
    pub(crate) forms: Vec<Report>,
    /// Which edge, how many tickets it has issued in all, and when the pulse was made that it has.
    pub(crate) edge: usize,
    pub(crate) total: u64,
    pub(crate) pulse_made_at_ms: i64,
}

/// Reports on their way.
#[derive(Default)]
pub(crate) struct Inbox {
    pub(crate) reports: Vec<Report>,
    /// Counts of the edges, which send them until they are stored.
    pub(crate) counts: Vec<Issued>,
}

/// The object.
pub(crate) struct Object {
    session: Session,
    terms: Terms,
    secrets: Secrets,
    durable: Durable,
    process: Option<(Operations, Usher)>,
    /// Of each edge that was heard: its tickets, when its pulse was made, and when it was heard.
    heard: BTreeMap<usize, (u64, i64, i64)>,
    counted_until_ms: i64,
    pub(crate) inbox: Inbox,
    units: i64,
}

impl Object {
    pub(crate) fn new(plan: &Plan, session: Session, secrets: Secrets) -> Self {
        let sale = Sale {
            id: SALE.to_owned(),
            sessions: vec![session],
            control: Control::Running,
            skus: vec![SKU.to_owned()],
            limit: plan.limit,
            overbook_permille: plan.overbook,
            buy_within_ms: plan.turn_ms,
            secret: SaleSecret([1; 32]),
            is_paused_by_plan: false,
        };
        let operations = Operations::default();
        let before_ms = session.gathers_at_ms - 1;
        let scheduled = operations.change(Command::Schedule(sale), "staff", "", before_ms);
        let operations = scheduled.expect("a sale that fits").next;
        Self {
            session,
            terms: Terms {
                limit: plan.limit,
                overbook_permille: plan.overbook,
                turn_ms: plan.turn_ms,
                hears: true,
            },
            secrets,
            durable: Durable {
                operations: blob(&operations),
                room: blob(&Stored::default()),
            },
            process: None,
            heard: BTreeMap::new(),
            counted_until_ms: 0,
            inbox: Inbox::default(),
            units: plan.units,
        }
    }

    pub(crate) fn commitment(&self) -> String {
        self.secrets.draw.commitment().text()
    }

    pub(crate) fn draw_key(&self) -> DrawKey {
        self.secrets.draw
    }

    pub(crate) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// A process starts from what is stored.
    pub(crate) fn start(&mut self, now_ms: i64) {
        let operations = minicbor::decode(&self.durable.operations).expect("as it was stored");
        let stored: Stored = minicbor::decode(&self.durable.room).expect("as it was stored");
        let usher = Usher::new(self.session, self.terms, stored, now_ms);
        self.process = Some((operations, usher));
    }

    /// Its process ends; what was sent to it is lost.
    pub(crate) fn kill(&mut self) {
        self.process = None;
        self.heard.clear();
        self.inbox = Inbox::default();
    }

    /// The staff pause or resume the sale.
    pub(crate) fn control(&mut self, control: Control, now_ms: i64) {
        let Some((operations, _)) = &mut self.process else {
            return;
        };
        let sale = SALE.to_owned();
        let command = Command::Control { sale, control };
        let change = operations.change(command, "staff", "", now_ms);
        *operations = change.expect("the sale is not closed").next;
        self.durable.operations = blob(operations);
    }

    /// What the staff want, as it is stored.
    pub(crate) fn controlled(&self) -> Control {
        let stored: Operations = minicbor::decode(&self.durable.operations).expect("as stored");
        stored.sales()[0].control
    }

    /// How many of a thousand tickets are with edges that have no young pulse.
    fn unknowing_permille(&self, now_ms: i64) -> u32 {
        let is_old = |made_at_ms: i64| now_ms - made_at_ms > PULSE_AGE_MS_MAX;
        let all: u64 = self.heard.values().map(|(total, ..)| total).sum();
        let old = self
            .heard
            .values()
            .filter(|(_, made_at_ms, _)| is_old(*made_at_ms));
        let old: u64 = old.map(|(total, ..)| total).sum();
        (old * 1_000).checked_div(all).unwrap_or_default() as u32
    }

    /// One step. The pulse that it publishes.
    pub(crate) fn step(&mut self, origin: &Origin, now_ms: i64, ends: Ends) -> Option<Pulse> {
        let control = self.controlled();
        for count in &self.inbox.counts {
            let Issued {
                total,
                pulse_made_at_ms,
                ..
            } = *count;
            let heard = (total, pulse_made_at_ms, now_ms);
            self.heard.insert(count.edge, heard);
        }
        let counted = self.heard.values().map(|(_, _, heard_ms)| *heard_ms);
        self.counted_until_ms = counted.min().unwrap_or(self.counted_until_ms);
        let unknowing_permille = self.unknowing_permille(now_ms);
        let counted_until_ms = self.counted_until_ms;
        let (operations, usher) = self.process.as_mut()?;
        let mut inbox = std::mem::take(&mut self.inbox);
        let forms = inbox
            .counts
            .iter()
            .flat_map(|count| count.forms.iter().copied());
        inbox.reports.extend(forms);
        let drawn = inbox.counts.iter().map(|count| count.drawn).sum();
        let arrived = inbox
            .counts
            .iter()
            .flat_map(|count| count.arrived.iter().copied());
        let arrived: Vec<_> = arrived.collect();
        let heard = usize::try_from(usher.stored().orders()).expect("a few");
        usher.step(Facts {
            now_ms,
            control,
            units: origin.units(),
            orders: &origin.ordered[heard..],
            reports: &inbox.reports,
            drawn,
            arrived: &arrived,
            counted_until_ms,
            unknowing_permille,
            health: Health {
                p90_ms: Some(match origin.is_slow {
                    true => SLOW_P90_MS,
                    false => IDLE_P90_MS,
                }),
                is_failing: false,
            },
        });
        let left = Left::of(origin.units().available, self.units);
        let sale = PulseSale {
            id: SALE.to_owned(),
            room: usher.publish(self.secrets, vec![left]),
            before: None,
        };
        let pulse = operations.next_pulse(vec![sale], now_ms);
        if ends == Ends::BeforeStoring {
            self.kill();
            return None;
        }
        self.durable = Durable {
            operations: blob(operations),
            room: blob(usher.stored()),
        };
        if ends == Ends::BeforePublishing {
            self.kill();
            return None;
        }
        // As the bytes travel.
        let bytes = pulse.encode().expect("one sale is small enough");
        Some(Pulse::decode(&bytes).expect("as it was encoded"))
    }
}

fn blob<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("a Vec takes all bytes")
}
