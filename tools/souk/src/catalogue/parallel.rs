//! The same work on many items, several at a time, with the progress shown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use souk_machine::Progress;

/// Runs `work_on` for every item, on as many threads, and stops at the first error.
///
/// # Errors
/// The first error of an item; others may have been worked on.
pub(crate) fn parallel<T: Sync>(
    title: &str,
    threads: usize,
    items: &[T],
    work_on: impl Fn(&T) -> Result<()> + Sync,
) -> Result<()> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut progress = Progress::start(title);
    let outcome = thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = work_on(item) {
                    next.store(items.len(), Ordering::Relaxed);
                    return Err(error);
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads.min(items.len()))
            .map(|_| scope.spawn(work))
            .collect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            progress.tick(&format!(
                "{} of {}",
                done.load(Ordering::Relaxed),
                items.len()
            ));
            thread::sleep(Duration::from_millis(10));
        }
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a thread panicked"))
    });
    progress.finish(if outcome.is_ok() { "done" } else { "failed" });
    outcome
}
