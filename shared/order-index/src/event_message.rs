//! From a message of the origin to an event message for the order index.
//!
//! What leaves the origin's neighbourhood here is what a worklist needs: no name and no
//! address. It also keeps event messages small: 100 lines with SKUs and slugs of 255 bytes are below
//! 70 KB.

use souk_protocol::order_index::{Entry, EntryLine, EventMessage, PlacedEntry};
use souk_protocol::origin::{Message, News, StoredLine};

/// Why a message is no event message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// There is nothing in it.
    #[error("the message has no news in it")]
    Empty,
    /// The envelope and its content contradict each other.
    #[error(
        "the message says that it is about event {envelope} of {order}, its content that it is {content}"
    )]
    Other {
        /// The order on the envelope.
        order: String,
        /// The sequence on the envelope.
        envelope: u32,
        /// What the content is about.
        content: String,
    },
}

/// The event message that a message is.
///
/// # Errors
/// When it is none; see [`Malformed`].
pub fn message_of(message: &Message) -> Result<EventMessage, Malformed> {
    let other = |content: String| Malformed::Other {
        order: message.order.clone(),
        envelope: message.sequence,
        content,
    };
    let entry = match &message.news {
        None => return Err(Malformed::Empty),
        Some(News::Placed { order }) if message.sequence != 0 || order.id != message.order => {
            return Err(other(format!("event 0 of {}", order.id)));
        }
        Some(News::Changed { event }) if message.sequence != event.sequence => {
            return Err(other(format!("event {}", event.sequence)));
        }
        Some(News::Changed { event }) if event.sequence == 0 => {
            return Err(other("an event before placing".to_owned()));
        }
        Some(News::Placed { order }) => Entry::Placed(PlacedEntry {
            at_ms: order.placed_at_ms,
            status: order.status,
            hold_until_ms: order.hold_until_ms,
            payment: order.details.payment,
            delivery: order.details.delivery.clone(),
            currency: order.currency.clone(),
            total: order.total,
            lines: order.lines.iter().map(line).collect(),
        }),
        Some(News::Changed { event }) => Entry::Changed(event.clone()),
    };
    Ok(EventMessage {
        order: message.order.clone(),
        sequence: message.sequence,
        entry,
    })
}

fn line(line: &StoredLine) -> EntryLine {
    EntryLine {
        sku: line.sku.clone(),
        slug: line.slug.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        backordered: line.backordered,
    }
}
