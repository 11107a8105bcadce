//! Mails about orders: what they say, when they are due, and who sends them.
//!
//! - [`template`]: the text of a mail in its compact form; [`parse`] reads what a merchant writes
//!   (feature `parse`, for the tool), [`render`] makes the two bodies of a mail.
//! - [`texts`]: what a shop says in one of its languages, with built-in templates where it has none;
//!   [`PublishedTexts`] reads it from the published version.
//! - [`MailSender`]: the port to a provider, with two implementations: [`Resend`], and
//!   [`SignedWebhook`] to a system of the merchant's own.
//! - [`handle`]: the routes of [`souk_protocol::mail`]: work that is due, and what the provider
//!   reports.
//!
//! Which event of an order has which mail, says one table in `souk_domain`. The transaction that
//! writes the event also writes a message into the queue `mails`; `work` claims it, reads the order,
//! sends, and settles. It keeps nothing: if it stops at any point, the message is due again, and the
//! provider knows the mail by its key (order, kind and place in the history), so it goes out once.
//!
//! **Architecture Invariant:** personal fields are in memory while a mail is sent, and nowhere else.
//! No log, figure, error, history or settlement has an address, a name or a text of a mail; the types
//! that hold them have no `Debug` that shows them.
//!
//! Not here: the queue (`souk-order-store`), who calls (`functions/`, the tick of `souk-staff-api`).

mod events;
mod figures;
mod handle;
#[cfg(feature = "parse")]
pub mod parse;
mod published;
mod render;
mod sender;
mod settings;
mod signature;
pub mod template;
pub mod texts;
mod values;
mod work;

pub use figures::Figures;
pub use handle::handle;
pub use published::{Published, PublishedTexts};
pub use render::{Language, Rendered, Value, Values, render};
pub use sender::{Mail, MailSender, Outcome, Resend, SignedWebhook};
pub use settings::{Provider, Settings};
pub use signature::{Secret, SecretError, SignatureError, sign, verify};
pub use work::MailPort;
