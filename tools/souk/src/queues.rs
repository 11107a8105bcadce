//! `souk queues`: the depth of the queues, and requeueing dead messages.

use anyhow::Result;
use clap::{Args, ValueEnum};
use souk_machine::Progress;
use souk_protocol::origin::{Queue, Replay};
use souk_protocol::staff::{self, QueueReport};

use crate::client::StaffClient;
use crate::orders::table;
use crate::shop::ShopArgs;

/// Arguments of `souk queues`.
#[derive(Args)]
pub(crate) struct QueuesArgs {
    #[command(flatten)]
    shop: ShopArgs,
    /// Makes the dead messages of a queue due again.
    #[arg(long, value_enum, value_name = "QUEUE")]
    replay: Option<QueueArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum QueueArg {
    BackOffice,
    Payments,
    Holds,
    Mails,
}

impl QueueArg {
    fn queue(self) -> Queue {
        match self {
            QueueArg::BackOffice => Queue::BackOffice,
            QueueArg::Payments => Queue::Payments,
            QueueArg::Holds => Queue::Holds,
            QueueArg::Mails => Queue::Mails,
        }
    }
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer.
pub(crate) fn run(args: &QueuesArgs) -> Result<()> {
    let client = args.shop.client()?;
    if let Some(queue) = args.replay {
        replay(&client, queue.queue())?;
    }
    print!("{}", show(&client.get(staff::REPORT_QUEUES)?));
    Ok(())
}

/// Repeats the call, because each one requeues a limited number.
fn replay(client: &StaffClient, queue: Queue) -> Result<()> {
    let mut progress = Progress::start(&format!("Replaying {}", queue.name()));
    let mut messages = 0;
    loop {
        let replayed = client.post(staff::REPLAY_QUEUE, &Replay { queue })?;
        messages += replayed.messages;
        progress.tick(&format!("{messages} messages"));
        if replayed.messages == 0 {
            break;
        }
    }
    progress.finish("done");
    println!("{messages} messages were requeued\n");
    Ok(())
}

fn show(report: &QueueReport) -> String {
    let rows = report.queues.iter().map(|depth| {
        [
            depth.queue.name().to_owned(),
            depth.waiting.to_string(),
            seconds(depth.oldest_age_ms),
            depth.dead.to_string(),
        ]
    });
    let mut text = table(["QUEUE", "WAITING", "OLDEST", "DEAD"], rows);
    let index = &report.index;
    text += &format!(
        "\norder index: {} events wait for an earlier one, {} dead letters",
        index.early, index.dead
    );
    match index.last {
        Some(last) => {
            let lag = seconds(last.ingested_at_ms - last.at_ms);
            text += &format!("; the last event came after {lag}\n");
        }
        None => text += "; no event yet\n",
    }
    text
}

fn seconds(ms: i64) -> String {
    format!("{}.{} s", ms.max(0) / 1_000, ms.max(0) % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use souk_protocol::origin::QueueDepth;
    use souk_protocol::staff::{LastIngested, OrderIndexCondition};

    use super::*;

    #[test]
    fn a_report_names_every_queue_and_the_index() {
        let depth = |queue| QueueDepth {
            queue,
            waiting: 3,
            oldest_age_ms: 61_050,
            next_due_ms: None,
            dead: 1,
        };
        let report = QueueReport {
            queues: Queue::ALL.map(depth).to_vec(),
            index: OrderIndexCondition {
                early: 0,
                dead: 2,
                mails_failed: 0,
                last: Some(LastIngested {
                    at_ms: 1_000,
                    ingested_at_ms: 2_200,
                }),
            },
        };
        let text = show(&report);
        for queue in Queue::ALL {
            let line = text.lines().find(|line| line.starts_with(queue.name()));
            let cells: Vec<_> = line.expect("a line").split_whitespace().skip(1).collect();
            assert_eq!(cells, ["3", "61.0", "s", "1"]);
        }
        assert!(
            text.ends_with("2 dead letters; the last event came after 1.2 s\n"),
            "{text}"
        );
    }
}
