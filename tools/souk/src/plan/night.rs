//! The plan in a shop: approved, armed, shown, and steps by hand.
//!
//! Invariant: what is approved and armed is exactly what the file says now; its hash goes with it.

use anyhow::Result;
use clap::{Args, ValueEnum};
use souk_protocol::plan::{
    ArmPlan, ArmedPlan, PlanApproval, PlanStanding, StepStanding, StepState,
};
use souk_protocol::staff::{self, SetPlan, SetStep};

use super::file::{FileArgs, read};
use crate::orders::{moment, table};
use crate::shop::ShopArgs;

/// The plan of a folder, and a shop.
#[derive(Args)]
pub(super) struct NightArgs {
    #[command(flatten)]
    file: FileArgs,
    /// Why, for the journal.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Arguments of `souk plan disarm`.
#[derive(Args)]
pub(super) struct DisarmArgs {
    /// Why, for the journal.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Arguments of `souk plan status`.
#[derive(Args)]
pub(super) struct StatusArgs {
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    shop: ShopArgs,
}

/// Arguments of `souk plan step`.
#[derive(Args)]
pub(super) struct StepArgs {
    /// The id of the step.
    id: String,
    /// What becomes of it. A step that was fired by hand ends by hand, or after its max.
    wish: Wish,
    /// Why, for the journal.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    shop: ShopArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Wish {
    /// It comes into force now.
    Fire,
    /// It ends now.
    End,
    /// Its task is done; only its owner can say so.
    Done,
}

/// Approves the plan of a folder.
///
/// # Errors
/// With everything that is wrong in the file; when the shop does not answer.
pub(super) fn approve(args: &NightArgs) -> Result<()> {
    let read = read(&args.file)?.linted(false)?;
    let wish = SetPlan {
        approve: Some(read.hash.clone()),
        reason: args.reason.clone(),
        ..SetPlan::default()
    };
    let standing = args.shop.client()?.put_json(staff::SET_PLAN, &wish)?;
    let mut approvals = standing.approvals.iter();
    let names = approvals.find(|one| one.hash == read.hash);
    let names = names.map_or(&[][..], |one| one.names.as_slice());
    let (has, needs) = (names.len(), read.plan.approval());
    println!("plan {}", read.hash);
    println!("approved by {}: {has} of {needs}", names.join(", "));
    Ok(())
}

/// Arms the plan of a folder.
///
/// # Errors
/// With everything that is wrong in the file; when the shop does not answer or refuses, as it does with a
/// plan that is not approved.
pub(super) fn arm(args: &NightArgs) -> Result<()> {
    let read = read(&args.file)?.linted(false)?;
    let wish = SetPlan {
        arm: Some(ArmPlan {
            plan: read.canonical,
            hash: read.hash,
        }),
        reason: args.reason.clone(),
        ..SetPlan::default()
    };
    let standing = args.shop.client()?.put_json(staff::SET_PLAN, &wish)?;
    print!("{}", shown(&standing));
    Ok(())
}

/// Disarms the plan.
///
/// # Errors
/// When none is armed, or the shop does not answer.
pub(super) fn disarm(args: &DisarmArgs) -> Result<()> {
    let wish = SetPlan {
        disarm: Some(true),
        reason: args.reason.clone(),
        ..SetPlan::default()
    };
    let standing = args.shop.client()?.put_json(staff::SET_PLAN, &wish)?;
    print!("{}", shown(&standing));
    Ok(())
}

/// Shows how the plan stands.
///
/// # Errors
/// When the shop does not answer.
pub(super) fn status(args: &StatusArgs) -> Result<()> {
    let standing = args.shop.client()?.get(staff::READ_PLAN)?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&standing)?),
        false => print!("{}", shown(&standing)),
    }
    Ok(())
}

