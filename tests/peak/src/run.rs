//! A run: from the first ticket to the end of the sale.

mod acts;

use std::collections::BTreeMap;
use std::rc::Rc;

use fastrand::Rng;
use souk_operations::Pulse;
use souk_room::{Control, Door, DrawKey, Secrets, Session, State, TicketKeys};

use crate::auditor::{Auditor, Failure};
use crate::crowd::{chance, faults, visitors};
use crate::edge::Edge;
use crate::object::{Ends, Object};
use crate::origin::{Origin, Status};
use crate::plan::Plan;
use crate::visitor::Visitor;
use crate::world::{Agenda, Event, Fault};

/// When the sale opens, in milliseconds since 1970.
const OPENS_MS: i64 = 1_800_000_000_000;
/// How long it is open.
const OPEN_MS: i64 = 40 * 60 * 1_000;
/// A clock that is wrong is so by up to this.
const WRONG_MS: i64 = 3_600_000;
/// How long a pulse is on its way.
const PULSE_WAY_MS: std::ops::Range<i64> = 50..2_000;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The first rule that did not hold.
    pub failure: Option<Failure>,
    /// How often what happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// When 95 % of the units were in orders, in seconds after the opening.
    pub sold_after_s: Option<i64>,
    /// Reports in a second, at most.
    pub reports_per_s_max: usize,
    /// Orders in a second, at most.
    pub orders_per_s_max: usize,
    /// Events that happened.
    pub events: u64,
    /// Moves of the window and faults, in order, with milliseconds after the opening.
    pub trace: Vec<String>,
}

/// Everything of a run.
struct Run {
    plan: Plan,
    session: Session,
    random: Rng,
    agenda: Agenda,
    edges: Vec<Edge>,
    origin: Origin,
    object: Object,
    auditor: Auditor,
    visitors: Vec<Visitor>,
    pulses: Vec<Rc<Pulse>>,
    buyer_secret: [u8; 32],
    silent_until_ms: i64,
    /// Until when the object may still suffer from a fault.
    disturbed_until_ms: i64,
    sold_after_s: Option<i64>,
    reports_per_s_max: usize,
    orders_per_s_max: usize,
    orders_before: usize,
    events: u64,
}

/// Runs a plan.
pub fn run(plan: &Plan) -> Outcome {
    let mut run = Run::new(plan);
    let ends_at_ms = run.session.closes_at_ms + 120_000;
    while let Some((now_ms, event)) = run.agenda.next() {
        if now_ms > ends_at_ms || run.auditor.failure.is_some() {
            break;
        }
        run.events += 1;
        run.happen(now_ms, event);
    }
    run.close(ends_at_ms)
}

impl Run {
    fn new(plan: &Plan) -> Self {
        let mut random = Rng::with_seed(plan.seed);
        let session = Session {
            number: 1,
            gathers_at_ms: OPENS_MS - plan.gathers_ms,
            opens_at_ms: OPENS_MS,
            closes_at_ms: OPENS_MS + OPEN_MS,
        };
        let mut agenda = Agenda::default();
        let secrets = Secrets {
            door: Door(key(&mut random)),
            draw: DrawKey(key(&mut random)),
        };
        let keys = ["the newer secret of a simulated shop", "and the older one"];
        let keys = Rc::new(TicketKeys::new(keys.into_iter()));
        let edges = (0..plan.edges).map(|edge| {
            let is_wrong = chance(&mut random, plan.wrong_clocks);
            let ahead_ms = random.i64(-WRONG_MS..WRONG_MS);
            Edge::new(edge, Rc::clone(&keys), if is_wrong { ahead_ms } else { 0 })
        });
        let edges = edges.collect();
        agenda.add(session.gathers_at_ms - 5_000, Event::Fault(Fault::Start));
        agenda.add(session.gathers_at_ms - 4_000, Event::Step);
        let visitors = visitors(plan, session, &mut random, &mut agenda);
        faults(plan, session, &mut random, &mut agenda);
        Self {
            plan: plan.clone(),
            session,
            edges,
            origin: Origin::new(session, plan.units, plan.limit),
            object: Object::new(plan, session, secrets),
            auditor: Auditor::new(plan, session),
            visitors,
            pulses: Vec::new(),
            buyer_secret: key(&mut random),
            random,
            agenda,
            silent_until_ms: 0,
            disturbed_until_ms: 0,
            sold_after_s: None,
            reports_per_s_max: 0,
            orders_per_s_max: 0,
            orders_before: 0,
            events: 0,
        }
    }

