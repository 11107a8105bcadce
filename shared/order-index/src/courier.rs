//! Delivers messages from the origin's queue to their destination: at least once, in bounded time.
//!
//! A courier keeps no state. It claims messages for a while, delivers their event messages, and
//! settles each with the origin. Wherever it stops, the claim expires and the messages are due
//! again; the order index counts an event once, however often it arrives. Several couriers may run
//! at the same time: the order index sorts an order's events, so couriers need not.
//!
//! An event message that cannot be ingested does not hold up the others: it is retried after
//! growing pauses, and dead-lettered after [`ATTEMPTS_MAX`] attempts. An event message is never
//! dead-lettered because its destination is unreachable.
//!
//! Not here: when to go (`tick`, the alarm of an object), queues of a platform (`functions/`).

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use souk_ports::{Clock, OriginClient, PortError, Randomness, is_within};
use souk_protocol::order_index::{EVENT_MESSAGES_MAX, EventMessage, IngestOutcome};
use souk_protocol::origin::{self, Claim, Message, Queue, Settled, Settlement};
use souk_protocol::staff::Delivered;
use souk_settings::Reader;
use souk_sql::StoreError;

use crate::{OrderIndex, message_of};

/// Claims of a message whose event message is refused, before it is dead-lettered. With the pauses of
/// [`REFUSED_PAUSE_MS`] it is tried for 250 ms × (2^7 − 1) ≈ 32 s at most and half of that at
/// least: as long as a deployment takes that brings a newer order index.
pub const ATTEMPTS_MAX: u32 = 8;
/// Pause after the first refusal of an event message; doubled for each further one.
const REFUSED_PAUSE_MS: i64 = 250;
/// Pause after the first time that the destination did not answer; doubled for each further one.
const AWAY_PAUSE_MS: i64 = 1_000;
/// Longest pause. It bounds how late an event message is once its destination answers again.
const PAUSE_MS_MAX: i64 = 60_000;
/// How long no other courier gets claimed messages: many times what a round takes, and the delay
/// that a crash in the middle of one costs.
const VISIBILITY_MS: i64 = 30_000;

/// Most messages in one claim.
const CLAIM_MAX: u32 = EVENT_MESSAGES_MAX as u32;

/// Where event messages belong.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait Carrier {
    /// Hands event messages over, at most [`EVENT_MESSAGES_MAX`]; what became of each, in their
    /// order.
    ///
    /// # Errors
    /// As [`OrderIndex::ingest`].
    async fn carry(&self, messages: &[EventMessage]) -> Result<Vec<IngestOutcome>, StoreError>;
}

/// Hands event messages to an order index, by a clock.
#[derive(Debug)]
pub struct ToOrderIndex<'a, B, K> {
    /// The order index.
    pub index: &'a B,
    /// Says when an event message was ingested.
    pub clock: &'a K,
}

impl<B: OrderIndex, K: Clock> Carrier for ToOrderIndex<'_, B, K> {
    async fn carry(&self, messages: &[EventMessage]) -> Result<Vec<IngestOutcome>, StoreError> {
        self.index.ingest(messages, self.clock.now_ms()).await
    }
}

/// Deliveries in a second, where a deployment says nothing: ten full rounds of a courier.
const DELIVERIES_PER_SECOND: u32 = 1_000;
/// Most deliveries in a second that a deployment may ask for.
const DELIVERIES_PER_SECOND_MAX: i64 = 1_000_000;

/// The setting that says how fast couriers go, as [`deliveries_per_second`] reads it.
pub const RATE: &str = "deliveries_per_second";

/// Most messages for the order index in a second, as a deployment says it.
pub fn deliveries_per_second(reader: &mut Reader<'_>) -> u32 {
    let rate = reader.number(
        RATE,
        DELIVERIES_PER_SECOND.into(),
        1..=DELIVERIES_PER_SECOND_MAX,
    );
    u32::try_from(rate).unwrap_or(DELIVERIES_PER_SECOND)
}

/// How long and how fast a courier goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// No round begins after this many milliseconds.
    pub budget_ms: i64,
    /// Most messages in a second, so that a burst is drained at a rate that the order index bears.
    /// At least 1.
    pub per_second: u32,
}

impl Pace {
    /// The pace of one of several couriers that bring event messages to the same order index at the
    /// same time, so that all of them together keep to the rate.
    #[must_use]
    pub fn shared_by(self, couriers: u16) -> Self {
        Self {
            per_second: (self.per_second / u32::from(couriers.max(1))).max(1),
            ..self
        }
    }
}

