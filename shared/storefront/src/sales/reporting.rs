//! The task that sends what an instance has to report to the store for operations, after a response: of
//! waiting rooms, and of requests that it has answered.
//!
//! One task of an instance sends, and waits as long as something is left: nothing stays unsent when no
//! more requests come.
//!
//! Not here: what is collected, and when a batch is due (`reports`, `monitoring::samples`), how it travels
//! (`functions/`).

use std::cell::Cell;

use bytes::Bytes;
use souk_ports::{Clock, OperationsReporter, PortError, is_within};

use crate::instance::Instance;
use crate::sales::reports::PAUSE_MS;

/// The task of a request sends for so long, in milliseconds; then that of a later one goes on, because
/// platforms end what a request has left running.
const TASK_MS_MAX: i64 = 5_000;
/// A task that has no later one gives up after so long, in milliseconds.
const TASK_MS_LONGEST: i64 = 25_000;

/// The batch of a waiting room that is due after a response, if one is, for
/// [`souk_ports::OperationsReporter`]. Its outcome goes to [`room_sent`].
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

/// A task that is to run after a response, if something is to be reported and no other task does it:
/// [`report`] with its number.
pub fn to_report(instance: &Instance, now_ms: i64) -> Option<u64> {
    if is_empty(instance) {
        return None;
    }
    let task = &instance.report_task;
    let began_ms = task.began_at_ms.get();
    if began_ms.is_some_and(|ms| is_within(TASK_MS_MAX, ms, now_ms)) {
        return None;
    }
    task.began_at_ms.set(Some(now_ms));
    task.number.update(|number| number + 1);
    Some(task.number.get())
}

fn is_empty(instance: &Instance) -> bool {
    instance.rooms.is_empty() && instance.samples.is_empty()
}

/// Sends what the instance has to report, the first batches at once, until nothing is left or a later
/// task does it.
pub async fn report<R: OperationsReporter + Clock>(
    reporter: &R,
    instance: &Instance,
    number: u64,
    log: &dyn Fn(&str),
) {
    let task = &instance.report_task;
    let began_ms = reporter.now_ms();
    let has_failed = Cell::new(false);
    let log_first = |what: &str, sent: &Result<(), PortError>| {
        if let (Err(error), false) = (sent, has_failed.replace(sent.is_err() || has_failed.get())) {
            log(&format!("report of {what}: {error}"));
        }
    };
    loop {
        let now_ms = reporter.now_ms();
        if let Some(batch) = room_due(instance, now_ms) {
            let sent = reporter.report_room(batch).await;
            room_sent(instance, sent.is_ok());
            log_first("a waiting room", &sent);
        }
        if let Some(batch) = instance.samples.due(reporter.now_ms()) {
            let sent = reporter.report_samples(batch).await;
            log_first("requests", &sent);
        }
        if task.number.get() != number {
            return;
        }
        let is_late = !is_within(TASK_MS_LONGEST, began_ms, now_ms);
        if is_empty(instance) || is_late {
            task.began_at_ms.set(None);
            return;
        }
        reporter.pause_ms(PAUSE_MS as u32).await;
    }
}
