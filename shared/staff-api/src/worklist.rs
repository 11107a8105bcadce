//! Worklists and reports, from the order index.

use souk_order_index::OrderIndex;
use souk_protocol::origin::Status;
use souk_protocol::problem::{FieldError, Problem, ProblemKind};
use souk_protocol::staff::{self, Sort, WORKLIST_ITEMS_MAX, WorklistPosition, WorklistQuery};

use crate::orders::known_name;
use crate::reply::{Outcome, reply};

/// Orders of the order index that a query asks for.
pub(crate) async fn worklist<B: OrderIndex>(index: &B, query: &str) -> Outcome {
    let page = index.worklist(&worklist_query(query)?).await?;
    Ok(reply(staff::LIST_ORDERS, &page))
}

/// What the order index knows of an order.
pub(crate) async fn indexed<B: OrderIndex>(index: &B, order: &str) -> Outcome {
    match index.order(known_name(order)?).await? {
        Some(indexed) => Ok(reply(staff::READ_INDEXED_ORDER, &indexed)),
        None => Err(Problem::new(ProblemKind::NotFound).into()),
    }
}

fn worklist_query(text: &str) -> Result<WorklistQuery, Problem> {
    let mut query = WorklistQuery {
        status: None,
        disputed: false,
        sort: Sort::Newest,
        after: None,
        limit: WORKLIST_ITEMS_MAX,
    };
    let mut errors = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let mut wrong = |detail: String| {
            errors.push(FieldError {
                pointer: format!("?{name}"),
                detail,
            });
        };
        match name.as_ref() {
            "status" => match Status::ALL
                .into_iter()
                .find(|status| status.name() == value)
            {
                Some(status) => query.status = Some(status),
                None => wrong(format!(
                    "one of {}",
                    Status::ALL.map(Status::name).join(", ")
                )),
            },
            "disputed" => match value.as_ref() {
                "true" => query.disputed = true,
                "false" => query.disputed = false,
                _ => wrong("true or false".to_owned()),
            },
            "sort" => match value.as_ref() {
                "newest" => query.sort = Sort::Newest,
                "oldest" => query.sort = Sort::Oldest,
                _ => wrong("newest or oldest".to_owned()),
            },
            "after" => match position(&value) {
                Some(position) => query.after = Some(position),
                None => wrong("take it from the page before".to_owned()),
            },
            "limit" => match value.parse() {
                Ok(limit @ 1..=WORKLIST_ITEMS_MAX) => query.limit = limit,
                Ok(_) | Err(_) => wrong(format!("a number from 1 to {WORKLIST_ITEMS_MAX}")),
            },
            _ => wrong("there is no such parameter".to_owned()),
        }
    }
    if errors.is_empty() {
        return Ok(query);
    }
    let mut problem = Problem::new(ProblemKind::InvalidRequest).with_status(400);
    problem.errors = errors;
    Err(problem)
}

/// What [`staff::Worklist::after`] says.
fn position(text: &str) -> Option<WorklistPosition> {
    let (at_ms, order) = text.split_once('.')?;
    let placed_at_ms = at_ms
        .parse()
        .ok()
        .filter(|at_ms| (0..1 << 53).contains(at_ms))?;
    let order = known_name(order).ok()?.to_owned();
    Some(WorklistPosition {
        placed_at_ms,
        order,
    })
}

/// Mails that did not get to their buyers.
pub(crate) async fn failed_mails<B: OrderIndex>(index: &B) -> Outcome {
    Ok(reply(
        staff::LIST_FAILED_MAILS,
        &index.failed_mails().await?,
    ))
}

/// All orders, counted and summed.
pub(crate) async fn totals<B: OrderIndex>(index: &B) -> Outcome {
    Ok(reply(staff::REPORT_ORDERS, &index.totals().await?))
}