    fn happen(&mut self, now_ms: i64, event: Event) {
        match event {
            Event::Act(visitor) => self.act(visitor, now_ms),
            Event::Guess(visitor) => self.guess(visitor, now_ms),
            Event::Step => self.step(now_ms),
            Event::Pulse { edge, pulse } => self.arrive(edge, pulse, now_ms),
            Event::Pay(order) => self.origin.pay(order),
            Event::Expire(order) => {
                let before = self.origin.orders[order];
                self.origin.expire(order);
                if before.status == Status::Held {
                    self.auditor.expired(before.buyer, before.units);
                }
            }
            Event::Fault(fault) => self.fault(fault, now_ms),
        }
    }

    fn step(&mut self, now_ms: i64) {
        self.agenda.add(now_ms + 1_000, Event::Step);
        self.reports_per_s_max = self.reports_per_s_max.max(self.object.inbox.reports.len());
        let orders = self.origin.orders.len();
        self.orders_per_s_max = self.orders_per_s_max.max(orders - self.orders_before);
        self.orders_before = orders;
        let is_disturbed = now_ms < self.disturbed_until_ms;
        let state = self.origin.state(now_ms);
        self.auditor.look(now_ms, state, is_disturbed);
        self.balance();
        let heard: Vec<_> = (0..self.edges.len())
            .filter(|_| !self.is_report_lost(now_ms))
            .collect();
        let counts = heard.iter().map(|&edge| self.edges[edge].unacknowledged());
        self.object.inbox.counts = counts.collect();
        if let Some(pulse) = self.object.step(&self.origin, now_ms, Ends::Whole) {
            heard
                .iter()
                .for_each(|&edge| self.edges[edge].acknowledge());
            self.publish(pulse, now_ms);
        }
    }

    fn publish(&mut self, pulse: Pulse, now_ms: i64) {
        let room = pulse.sales[0].room.clone();
        let available = self.origin.units().available;
        self.auditor.published(&pulse, &room, available);
        if room.secrets.is_some() && now_ms < self.session.opens_at_ms - 30_000 {
            self.auditor
                .fail("edges have no keys before the last half minute", "");
        }
        let number = self.pulses.len();
        self.pulses.push(Rc::new(pulse));
        for edge in 0..self.edges.len() {
            if !chance(&mut self.random, self.plan.lost_pulses) {
                let way_ms = self.random.i64(PULSE_WAY_MS);
                let pulse = number;
                self.agenda
                    .add(now_ms + way_ms, Event::Pulse { edge, pulse });
            }
        }
    }

    fn arrive(&mut self, edge: usize, pulse: usize, now_ms: i64) {
        let edge = &mut self.edges[edge];
        if now_ms < edge.cut_until_ms {
            return;
        }
        let pulse = &self.pulses[pulse];
        let before = edge.pulse().map(|held| held.sales[0].room.window);
        let is_taken = edge.receive(pulse, now_ms - pulse.made_at_ms, now_ms);
        let after = pulse.sales[0].room.window;
        let goes_back = |before: souk_room::Window| {
            after.called() < before.called() || after.missed() < before.missed()
        };
        if is_taken && before.is_some_and(goes_back) {
            let found = format!("{after:?} after {before:?}");
            self.auditor
                .fail("no edge goes back to an older window", found);
        }
    }

