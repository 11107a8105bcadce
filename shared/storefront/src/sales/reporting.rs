//! The task that sends what an instance has to report of waiting rooms, after a response.
//!
//! Not here: what is collected, and when a batch is due (`reports`), how it travels (`functions/`).

use bytes::Bytes;
use souk_ports::{Clock, RoomReporter, is_within};

use crate::instance::Instance;
use crate::sales::reports::PAUSE_MS;

/// A task that has no later one gives up after so long, in milliseconds.
const TASK_MS_LONGEST: i64 = 25_000;

/// The batch of a waiting room that is due after a response, if one is, for
/// [`souk_ports::RoomReporter`]. Its outcome goes to [`room_sent`].
pub fn room_due(instance: &Instance, now_ms: i64) -> Option<Bytes> {
    let signals = instance.signals.last();
    let pulse = signals.as_ref().and_then(|signals| signals.pulse.as_ref());
    let made_at_ms = pulse.map_or(0, |held| held.pulse.made_at_ms);
    instance.rooms.due(made_at_ms, now_ms)
}

/// Tells whether the batch of [`room_due`] was stored. One that was not is due again.
pub fn room_sent(instance: &Instance, is_stored: bool) {
    instance.rooms.answered(is_stored);
}

/// A task that is to run after a response, if something of waiting rooms is to be reported and no other
/// task does it: [`report_rooms`] with its number.
pub fn rooms_to_report(instance: &Instance, now_ms: i64) -> Option<u64> {
    instance.rooms.begin(now_ms)
}

/// Sends what the instance has to report of waiting rooms, the first batch at once, until nothing is
/// left or a later task does it.
pub async fn report_rooms<R: RoomReporter + Clock>(
    reporter: &R,
    instance: &Instance,
    task: u64,
    log: &dyn Fn(&str),
) {
    let rooms = &instance.rooms;
    let began_ms = reporter.now_ms();
    let mut has_failed = false;
    loop {
        let now_ms = reporter.now_ms();
        if let Some(batch) = room_due(instance, now_ms) {
            let sent = reporter.report_room(batch).await;
            room_sent(instance, sent.is_ok());
            if let (Err(error), false) = (&sent, has_failed) {
                log(&format!("report of a waiting room: {error}"));
                has_failed = true;
            }
        }
        let is_late = !is_within(TASK_MS_LONGEST, began_ms, now_ms);
        if !rooms.is_last(task) {
            return;
        }
        if rooms.is_empty() || is_late {
            rooms.end();
            return;
        }
        reporter.pause_ms(PAUSE_MS as u32).await;
    }
}
