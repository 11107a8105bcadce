//! Every shape that another process can see, and no logic.
//!
//! - [`public`]: the JSON of `/api/v1`.
//! - [`problem`]: RFC 9457 problem details and their types.
//! - [`trade`]: what the edge and the staff functions say to the origin, and what it answers.
//! - [`staff`]: the staff API through which a catalogue is published.
//! - [`keys`]: the keys of the key-value store and the paths of media.
//! - [`limits`]: bounds of what is accepted.

pub mod keys;
pub mod limits;
pub mod problem;
pub mod public;
pub mod staff;
pub mod trade;
mod whole;
