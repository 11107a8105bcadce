//! The rules of operating a shop at its peak, as plain values and pure functions.
//!
//! [`switch`] is the registry of what can be switched off, [`ladder`] says what is off at which
//! level, [`control`] changes both and the sales, and writes each change down in the [`journal`].
//! What edges have to know of it is the [`pulse`]; what they see reaches the staff as [`signals`], by
//! which the steps of a [`plan`] begin and end, and by which a [`release`] is judged.
//! `README.md` has the rules so exactly that another program can repeat them.
//!
//! **Architecture Invariant:** nothing here reads a clock, draws a random number or does I/O. A
//! change is a function of the state, a command and a moment; it gives the next state and the record
//! of the journal, which a store writes together or not at all.
//!
//! Not here: the waiting room (`souk-room`), how the pulse travels (the adapters), what a function
//! leaves out when a switch is off (each function).

pub mod applied;
pub mod control;
pub mod effects;
pub mod journal;
pub mod ladder;
pub mod plan;
pub mod pulse;
pub mod rate;
pub mod release;
pub mod sale;
pub mod samples;
pub mod shares;
pub mod signals;
pub mod switch;

pub use applied::{Applying, Watched};
pub use control::{Change, Command, Operations, Refused, StepWish};
pub use effects::effect;
pub use journal::{Draft, Journal, JournalError, Record, Verified, verify};
pub use ladder::{Ladder, LadderError, Level, Manual, Rung, state_of};
pub use pulse::{
    Counted, PULSE_BYTES_MAX, PastDraw, Pulse, PulseError, PulseRelease, PulseSale, RateLimit,
    RouteClass, Sampling,
};
pub use rate::{Allowed, Rate};
pub use release::{PastRelease, Release, ReleaseChange, Verdict};
pub use sale::{Sale, SaleSecret};
pub use samples::{Lane, OriginCall, Sample};
pub use signals::{Aggregate, Second, Signal, Unit, WINDOW_S, Window};
pub use switch::{Kind, Setting, Switch};