/// What a courier did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// What became of the messages.
    pub delivered: Delivered,
    /// Whether there are more that are due.
    pub more: bool,
}

/// Delivers what is due in the queue of the back office, until nothing is or the time is over.
///
/// # Errors
/// When the origin does not answer; what was delivered before stays delivered, and is delivered
/// again if the origin did not get its settlement.
pub async fn deliver<O: OriginClient, C: Carrier, K: Clock + Randomness>(
    origin: &O,
    carrier: &C,
    clock: &K,
    pace: Pace,
    log: impl Fn(&str),
) -> Result<Round, PortError> {
    let started_ms = clock.now_ms();
    let mut round = Round::default();
    // A call is what may go in a second at most, so that waiting for its time is short.
    let limit = pace.per_second.clamp(1, CLAIM_MAX);
    loop {
        let claimed = claim(origin, limit, &log).await?;
        if claimed.is_empty() {
            round.more = false;
            return Ok(round);
        }
        let claims = u32::try_from(claimed.len()).unwrap_or(u32::MAX);
        round.delivered.claimed += claims;
        round.more = claims >= limit;
        let (settlements, is_unreachable) = hand_over(carrier, clock, claimed, &log).await;
        for settlement in &settlements {
            let delivered = &mut round.delivered;
            match settlement.outcome {
                Settled::Done => delivered.done += 1,
                Settled::Retry { .. } => delivered.retried += 1,
                Settled::Dead { .. } => delivered.dead += 1,
            }
        }
        settle(origin, &settlements).await?;
        if is_unreachable || !round.more {
            return Ok(round);
        }
        // Also before the end, so that a caller that calls again at once keeps to the rate as well.
        let due_ms = i64::from(round.delivered.claimed) * 1_000 / i64::from(pace.per_second.max(1));
        // A clock that is set back meanwhile prolongs neither the pause nor the work.
        let elapsed_ms = (clock.now_ms() - started_ms).max(0);
        if let Ok(early_ms @ 1..) = u32::try_from(due_ms - elapsed_ms) {
            clock.pause_ms(early_ms).await;
        }
        if !is_within(pace.budget_ms, started_ms, clock.now_ms()) {
            return Ok(round);
        }
    }
}

/// A claimed message as far as it is needed to settle it.
#[derive(Deserialize)]
struct Envelope {
    id: i64,
    order: String,
    sequence: u32,
    attempts: u32,
}

/// A claimed message, opened.
struct Opened {
    envelope: Envelope,
    message: Result<EventMessage, String>,
}

fn read<T: DeserializeOwned>(message: &serde_json::Value) -> Result<T, serde_json::Error> {
    souk_json::read(souk_sql::json(message).as_bytes())
}

async fn claim<O: OriginClient>(
    origin: &O,
    limit: u32,
    log: &impl Fn(&str),
) -> Result<Vec<Opened>, PortError> {
    let claim = Claim {
        queue: Queue::BackOffice,
        limit,
        visibility_ms: VISIBILITY_MS,
        order: None,
    };
    let answer = post(origin, origin::CLAIM_PATH, souk_sql::json(&claim)).await?;
    // One by one: a message that cannot be read must not hide the others.
    let claimed: Vec<serde_json::Value> = souk_json::read(&answer)
        .map_err(|error| PortError::Transient(format!("the origin's messages: {error}")))?;
    // Everything is read from text: a reader of the same types from values would be 20 KiB more.
    let open = |message: serde_json::Value| match read::<Envelope>(&message) {
        Ok(envelope) => {
            let message = read::<Message>(&message);
            let message = message.map_err(|error| error.to_string());
            let message =
                message.and_then(|message| message_of(&message).map_err(|error| error.to_string()));
            Some(Opened { envelope, message })
        }
        Err(error) => {
            log(&format!("a message without an envelope: {error}"));
            None
        }
    };
    Ok(claimed.into_iter().filter_map(open).collect())
}

