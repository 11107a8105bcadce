//! The origin as the edge calls it, and the orders that the edge refuses without calling it.

pub(crate) mod client;
pub(crate) mod criticality;
pub(crate) mod guard;
pub(crate) mod sold_out_holds;
