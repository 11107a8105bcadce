//! The back office's part: the production tick, which expires holds, has payments worked on and
//! ingests what happens to orders and learns from it, over a store of its own.

use std::rc::Rc;

use souk_order_index::sqlite::SqliteOrderIndex;
use souk_search_tallies::sqlite::SqliteSearchTallies;
use souk_staff_api::tick;

use crate::edge::Ports;
use crate::world::World;

/// Event messages in a second; far more than there are.
const PER_SECOND: u32 = 1_000;

/// Ticks for ever, as a scheduler has it done.
pub(crate) async fn tick_all(world: Rc<World>) {
    let index = SqliteOrderIndex::new(world.index.clone());
    let tallies = SqliteSearchTallies::new(world.index.clone());
    let ports = Ports::of(&world, world.plan.edges);
    loop {
        let log = |line: &str| world.note(|| format!("   back office: {line}"));
        let done = tick(&ports, &index, &tallies, PER_SECOND, &log).await;
        if done.delivered.dead > 0 {
            world.fail(
                "the back office ingests every event message",
                format!("{done:?}"),
            );
        }
        world.rest_a_little().await;
    }
}
