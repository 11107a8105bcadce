//! The bugs that are planted: each is a mistake that a programmer in a hurry makes.
//!
//! Invariant: `find` stands exactly once in its file, and what replaces it compiles.

mod advice;
mod batches;
mod edits;
mod limits;
mod money;
mod plan;
mod pool;
mod prices;
mod recovery;
mod release;
mod repairs;
mod room;
mod sales;
mod search;
mod shards;
mod staff;
mod store;

/// Where a bug is, and so which suites could find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mutants) enum Place {
    /// The pure rules.
    Domain,
    /// Which prior price a reduction has.
    Pricing,
    /// What every engine shares.
    Origin,
    /// The store on SQLite.
    Sqlite,
    /// The store on PostgreSQL.
    Postgres,
    /// What passes between several stores, and which of them is asked.
    Shards,
    /// What the edge refuses by itself.
    Edge,
    /// The store of staff tokens, and the check of a request.
    Staff,
    /// Copies that are put back, and keys that are changed.
    Recovery,
    /// The search: its index and its queries.
    Search,
    /// The waiting room of a sale.
    Room,
    /// Switches, levels, the pulse and the journal.
    Operations,
    /// The measured ladder, capacity and advice.
    Advice,
    /// Traces and their replay.
    Replay,
    /// Several origins, and the entrance of one.
    Pool,
}

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mutants) struct Mutant {
    /// What goes wrong, in the words of the shop.
    pub(in crate::mutants) name: &'static str,
    /// Where.
    pub(in crate::mutants) place: Place,
    /// From the root of the repository.
    pub(in crate::mutants) file: &'static str,
    /// What stands there.
    pub(in crate::mutants) find: &'static str,
    /// What is put in its place.
    pub(in crate::mutants) replace: &'static str,
}

const fn mutant(
    place: Place,
    name: &'static str,
    file: &'static str,
    find: &'static str,
    replace: &'static str,
) -> Mutant {
    Mutant {
        name,
        place,
        file,
        find,
        replace,
    }
}

/// Every bug.
pub(in crate::mutants) fn mutants() -> impl Iterator<Item = &'static Mutant> {
    let of_one = store::MUTANTS
        .iter()
        .chain(repairs::MUTANTS)
        .chain(recovery::MUTANTS)
        .chain(money::MUTANTS)
        .chain(edits::MUTANTS)
        .chain(prices::MUTANTS)
        .chain(limits::MUTANTS)
        .chain(sales::MUTANTS);
    of_one
        .chain(batches::MUTANTS)
        .chain(shards::MUTANTS)
        .chain(staff::MUTANTS)
        .chain(search::MUTANTS)
        .chain(room::MUTANTS)
        .chain(plan::MUTANTS)
        .chain(release::MUTANTS)
        .chain(advice::MUTANTS)
        .chain(pool::MUTANTS)
}
