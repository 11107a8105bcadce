//! How an order waits for its turn in the commit queue, or for what becomes of it.
//!
//! Not here: whose turn it is (`commit_queue`), what is done then (each engine).

use crate::commit_queue::{Entry, Lead, Line, Look, Place};

/// The first look of an order that waits, and the longest time between two of them.
const PAUSE_US_MIN: u32 = 500;
const PAUSE_US_MAX: u32 = 4_000;

/// Waits, without a waker of another task.
#[expect(
    async_fn_in_trait,
    reason = "handlers run on one thread; futures need not be Send"
)]
pub trait Pause {
    /// Resolves after `us` microseconds, or a little later.
    async fn pause_us(&self, us: u32);
}

/// The pause of a store whose orders all go alone: there is none.
#[derive(Debug, Clone, Copy)]
pub enum NoPause {}

impl Pause for NoPause {
    async fn pause_us(&self, _us: u32) {
        match *self {}
    }
}

/// How the wait of an order ends.
pub(crate) enum Turn<'l, O, R> {
    /// It goes down now, with all that wait.
    Lead(Lead<'l, O, R>),
    /// It went down with others.
    Told(R),
    /// It goes alone.
    Alone,
}

/// Waits until it is the turn of an order, or is known what became of it. A statement that is not
/// back after `lost_after_us` is given up.
pub(crate) async fn turn<'l, O, R>(
    line: &'l Line<O, R>,
    order: impl FnOnce() -> O,
    pause: &impl Pause,
    lost_after_us: u32,
) -> Turn<'l, O, R> {
    match line.enter(order) {
        Entry::Lead(lead) => Turn::Lead(lead),
        Entry::Wait(place) => wait(place, pause, lost_after_us).await,
        Entry::Full => Turn::Alone,
    }
}

async fn wait<'l, O, R>(
    place: Place<'l, O, R>,
    pause: &impl Pause,
    lost_after_us: u32,
) -> Turn<'l, O, R> {
    let mut pause_us = PAUSE_US_MIN;
    let (mut waited_for, mut waited_us) = (0, 0);
    loop {
        match place.look() {
            Look::Lead(lead) => return Turn::Lead(lead),
            Look::Told(reply) => return Turn::Told(reply),
            Look::Alone => return Turn::Alone,
            Look::Wait(statement) if statement != waited_for => {
                (waited_for, waited_us) = (statement, 0);
            }
            Look::Wait(statement) if waited_us >= lost_after_us => {
                place.give_up(statement);
                return Turn::Alone;
            }
            Look::Wait(_) => {}
        }
        pause.pause_us(pause_us).await;
        waited_us += pause_us;
        pause_us = (pause_us * 3 / 2).min(PAUSE_US_MAX);
    }
}
