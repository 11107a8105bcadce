//! Consumers of the queue between the origin and the order index, of its dead-letter queue, and of the
//! queue with the tallies of searches.
//!
//! An event message is a text: its JSON. The queue may deliver it twice, late and out of order,
//! which the order index handles. One that the order index refuses is retried until the queue moves
//! it to the dead letters, and the order index keeps those until the staff handle them.
//!
//! The queue of search tallies has batches of the storefront. Delivery is lossy on purpose: a batch
//! that the store did not take is tried again as often as `wrangler.toml` says, and no dead letter is
//! kept.
//!
//! Not here: how event messages get into the queue (`workers-origin`), and tallies
//! (`workers-platform`).

use souk_order_index::OrderIndex;
use souk_order_index::courier::{Delivery, ToOrderIndex, carry_each};
use souk_protocol::order_index::{DeadLetter, EVENT_MESSAGES_MAX, EventMessage};
use souk_search_tallies::{SearchTallies, day_of};
use souk_sql::StoreError;
use souk_workers_platform::{WorkersEdge, now_ms};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage, console_error};

use crate::order_index;

/// How the name of the queue with the dead letters ends, in every environment.
const DEAD_SUFFIX: &str = "-dead";
/// How the name of the queue with the tallies of searches ends, in every environment.
const TALLIES_SUFFIX: &str = "-search-tallies";
/// An event message that the order index refuses is tried again soon: by the 20 retries of
/// `wrangler.toml` it is among the dead ones after about a minute and a half.
const REFUSED_DELAY_S: u32 = 4;
/// For an order index that does not answer: 20 retries take 20 minutes, and dead letters are
/// retried too.
const UNREACHABLE_DELAY_S: u32 = 60;

/// What a queue carries.
#[derive(PartialEq, Eq)]
pub(crate) enum Carries {
    /// What happens to orders.
    Events,
    /// What shoppers search for.
    Tallies,
}

/// Takes a batch of a queue into the order index, or into the tallies of searches.
pub(crate) async fn consume(batch: &MessageBatch<String>, env: &Env) -> Carries {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    if batch.queue().ends_with(TALLIES_SUFFIX) {
        add_tallies(&messages, env).await;
        return Carries::Tallies;
    }
    let is_dead = batch.queue().ends_with(DEAD_SUFFIX);
    for part in messages.chunks(EVENT_MESSAGES_MAX) {
        if !is_dead {
            ingest(part, env).await;
        } else if let Err(error) = dead_letter(part, env).await {
            for message in part {
                retry(message, UNREACHABLE_DELAY_S, &error.to_string());
            }
        }
    }
    Carries::Events
}

async fn add_tallies(messages: &[RawMessage], env: &Env) {
    let (tallies, day) = (order_index::tallies(env), day_of(now_ms()));
    for message in messages {
        match tallies.add(text(message).as_bytes(), day).await {
            Err(StoreError::Transient(reason)) => retry(message, UNREACHABLE_DELAY_S, &reason),
            Err(error) => console_error!("search tallies: {error}"),
            Ok(()) => {}
        }
    }
}

async fn ingest(messages: &[RawMessage], env: &Env) {
    let (mut events, mut bearers) = (Vec::new(), Vec::new());
    for message in messages {
        match souk_json::read::<EventMessage>(text(message).as_bytes()) {
            Ok(event) => {
                events.push(event);
                bearers.push(message);
            }
            Err(error) => retry(message, REFUSED_DELAY_S, &error.to_string()),
        }
    }
    let (index, clock) = (&order_index::index(env), &WorkersEdge::new(env.clone()));
    let deliveries = carry_each(&ToOrderIndex { index, clock }, &events).await;
    for (message, delivery) in bearers.into_iter().zip(deliveries) {
        match delivery {
            Delivery::Done => message.ack(),
            Delivery::Refused(reason) => retry(message, REFUSED_DELAY_S, &reason),
            Delivery::Unreachable(reason) => retry(message, UNREACHABLE_DELAY_S, &reason),
        }
    }
}

async fn dead_letter(messages: &[RawMessage], env: &Env) -> Result<(), StoreError> {
    let dead = messages.iter().map(|message| DeadLetter {
        name: message.id(),
        body: text(message),
        error: "the queue dead-lettered it; its log says why".to_owned(),
    });
    let dead: Vec<_> = dead.collect();
    order_index::index(env).dead_letter(&dead, now_ms()).await?;
    for (message, letter) in messages.iter().zip(&dead) {
        console_error!("dead letter {}", letter.name);
        message.ack();
    }
    Ok(())
}

/// Lets the queue bring a message once more.
fn retry(message: &RawMessage, delay_s: u32, reason: &str) {
    console_error!("message {}: {reason}", message.id());
    let after = QueueRetryOptionsBuilder::new().with_delay_seconds(delay_s);
    message.retry_with_options(&after.build());
}

/// The text of an event message; what is no text is shown as JavaScript shows it, and is no event
/// message.
fn text(message: &RawMessage) -> String {
    let body = message.body();
    body.as_string().unwrap_or_else(|| format!("{body:?}"))
}
