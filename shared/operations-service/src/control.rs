//! Changes and what is due by the clock: decided on what is stored, stored, and published.
//!
//! Several instances may write at the same moment. The store takes a state only in the place of the
//! one that it was made of; an instance that was slower reads again and decides once more, at most
//! [`ATTEMPTS_MAX`] times.

use http::StatusCode;
use souk_operations::plan::Armed;
use souk_operations::{Command, Operations, OriginCall, Pulse, Refused, Sale, SaleSecret};
use souk_operations_store::{KeepSignals, OperationsStore, Series, Stored};
use souk_ports::{Clock, OriginClient, PortError};
use souk_protocol::operations::SaleStanding;
use souk_protocol::origin::{SESSION_PATH, SessionStanding};
use souk_protocol::samples::WATCH_MS;
use souk_service_http::post;
use souk_sql::{StoreError, json};

use crate::PulsePublisher;
use crate::draft::{Draft, Sales};
use crate::rooms::{self, Room};
use crate::signals;

/// From one pulse to the next while a level is above 0 or a switch is set, in milliseconds.
pub const PUBLISH_MS: i64 = 1_000;

/// How often a decision is made before its caller has to try again. Each attempt that is lost is a
/// change of another instance that got through.
const ATTEMPTS_MAX: u32 = 8;

/// The use case, over a store, a way to edges, and the origin.
pub struct Service<'a, S, P, O> {
    /// Levels, switches and the journal.
    pub store: &'a S,
    /// The way to edges.
    pub publisher: &'a P,
    /// Knows what is left in a sale, and who has ordered.
    pub origin: &'a O,
    /// Gets one line for each failure.
    pub log: &'a dyn Fn(&str),
    /// 16 unpredictable bytes.
    pub random: &'a dyn Fn() -> [u8; 16],
}

/// A change that a person or a program wants.
pub(crate) struct Wanted {
    pub(crate) command: Command,
    pub(crate) who: String,
    /// May be empty.
    pub(crate) reason: String,
}

