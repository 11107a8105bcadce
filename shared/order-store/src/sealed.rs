//! The shapes of the protocol as a store takes and gives them: with sealed details only.
//!
//! **Architecture Invariant:** no method of a port takes or gives [`OrderDetails`]. The conversion
//! is in `souk_origin`, which has the keys.
//!
//! [`OrderDetails`]: souk_protocol::trade::OrderDetails

use souk_protocol::trade::SealedDetails;
use souk_protocol::{life, trade};

/// An order to place.
pub type SubmitOrder = trade::SubmitOrder<SealedDetails>;
/// What became of it.
pub type SubmitReply = trade::SubmitReply<SealedDetails>;
/// An order that is placed.
pub type StoredOrder = trade::StoredOrder<SealedDetails>;
/// An order with everything that happened to it.
pub type OrderRecord = life::OrderRecord<SealedDetails>;
/// What became of a change.
pub type ChangeReply = life::ChangeReply<SealedDetails>;