/// Fires or ends a step, or says that its task is done.
///
/// # Errors
/// When the step cannot be that, or the shop does not answer.
pub(super) fn step(args: &StepArgs) -> Result<()> {
    let wish = SetStep {
        state: match args.wish {
            Wish::Fire => StepState::Fired,
            Wish::End => StepState::Ended,
            Wish::Done => StepState::Done,
        },
        reason: args.reason.clone(),
    };
    let address = staff::SET_STEP.at(&[&args.id]);
    let standing = args.shop.client()?.put_json(address, &wish)?;
    print!("{}", shown(&standing));
    Ok(())
}

fn shown(standing: &PlanStanding) -> String {
    let approvals = standing.approvals.iter().map(|approval| {
        let PlanApproval { hash, names } = approval;
        format!("approved: {hash} by {}\n", names.join(", "))
    });
    let approvals: String = approvals.collect();
    let Some(armed) = &standing.armed else {
        return format!("no plan is armed\n{approvals}");
    };
    let ArmedPlan {
        hash,
        armed_at_ms,
        carried_out_at_ms,
        steps,
    } = armed;
    let [armed_at, carried_out_at] = [*armed_at_ms, *carried_out_at_ms].map(moment);
    let steps = table(
        ["STEP", "BEGINS", "STATE", "FIRED", "WHEN (UTC)", "DOES"],
        steps.iter().map(row),
    );
    format!(
        "armed: {hash} at {armed_at} UTC, carried out up to {carried_out_at}\n{approvals}\n{steps}"
    )
}

fn row(step: &StepStanding) -> [String; 6] {
    let when = match (step.fired_at_ms, step.ends_at_ms, step.next_at_ms) {
        (Some(fired_ms), Some(ends_ms), _) => {
            format!("{} until {}", moment(fired_ms), moment(ends_ms))
        }
        (Some(fired_ms), None, _) => format!("since {}", moment(fired_ms)),
        (None, _, Some(next_ms)) => moment(next_ms),
        (None, _, None) => String::new(),
    };
    let does = match (&step.done_by, &step.owner) {
        (Some(name), _) => format!("{} (done by {name})", step.does.join(", ")),
        (None, Some(owner)) => format!("{} ({owner})", step.does.join(", ")),
        (None, None) => step.does.join(", "),
    };
    [
        step.id.clone(),
        step.begins.clone(),
        step.state.clone(),
        format!("{}x", step.episode),
        when,
        does,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> StepStanding {
        StepStanding {
            id: "slow".to_owned(),
            begins: "when".to_owned(),
            state: "in_force".to_owned(),
            episode: 2,
            does: vec!["level 2".to_owned(), "switch search closed".to_owned()],
            fired_at_ms: Some(1_790_000_000_000),
            ends_at_ms: Some(1_790_001_800_000),
            next_at_ms: None,
            owner: None,
            done_by: None,
        }
    }

    #[test]
    fn a_row_says_how_a_step_stands() {
        let when = "2026-09-21 14:13 until 2026-09-21 14:43";
        let does = "level 2, switch search closed";
        assert_eq!(row(&step()), ["slow", "when", "in_force", "2x", when, does]);
        let task = StepStanding {
            fired_at_ms: None,
            next_at_ms: Some(1_790_000_000_000),
            does: vec!["call".to_owned()],
            owner: Some("bea".to_owned()),
            ..step()
        };
        assert_eq!(row(&task)[4..], ["2026-09-21 14:13", "call (bea)"]);
        let done = StepStanding {
            done_by: Some("bea".to_owned()),
            ..task
        };
        assert_eq!(row(&done)[5], "call (done by bea)");
    }

    #[test]
    fn approvals_are_shown_without_an_armed_plan() {
        let standing = PlanStanding {
            armed: None,
            approvals: vec![PlanApproval {
                hash: "ab".to_owned(),
                names: vec!["ada".to_owned(), "bea".to_owned()],
            }],
        };
        let text = "no plan is armed\napproved: ab by ada, bea\n";
        assert_eq!(shown(&standing), text);
    }
}
