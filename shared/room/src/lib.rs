//! The rules of a flash sale and of its waiting room, as plain values and pure functions: when a
//! sale is open, which place a visitor has, which places may buy, and what a visitor sees of it.
//!
//! [`ticket`] says who waits since when without storing it, [`rank`] which place that is, [`window`]
//! which places may buy now, [`code`] where they buy. The [`usher`] moves the window once a second,
//! in one place; what it [`published`] reaches every edge with the pulse (`souk-operations`), and
//! each edge answers from that and a ticket alone. `README.md` has the rules so exactly that another
//! program can repeat them.
//!
//! **Architecture Invariant:** nothing here reads a clock, draws a random number or does I/O: moments,
//! seeds and keys are given in.
//!
//! Not here: units, limits and the decision over an order (`souk-domain`, inside the order's one
//! write), how the pulse travels (the adapters), pages.

pub mod before_checkout;
pub mod cbor;
pub mod code;
pub mod published;
pub mod queue;
pub mod rank;
pub mod schedule;
pub mod seed;
pub mod ticket;
pub mod usher;
pub mod view;
pub mod window;

pub use code::{Door, is_purchase_code, purchase_code};
pub use published::{Left, Published, Secrets};
pub use queue::Queue;
pub use rank::{Commitment, DrawKey, Rank};
pub use schedule::{Control, Session, State, Stock};
pub use seed::{Buyer, Seed, canonical_email};
pub use ticket::{PulseTime, PulseTooOld, Ticket, TicketError, TicketKeys, arrival_ms};
pub use usher::{Facts, Figures, Health, Ordered, Report, Stored, Terms, Units, Usher};
pub use view::{TicketState, View, is_reported, see};
pub use window::{Turn, Window};
