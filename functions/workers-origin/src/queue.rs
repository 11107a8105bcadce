//! The queue between the origin and the order index, as the origin fills it.
//!
//! An event message is a text: its JSON.
//!
//! Not here: how event messages get from the queue into the order index (`workers-backoffice`).

use souk_backoffice::courier::Carrier;
use souk_protocol::back_office::{EventMessage, Taken};
use souk_sql::{StoreError, json};
use worker::{Env, Queue, QueueContentType, RawMessageBuilder};

const BINDING: &str = "ORDER_EVENTS";
/// Most bytes in one call: a queue takes 256 KB, and some of them are envelopes.
const CALL_BYTES_MAX: usize = 200_000;

/// Sends event messages to the queue; once the queue has accepted them, the sender may drop them.
pub(crate) struct ToQueue(Queue);

impl ToQueue {
    /// The queue of the deployment; `None` when it binds none.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        env.queue(BINDING).ok().map(Self)
    }
}

impl Carrier for ToQueue {
    async fn carry(&self, messages: &[EventMessage]) -> Result<Vec<Taken>, StoreError> {
        let (mut call, mut bytes) = (Vec::new(), 0);
        for message in messages {
            let text = json(message);
            if !call.is_empty() && bytes + text.len() > CALL_BYTES_MAX {
                self.send(std::mem::take(&mut call)).await?;
                bytes = 0;
            }
            bytes += text.len();
            call.push(text);
        }
        self.send(call).await?;
        Ok(vec![Taken::New; messages.len()])
    }
}

impl ToQueue {
    async fn send(&self, messages: Vec<String>) -> Result<(), StoreError> {
        let messages = messages.into_iter().map(|message| {
            RawMessageBuilder::new(message.into()).build_with_content_type(QueueContentType::Text)
        });
        let sent = self.0.send_raw_batch(messages).await;
        sent.map_err(|error| StoreError::Transient(format!("the queue: {error}")))
    }
}
