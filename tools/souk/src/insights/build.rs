//! `souk insights build`: has the shop learn now from what it has counted, instead of within the hour.

use anyhow::{Result, bail};
use souk_machine::Progress;
use souk_protocol::staff::{self, InsightsBuild};

use super::PublishedInsights;
use crate::client::StaffClient;

/// Builds, and prints what is published then.
///
/// # Errors
/// When the shop does not answer, is filling its order index anew, or has nothing to learn from; the
/// message says what to do.
pub(super) fn run(client: &StaffClient) -> Result<()> {
    let before = PublishedInsights::read(client)?.map_or(0, |one| one.pointer.version);
    run_after(client, before)
}

/// The same, where a version was published before.
pub(super) fn run_after(client: &StaffClient, before: u64) -> Result<()> {
    let built = build(client)?;
    if built.is_refilling {
        bail!(
            "the order index is filled anew, and lists of fewer orders than before would be thinner: \
             `souk queues` shows what is on its way to it; then souk insights build"
        );
    }
    if built.version == 0 {
        bail!(
            "the shop has no orders yet that could teach it anything: \
             souk insights import --baskets FILE.csv brings orders from elsewhere"
        );
    }
    if built.version == before {
        println!(
            "version {before} is published and is the same ({} blobs were written again)",
            built.blobs_written
        );
        return Ok(());
    }
    let root = PublishedInsights::read(client)?.and_then(|published| published.root);
    let (products, queries) = root.map_or((0, 0), |root| (root.products, root.queries.len()));
    println!(
        "version {} of the insights is published: of {} orders {products} products have a list, \
         {queries} queries are popular ({} blobs were written, {} old ones were deleted)",
        built.version, built.orders, built.blobs_written, built.blobs_deleted
    );
    Ok(())
}

/// Builds to the end; the sums of all steps.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn build(client: &StaffClient) -> Result<InsightsBuild> {
    let mut progress = Progress::start("Learning from orders");
    let (mut written, mut deleted) = (0, 0);
    loop {
        let step = client.post(staff::BUILD_INSIGHTS, &())?;
        written = step.blobs_written.max(written);
        deleted += step.blobs_deleted;
        if step.done {
            progress.finish("done");
            return Ok(InsightsBuild {
                blobs_written: written,
                blobs_deleted: deleted,
                ..step
            });
        }
        progress.tick(&format!("{} of {} parts", step.parts, step.parts_total));
    }
}