    fn balance(&mut self) {
        let level = self.origin.level();
        if !level.balances() || level.supplied != self.plan.units {
            self.auditor.fail("units add up", format!("{level:?}"));
        }
        let gone = level.held + level.sold;
        if self.sold_after_s.is_none() && gone * 100 >= self.plan.units * 95 {
            let now_ms = self
                .pulses
                .last()
                .map_or(OPENS_MS, |pulse| pulse.made_at_ms);
            self.sold_after_s = Some((now_ms - OPENS_MS) / 1_000);
        }
    }

    fn fault(&mut self, fault: Fault, now_ms: i64) {
        let for_ms = self.random.i64(2_000..60_000);
        let edge = self.random.usize(0..self.edges.len());
        let line = format!(
            "{:>8} {fault:?}, edge {edge}, {for_ms} ms",
            now_ms - OPENS_MS
        );
        self.auditor.trace.push(line);
        let mut later = |after_ms: i64, fault| {
            self.agenda.add(now_ms + after_ms, Event::Fault(fault));
        };
        match fault {
            Fault::Start if !self.object.is_running() => self.object.start(now_ms),
            Fault::Start => {}
            Fault::Kill => {
                let ends = self
                    .random
                    .choice([Ends::BeforeStoring, Ends::BeforePublishing]);
                later(for_ms / 3, Fault::Start);
                let pulse = self.object.step(&self.origin, now_ms, ends.expect("two"));
                if pulse.is_none() {
                    self.auditor.count("killed");
                }
                self.disturbed_until_ms = now_ms + for_ms / 3 + self.plan.turn_ms;
            }
            Fault::Cut => self.edges[edge].cut_until_ms = now_ms + for_ms,
            Fault::Restart => self.edges[edge].restart(),
            Fault::Jump => {
                let by_ms = self.random.i64(-WRONG_MS..WRONG_MS);
                self.edges[edge].set_clock(by_ms);
            }
            Fault::Silence => {
                self.silent_until_ms = now_ms + 2 * for_ms;
                self.disturbed_until_ms = self.silent_until_ms + self.plan.turn_ms;
            }
            Fault::Pause => {
                later(for_ms, Fault::Resume);
                self.object.control(Control::Paused, now_ms);
            }
            Fault::Resume => {
                self.object.control(Control::Running, now_ms);
                // A killed object has not heard it: the staff try again.
                if self.object.controlled() == Control::Paused {
                    later(5_000, Fault::Resume);
                }
            }
            Fault::Slow => {
                later(for_ms, Fault::Well);
                self.origin.is_slow = true;
            }
            Fault::Well => self.origin.is_slow = false,
        }
        self.origin.control = self.object.controlled();
    }

    fn close(mut self, now_ms: i64) -> Outcome {
        self.balance();
        if self.auditor.failure.is_none() {
            let available = self.origin.units().available;
            self.auditor.close(available);
            self.check_draw(now_ms);
            if self.origin.state(now_ms) != State::Over {
                self.auditor.fail("the sale ends", String::new());
            }
        }
        *self.auditor.counts.entry("left over").or_default() +=
            self.origin.units().available as u64;
        Outcome {
            failure: self.auditor.failure,
            counts: self.auditor.counts,
            sold_after_s: self.sold_after_s,
            reports_per_s_max: self.reports_per_s_max,
            orders_per_s_max: self.orders_per_s_max,
            events: self.events,
            trace: self.auditor.trace,
        }
    }

    /// Anybody can check the draw at the end.
    fn check_draw(&mut self, now_ms: i64) {
        let commitment = self.object.commitment();
        for edge in 0..self.edges.len() {
            let key = self.edges[edge].revealed_key(now_ms);
            if key.is_some_and(|key| key.commitment().text() != commitment) {
                self.auditor
                    .fail("the key is the one that was committed to", commitment);
                return;
            }
        }
    }
}

/// Random bytes.
fn key<const N: usize>(random: &mut Rng) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}
