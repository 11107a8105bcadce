//! A store of orders and stock as one of several: an origin of shards.
//!
//! **Ownership.** A SKU has one owner, the shard on which its units can be ordered: the one that the
//! hash of its name says for the number of shards, so nothing has to be asked or kept to find it. A
//! shard that has an account for a SKU that another one owns keeps there what belongs to its own
//! orders, and nothing that can be ordered: the account is a guest's.
//!
//! **An order lives on one shard**, with all its units, from its first moment to its last. If it
//! wants units of a SKU that another shard owns, they are brought first:
//!
//! 1. Its home asks the owner for them under a name made of the order's key ([`Pull`]), and those of
//!    other lines at the same time. The owner takes them off its account and writes down where they
//!    went, in one transaction.
//! 2. The home books them and places the order, in one transaction, or does neither.
//! 3. The owner asks the home what became of the transfer after a moment. If it is in the books
//!    there, it is over. If not, the home writes down that it will never be, so that a step 2 which
//!    is still under way fails, and the owner takes the units back.
//!
//! So a unit is at every moment in the books of one shard, or in one list of departures, whichever
//! of them dies in between. Everything that happens to the order afterwards happens on its home
//! alone. Units that are returned from it are sent on to their owner.
//!
//! **A key** has a home from its first submit on, in a store of its own ([`ClaimKey`]). The only shard
//! of a shop keeps the keys of its orders itself.
//!
//! **The number of shards** is fixed when the shop is created; growing (`growth`) closes ordering and
//! copies what can be ordered of the SKUs whose place becomes another one. Orders stay where they are.
//!
//! What many buyers want at one moment will get an object of its own another way: the units of a sale
//! are to be an account that is placed where it likes, so a place may then be named for an account
//! instead of following from its hash.
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