/// Hands everything over that is an event message; what became of each message, and whether the
/// place is away.
async fn hand_over<C: Carrier, K: Randomness>(
    carrier: &C,
    clock: &K,
    claimed: Vec<Opened>,
    log: &impl Fn(&str),
) -> (Vec<Settlement>, bool) {
    let messages = claimed
        .iter()
        .filter_map(|opened| opened.message.clone().ok());
    let messages: Vec<EventMessage> = messages.collect();
    let mut taken = carry_each(carrier, &messages).await.into_iter();
    let mut is_unreachable = false;
    let mut settlements = Vec::with_capacity(claimed.len());
    for Opened { envelope, message } in claimed {
        let delivery = match message {
            Ok(_) => taken
                .next()
                .unwrap_or(Delivery::Unreachable("no answer".to_owned())),
            Err(reason) => Delivery::Refused(reason),
        };
        is_unreachable |= matches!(delivery, Delivery::Unreachable(_));
        let outcome = settled(delivery, envelope.attempts, clock);
        if let Settled::Dead { error } = &outcome {
            let Envelope {
                order, sequence, ..
            } = &envelope;
            log(&format!(
                "dead-lettered: event {sequence} of order {order}: {error}"
            ));
        }
        settlements.push(Settlement {
            id: envelope.id,
            order: envelope.order,
            sequence: envelope.sequence,
            attempts: envelope.attempts,
            outcome,
        });
    }
    (settlements, is_unreachable)
}

/// What became of one event message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It was delivered.
    Done,
    /// It cannot be ingested; why.
    Refused(String),
    /// The destination neither accepted nor refused it; why.
    Unreachable(String),
}

/// Hands event messages over in one call, or each by itself where one of them brings the call down;
/// what became of each, in their order.
pub async fn carry_each<C: Carrier>(carrier: &C, messages: &[EventMessage]) -> Vec<Delivery> {
    if messages.is_empty() {
        return Vec::new();
    }
    let deliveries = |taken: Vec<IngestOutcome>| taken.into_iter().map(delivery).collect();
    match carrier.carry(messages).await {
        Ok(taken) => deliveries(taken),
        Err(StoreError::Transient(error)) => {
            let unreachable = messages
                .iter()
                .map(|_| Delivery::Unreachable(error.clone()));
            unreachable.collect()
        }
        // One of them brought all of them down: each by itself, so that only that one stays out.
        Err(StoreError::Rejected(_) | StoreError::Corrupt(_)) => {
            let mut single = Vec::with_capacity(messages.len());
            for message in messages {
                let taken = carrier.carry(std::slice::from_ref(message)).await;
                single.push(match taken.map(|mut taken| taken.pop()) {
                    Ok(Some(taken)) => delivery(taken),
                    Ok(None) => Delivery::Unreachable("no answer".to_owned()),
                    Err(StoreError::Transient(error)) => Delivery::Unreachable(error),
                    Err(StoreError::Rejected(error) | StoreError::Corrupt(error)) => {
                        Delivery::Refused(error)
                    }
                });
            }
            single
        }
    }
}

fn delivery(taken: IngestOutcome) -> Delivery {
    match taken {
        IngestOutcome::New | IngestOutcome::Known => Delivery::Done,
        IngestOutcome::Refused { reason } => Delivery::Refused(reason),
    }
}

fn settled<K: Randomness>(delivery: Delivery, attempts: u32, clock: &K) -> Settled {
    match delivery {
        Delivery::Done => Settled::Done,
        Delivery::Refused(error) if attempts >= ATTEMPTS_MAX => Settled::Dead { error },
        Delivery::Refused(error) => Settled::Retry {
            after_ms: pause_ms(REFUSED_PAUSE_MS, attempts, clock),
            error,
        },
        Delivery::Unreachable(error) => Settled::Retry {
            after_ms: pause_ms(AWAY_PAUSE_MS, attempts, clock),
            error,
        },
    }
}

/// Doubled with each attempt, half of it random: messages that failed together are not retried
/// together.
fn pause_ms<K: Randomness>(first_ms: i64, attempts: u32, clock: &K) -> i64 {
    // 2^16 times any first pause is beyond the longest.
    let doubled = first_ms << attempts.saturating_sub(1).min(16);
    let pause_ms = doubled.min(PAUSE_MS_MAX);
    let chance = i64::from(clock.random_bytes()[0]);
    pause_ms / 2 + pause_ms / 2 * chance / 255
}

async fn settle<O: OriginClient>(origin: &O, settlements: &[Settlement]) -> Result<(), PortError> {
    if settlements.is_empty() {
        return Ok(());
    }
    let list = souk_sql::json(settlements);
    post(origin, origin::SETTLE_PATH, list).await.map(drop)
}

/// Sends JSON to the origin; the body of its answer.
async fn post<O: OriginClient>(origin: &O, path: &str, body: String) -> Result<Bytes, PortError> {
    let response = origin.send(souk_service_http::post(path, body)).await?;
    if !response.status().is_success() {
        let text = format!("the origin said {} to {path}", response.status());
        return Err(PortError::Transient(text));
    }
    Ok(response.into_body())
}
