//! The shapes of the protocol as a store takes and gives them: with sealed details only.
//!
//! **Architecture Invariant:** no method of a port takes or gives [`OrderDetails`]. The conversion
//! is in `souk_origin`, which has the keys.
//!
//! [`OrderDetails`]: souk_protocol::origin::OrderDetails

use souk_protocol::origin::{self, SealedDetails};

/// An order to place.
pub type SubmitOrder = origin::SubmitOrder<SealedDetails>;
/// What became of it.
pub type SubmitReply = origin::SubmitReply<SealedDetails>;
/// An order that is placed.
pub type StoredOrder = origin::StoredOrder<SealedDetails>;
/// An order with everything that happened to it.
pub type OrderRecord = origin::OrderRecord<SealedDetails>;
/// What became of a change.
pub type ChangeReply = origin::ChangeReply<SealedDetails>;
