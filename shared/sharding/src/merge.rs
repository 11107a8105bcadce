//! Answers of several shards, put together.

use std::collections::BTreeMap;

use souk_protocol::origin::{
    AuditReport, Drift, QueueDepth, RepairReply, StockAccount, TickReport,
};

/// The account of a SKU is the sum of what the shards have of it.
pub(crate) fn accounts(parts: impl IntoIterator<Item = StockAccount>) -> Vec<StockAccount> {
    let mut sums: BTreeMap<String, StockAccount> = BTreeMap::new();
    for part in parts {
        match sums.get_mut(&part.sku) {
            Some(sum) => {
                sum.supplied += part.supplied;
                sum.available += part.available;
                sum.held += part.held;
                sum.sold += part.sold;
            }
            None => {
                sums.insert(part.sku.clone(), part);
            }
        }
    }
    sums.into_values().collect()
}

/// Drift names its shard. A SKU is counted by its owner.
pub(crate) fn audits(parts: impl IntoIterator<Item = (u16, AuditReport)>) -> AuditReport {
    let mut sum = AuditReport {
        skus: 0,
        orders: 0,
        outbox: 0,
        drift: Vec::new(),
    };
    for (shard, part) in parts {
        sum.skus += part.skus;
        sum.orders += part.orders;
        sum.outbox += part.outbox;
        let named = part.drift.into_iter().map(|drift| Drift {
            shard: Some(shard),
            ..drift
        });
        sum.drift.extend(named);
    }
    sum
}

/// What two shards did about one subject: it is known if one of them knows it, and new if one of them
/// has done something. A refusal is not put together with anything.
pub(crate) fn repairs(one: RepairReply, other: RepairReply) -> RepairReply {
    use RepairReply::{Already, Done, KeyUsedForSomethingElse, Short, Unknown, Would};
    match (one, other) {
        (Unknown, reply) | (reply, Unknown) => reply,
        (
            Done { repair },
            Done { repair: more } | Already { repair: more } | Would { repair: more },
        )
        | (Already { repair }, Done { repair: more }) => Done {
            repair: repair.and(more),
        },
        (Already { repair }, Already { repair: more } | Would { repair: more }) => Already {
            repair: repair.and(more),
        },
        (
            Would { repair },
            Would { repair: more } | Done { repair: more } | Already { repair: more },
        ) => Would {
            repair: repair.and(more),
        },
        (refusal @ (KeyUsedForSomethingElse | Short { .. }), _)
        | (_, refusal @ (KeyUsedForSomethingElse | Short { .. })) => refusal,
    }
}

/// Queues in the order in which the shards name them.
pub(crate) fn depths(parts: impl IntoIterator<Item = QueueDepth>) -> Vec<QueueDepth> {
    let mut sums: Vec<QueueDepth> = Vec::new();
    for part in parts {
        let Some(sum) = sums.iter_mut().find(|sum| sum.queue == part.queue) else {
            sums.push(part);
            continue;
        };
        sum.waiting += part.waiting;
        sum.dead += part.dead;
        sum.oldest_age_ms = sum.oldest_age_ms.max(part.oldest_age_ms);
        let due = [sum.next_due_ms, part.next_due_ms];
        sum.next_due_ms = due.into_iter().flatten().min();
    }
    sums
}

/// What all shards did.
pub(crate) fn ticks(parts: impl IntoIterator<Item = TickReport>) -> TickReport {
    parts
        .into_iter()
        .fold(TickReport::default(), |sum, part| TickReport {
            expired: sum.expired + part.expired,
            archived: sum.archived + part.archived,
            thinned_out: sum.thinned_out + part.thinned_out,
            more: sum.more || part.more,
            waits: sum.waits || part.waits,
        })
}