impl<S: OperationsStore, P: PulsePublisher, O: OriginClient + Clock> Service<'_, S, P, O> {
    /// Makes a change and publishes it: the number of its record, or why it cannot be done.
    pub(crate) async fn change(
        &self,
        wanted: &Wanted,
        now_ms: i64,
    ) -> Result<Result<u64, Refused>, StoreError> {
        let Wanted {
            command,
            who,
            reason,
        } = wanted;
        for _ in 0..ATTEMPTS_MAX {
            let Stored { version, state } = self.store.read().await?;
            let mut draft = Draft::of(state, now_ms);
            match draft.state.change(command.clone(), who, reason, now_ms) {
                Ok(change) => draft.add(change),
                Err(refused) => return Ok(Err(refused)),
            }
            let is_another_room = self.keep_room_before_checkout(&mut draft, now_ms);
            let record = draft.state.journal().records();
            let sales = self.sales(&draft.state, now_ms).await?;
            if let Some(pulse) = self.keep(version, draft, sales, None, now_ms).await? {
                self.publish(&pulse).await;
                if is_another_room || matches!(command, Command::Schedule(_)) {
                    self.forget_rooms(now_ms).await?;
                }
                return Ok(Ok(record));
            }
        }
        Err(lost())
    }

    /// Ends what is due at `now_ms`, in milliseconds since 1970, lets ushers step, and publishes a
    /// pulse, unless nothing is on and edges know that. May be called at any rate, and by several
    /// instances at the same moment.
    ///
    /// # Errors
    /// Those of the store. A pulse that does not get through, and an origin that does not answer, are
    /// logged.
    pub async fn tick(&self, now_ms: i64) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS_MAX {
            let Stored { version, state } = self.store.read().await?;
            let mut draft = Draft::of(state, now_ms);
            let is_another_room = self.keep_room_before_checkout(&mut draft, now_ms);
            let wants_samples = draft.state.wants_samples(now_ms);
            let is_reported = wants_samples || draft.state.watched().is_reported;
            let is_quiet = draft.records.is_empty() && !draft.state.is_active() && !is_another_room;
            if is_quiet && !is_reported && self.publisher.has(draft.state.stamp()).await {
                return Ok(());
            }
            let mut sales = match has_room(draft.state.sales(), now_ms) {
                true => self.step(&draft.state, now_ms).await?,
                false => self.sales(&draft.state, now_ms).await?,
            };
            let signals = match wants_samples {
                true => {
                    let stored = self.store.signals().await?;
                    signals::step(stored, &mut draft, &sales, now_ms)
                }
                false => None,
            };
            self.carry_out(&mut draft, signals.as_ref(), now_ms).await?;
            sales.control_by(draft.state.sales());
            let kept = self.keep(version, draft, sales, signals, now_ms).await?;
            if let Some(pulse) = kept {
                self.publish(&pulse).await;
                return Ok(());
            }
        }
        Err(lost())
    }

    /// Opens the room before the checkout or takes it away, as the level is: one that a step of the plan
    /// has raised has the room a tick later. Whether it did.
    fn keep_room_before_checkout(&self, draft: &mut Draft, now_ms: i64) -> bool {
        let secret = SaleSecret(self.random_32());
        draft.state.keep_room_before_checkout(secret, now_ms)
    }

    /// Carries the armed plan out up to `now_ms`, in milliseconds since 1970, by the signals that are
    /// stored and those of this step.
    async fn carry_out(
        &self,
        draft: &mut Draft,
        made: Option<&KeepSignals>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let Some(after_s) = draft.state.armed().map(Armed::looks_back_after_s) else {
            return Ok(());
        };
        let known = self.store.series(Series::Seconds, after_s).await?;
        let window = signals::window(&known, made);
        let records = draft.state.advance(&window, now_ms);
        draft.records.extend(records);
        Ok(())
    }

    /// Has edges report for one who looks on from now, in milliseconds since 1970; nothing where that
    /// was asked for lately.
    pub(crate) async fn look_on(&self, now_ms: i64) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS_MAX {
            let Stored { version, state } = self.store.read().await?;
            let until_ms = state.watched().looked_on_until_ms;
            let is_long = |until_ms: i64| until_ms > now_ms + WATCH_MS / 2;
            if until_ms.is_some_and(is_long) {
                return Ok(());
            }
            let mut draft = Draft::of(state, now_ms);
            draft.state.look_on(now_ms + WATCH_MS);
            let sales = self.sales(&draft.state, now_ms).await?;
            if let Some(pulse) = self.keep(version, draft, sales, None, now_ms).await? {
                self.publish(&pulse).await;
                return Ok(());
            }
        }
        Err(lost())
    }

    /// When [`Service::tick`] has something to do next, in milliseconds since 1970 and not before
    /// `now_ms`; `None` while nothing is on or to come, and edges know that.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let state = self.store.read().await?.state;
        let soon_ms = now_ms + PUBLISH_MS;
        let is_reported = state.wants_samples(now_ms) || state.watched().is_reported;
        let is_active = state.is_active() || is_reported;
        let active_ms = is_active.then(|| {
            let end_ms = state.next_end_ms().unwrap_or(soon_ms);
            end_ms.clamp(now_ms, soon_ms)
        });
        let on = rooms::known(state.sales(), now_ms);
        let on = on.filter(|(sale, _)| sale.is_on(now_ms));
        let step_ms = on.map(|(_, session)| now_ms + rooms::step_ms(&session, now_ms));
        let gathering_ms = rooms::next_gathering_ms(state.sales(), now_ms);
        let is_known = self.publisher.has(state.stamp()).await;
        let unknown_ms = (!is_known).then_some(soon_ms);
        let moments = active_ms.into_iter().chain(step_ms).chain(gathering_ms);
        Ok(moments.chain(unknown_ms).min())
    }

    /// How the sales with a waiting room stand, in milliseconds since 1970.
    pub(crate) async fn sale_standings(
        &self,
        state: &Operations,
        now_ms: i64,
    ) -> Result<Vec<SaleStanding>, StoreError> {
        let mut standings = Vec::new();
        for (sale, session) in rooms::known(state.sales(), now_ms) {
            let stored = self.store.room(session.number).await?;
            standings.push(Room::open(sale, session, stored, now_ms).standing(now_ms));
        }
        Ok(standings)
    }

    /// What edges know of the sales.
    async fn sales(&self, state: &Operations, now_ms: i64) -> Result<Sales, StoreError> {
        let mut sales = Sales::default();
        for (sale, session) in rooms::known(state.sales(), now_ms) {
            let stored = self.store.room(session.number).await?;
            sales.add(sale, &Room::open(sale, session, stored, now_ms), now_ms);
        }
        Ok(sales)
    }

    /// The same after a step of each usher whose step is due. One whose origin does not answer stands
    /// still.
    async fn step(&self, state: &Operations, now_ms: i64) -> Result<Sales, StoreError> {
        let mut sales = Sales::default();
        for (sale, session) in rooms::known(state.sales(), now_ms) {
            let stored = self.store.room(session.number).await?;
            let mut room = Room::open(sale, session, stored, now_ms);
            if !room.is_due(now_ms) {
                sales.add(sale, &room, now_ms);
                continue;
            }
            let asked_at_ms = self.origin.now_ms();
            let standing = self.standing_of(&room).await;
            let answered_ms = self.origin.now_ms() - asked_at_ms;
            sales.origin.push(OriginCall {
                ms: u32::try_from(answered_ms).unwrap_or_default(),
                has_failed: standing.is_err(),
            });
            match standing {
                Ok(standing) => {
                    room.step(&standing, answered_ms, now_ms);
                    if !sale.is_before_checkout() {
                        sales.now.get_or_insert_default().orders += standing.orders.len() as u64;
                    }
                    sales.add(sale, &room, now_ms);
                    sales.kept.push(room.keep());
                }
                Err(error) => {
                    (self.log)(&format!("sale {}: the origin {error}", sale.id));
                    sales.add(sale, &room, now_ms);
                }
            }
        }
        Ok(sales)
    }

    async fn standing_of(&self, room: &Room<'_>) -> Result<SessionStanding, PortError> {
        let asked = post(SESSION_PATH, json(&room.question()));
        let answer = self.origin.send(asked).await?;
        if answer.status() != StatusCode::OK {
            return Err(PortError::Transient(format!("said {}", answer.status())));
        }
        let read = souk_json::read(answer.body());
        read.map_err(|error| PortError::Transient(error.to_string()))
    }

    /// Forgets rooms that no edge has to know of.
    async fn forget_rooms(&self, now_ms: i64) -> Result<(), StoreError> {
        let state = self.store.read().await?.state;
        let known = rooms::known(state.sales(), now_ms);
        let sessions: Vec<_> = known.map(|(_, session)| session.number).collect();
        self.store.keep_rooms_of(&sessions).await
    }

    /// Stores a draft in the place of the state with this version, with the stamp of its pulse, which
    /// may be published from then on. `None`: another instance was quicker.
    async fn keep(
        &self,
        version: i64,
        draft: Draft,
        sales: Sales,
        signals: Option<KeepSignals>,
        now_ms: i64,
    ) -> Result<Option<Pulse>, StoreError> {
        let Draft { mut state, records } = draft;
        let pulse = state.next_pulse(sales.published, now_ms);
        let is_stored = self
            .store
            .replace(version, &state, &records, &sales.kept, signals.as_ref())
            .await?;
        Ok(is_stored.then_some(pulse))
    }

    pub(crate) fn random_32(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (first, second) = bytes.split_at_mut(16);
        first.copy_from_slice(&(self.random)());
        second.copy_from_slice(&(self.random)());
        bytes
    }

    async fn publish(&self, pulse: &Pulse) {
        let blob = match pulse.encode() {
            Ok(blob) => blob,
            Err(error) => return (self.log)(&error.to_string()),
        };
        if let Err(error) = self.publisher.publish(pulse.stamp, blob).await {
            (self.log)(&format!("pulse {}: {error}", pulse.stamp));
        }
    }
}

/// Whether an usher steps.
fn has_room(sales: &[Sale], now_ms: i64) -> bool {
    sales.iter().any(|sale| sale.is_on(now_ms))
}

fn lost() -> StoreError {
    let reason = format!("other instances were quicker {ATTEMPTS_MAX} times");
    StoreError::Transient(reason)
}
