//! A store of orders and stock as one of several: an origin of shards.
//!
//! **Ownership.** A SKU has one owner, the shard on which its units can be ordered: the one that
//! the hash of its name says for the number of shards, so nothing has to be asked or stored to find
//! it. A shard may have an account for a SKU that another shard owns: this *guest* account has the
//! units of the shard's own orders, and none that can be ordered.
//!
//! **An order is stored on one shard**, its *home*, with all its units, from its first moment to
//! its last. If it needs units of a SKU that another shard owns, they are transferred first:
//!
//! 1. The home asks the owner for them under a name made of the order's key ([`Pull`]), and asks
//!    the owners of other lines at the same time. The owner subtracts them from its account and
//!    records their departure, in one transaction.
//! 2. The home books them and places the order, in one transaction, or does neither.
//! 3. After a moment the owner asks the home for the outcome of the transfer. If the home has
//!    booked it, the transfer is over. If not, the home records that it will never book it, so that
//!    a step 2 that is still running fails, and the owner books the units back.
//!
//! So a unit is at every moment in the books of one shard, or in one list of departures, even if
//! one of the shards stops in between. Later changes of the order happen on its home alone, which
//! sends returned units on to their owner.
//!
//! **A key**: from its first submit on, a separate store has the home of its order ([`ClaimKey`]).
//! In a shop with one shard, the shard stores the keys itself.
//!
//! **The number of shards** is fixed when the shop is created; growing (`growth`) closes ordering
//! and copies the units that can be ordered of the SKUs whose owner changes. Orders stay where they
//! are.
//!
//! [`Pull`]: souk_protocol::shards::Pull
//! [`ClaimKey`]: souk_protocol::shards::ClaimKey
//!
//! Not here: what is asked of which shard (`souk-sharding`), how one is reached (`functions/`).

mod answer;
mod growth;
mod peers;
mod remembered;
mod sharded;
mod transfers;

pub use answer::{Own, handle};
pub use peers::Peers;
pub use remembered::Remembered;
pub use transfers::Worked;
