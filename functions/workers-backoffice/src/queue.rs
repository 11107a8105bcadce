//! Consumers of the queue between the origin and the book, and of its dead-letter queue.
//!
//! A letter is a text: its JSON. The queue may deliver it twice, late and out of order, which the
//! book handles. One that the book refuses is retried until the queue dead-letters it, and the book
//! keeps dead letters until the staff handle them.
//!
//! Not here: how letters get into the queue (`workers-origin`).

use souk_backoffice::OrderBook;
use souk_backoffice::courier::{Fate, ToBook, carry_each};
use souk_protocol::desk::{DeadLetter, LETTERS_MAX, Letter};
use souk_sql::StoreError;
use souk_workers_platform::{WorkersEdge, now_ms};
use worker::{Env, MessageBatch, MessageExt, QueueRetryOptionsBuilder, RawMessage, console_error};

use crate::desk;

/// How the name of the queue with the dead letters ends, in every environment.
const DEAD_SUFFIX: &str = "-dead";
/// A letter that the book refuses is tried again soon: by the 20 retries of `wrangler.toml` it is
/// among the dead ones after about a minute and a half.
const REFUSED_DELAY_S: u32 = 4;
/// For a book that does not answer: 20 retries take 20 minutes, and dead letters are retried too.
const AWAY_DELAY_S: u32 = 60;

/// Takes a batch of either queue into the book.
pub(crate) async fn consume(batch: &MessageBatch<String>, env: &Env) {
    let messages: Vec<RawMessage> = batch.raw_iter().collect();
    let is_dead = batch.queue().ends_with(DEAD_SUFFIX);
    for part in messages.chunks(LETTERS_MAX) {
        if !is_dead {
            take_in(part, env).await;
        } else if let Err(error) = bury(part, env).await {
            for message in part {
                again(message, AWAY_DELAY_S, &error.to_string());
            }
        }
    }
}

async fn take_in(messages: &[RawMessage], env: &Env) {
    let (mut letters, mut bearers) = (Vec::new(), Vec::new());
    for message in messages {
        match serde_json::from_slice::<Letter>(text(message).as_bytes()) {
            Ok(letter) => {
                letters.push(letter);
                bearers.push(message);
            }
            Err(error) => again(message, REFUSED_DELAY_S, &error.to_string()),
        }
    }
    let (book, clock) = (&desk::book(env), &WorkersEdge::new(env.clone()));
    let fates = carry_each(&ToBook { book, clock }, &letters).await;
    for (message, fate) in bearers.into_iter().zip(fates) {
        match fate {
            Fate::Done => message.ack(),
            Fate::Refused(reason) => again(message, REFUSED_DELAY_S, &reason),
            Fate::Away(reason) => again(message, AWAY_DELAY_S, &reason),
        }
    }
}

async fn bury(messages: &[RawMessage], env: &Env) -> Result<(), StoreError> {
    let letters = messages.iter().map(|message| DeadLetter {
        name: message.id(),
        body: text(message),
        error: "the queue gave it up; its log says why".to_owned(),
    });
    let letters: Vec<_> = letters.collect();
    desk::book(env).bury(&letters, now_ms()).await?;
    for (message, letter) in messages.iter().zip(&letters) {
        console_error!("dead letter {}", letter.name);
        message.ack();
    }
    Ok(())
}

/// Lets the queue bring a message once more.
fn again(message: &RawMessage, delay_s: u32, reason: &str) {
    console_error!("letter {}: {reason}", message.id());
    let after = QueueRetryOptionsBuilder::new().with_delay_seconds(delay_s);
    message.retry_with_options(&after.build());
}

/// The text of a letter; what is no text is shown as JavaScript shows it, and is no letter.
fn text(message: &RawMessage) -> String {
    let body = message.body();
    body.as_string().unwrap_or_else(|| format!("{body:?}"))
}
