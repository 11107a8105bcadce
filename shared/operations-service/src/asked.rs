//! What the back office asks to change, and whether it can be meant.
//!
//! Not here: whether it may be done (`souk_operations::Operations::change`).

use souk_domain::{SALE_ITEMS_MAX, is_sale_id, split_sale_sku};
use souk_operations::control::{BY_ITSELF, CLOCK, EDGES, PLAN};
use souk_operations::{
    Command, Counted, Ladder, Level, Manual, RateLimit, ReleaseChange, RouteClass, Rung, Sale,
    SaleSecret, Setting, StepWish, Switch,
};
use souk_protocol::operations::{
    ChangeOperations, LadderRung, OperationsChange, REASON_CHARS_MAX, RequestLimit, SaleControl,
    SaleSession, ScheduledSale,
};
use souk_protocol::plan::{ArmPlan, StepState};
use souk_protocol::release::{NextRelease, ReleaseWish};
use souk_room::schedule::SESSIONS_MAX;
use souk_room::{Control, Session};

use crate::control::Wanted;

/// The change that is meant; a sale that is new gets this secret.
///
/// # Errors
/// A sentence for the staff.
pub(crate) fn wanted(asked: ChangeOperations, secret: SaleSecret) -> Result<Wanted, String> {
    let ChangeOperations {
        who,
        reason,
        change,
    } = asked;
    check_who(&who)?;
    check_text("the reason", &reason)?;
    Ok(Wanted {
        command: command(&change, secret)?,
        who,
        reason,
    })
}

fn check_who(who: &str) -> Result<(), String> {
    if who.trim().is_empty() {
        return Err("the journal needs the name of who changes something".to_owned());
    }
    if [CLOCK, EDGES, BY_ITSELF].contains(&who) {
        return Err(format!(
            "'{who}' stands in the journal for what happens by itself: use a token with another name"
        ));
    }
    if who.starts_with(PLAN) {
        return Err(format!(
            "'{PLAN}' stands in the journal for steps of the plan: use a token with another name"
        ));
    }
    check_text("the name of who changes something", who)
}

/// A text of the journal has a bound, and is shown in one line.
fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.chars().count() > REASON_CHARS_MAX {
        return Err(format!(
            "{what} has more than {REASON_CHARS_MAX} characters"
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(format!(
            "{what} has a control character, such as the end of a line"
        ));
    }
    Ok(())
}

fn command(change: &OperationsChange, secret: SaleSecret) -> Result<Command, String> {
    match change {
        OperationsChange::Level { level, until_ms } => Ok(Command::Level {
            level: parse_level(*level)?,
            until_ms: *until_ms,
        }),
        OperationsChange::Switch {
            switch,
            state,
            until_ms,
        } => Ok(Command::Set(Manual {
            switch: parse_switch(switch)?,
            setting: parse_setting(state)?,
            until_ms: *until_ms,
        })),
        OperationsChange::ByLevel { switch } => parse_switch(switch).map(Command::Unset),
        OperationsChange::Limits { limits } => limits_of(limits).map(Command::Limits),
        OperationsChange::Ladder { rungs } => ladder_of(rungs).map(Command::Ladder),
        OperationsChange::Schedule(sale) => sale_of(sale, secret).map(Command::Schedule),
        OperationsChange::Control { sale, control } => Ok(Command::Control {
            sale: sale.clone(),
            control: match control {
                SaleControl::Running => Control::Running,
                SaleControl::Paused => Control::Paused,
                SaleControl::Closed => Control::Closed,
            },
        }),
        OperationsChange::ApprovePlan { hash } => Ok(Command::Approve {
            hash: hash_of(hash)?,
        }),
        OperationsChange::ArmPlan(ArmPlan { plan, hash }) => Ok(Command::Arm {
            canonical: plan.clone(),
            hash: hash_of(hash)?,
        }),
        OperationsChange::DisarmPlan => Ok(Command::Disarm),
        OperationsChange::PlanStep { step, state } => Ok(Command::Step {
            step: step.clone(),
            wish: match state {
                StepState::Fired => StepWish::Fire,
                StepState::Ended => StepWish::End,
                StepState::Done => StepWish::Done,
            },
        }),
        OperationsChange::Release(wish) => Ok(Command::Release(release_of(wish))),
    }
}

fn release_of(wish: &ReleaseWish) -> ReleaseChange {
    match wish {
        ReleaseWish::Next(NextRelease {
            name,
            share,
            window_s,
        }) => ReleaseChange::Next {
            name: name.clone(),
            share: *share,
            window_ms: i64::from(*window_s) * 1_000,
        },
        ReleaseWish::Share(share) => ReleaseChange::Share(*share),
        ReleaseWish::Promote => ReleaseChange::Promote,
        ReleaseWish::Rollback => ReleaseChange::Rollback,
    }
}

/// The hash of a plan, as the journal has it.
fn hash_of(text: &str) -> Result<String, String> {
    let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_hash {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("the hash of a plan is 64 hexadecimal digits".to_owned()),
    }
}

fn limits_of(limits: &[RequestLimit]) -> Result<Vec<RateLimit>, String> {
    let mut all: Vec<RateLimit> = Vec::with_capacity(limits.len());
    for limit in limits {
        let names = RouteClass::COUNTED.map(RouteClass::name);
        let mut classes = RouteClass::COUNTED.into_iter();
        let class = classes.find(|class| class.name() == limit.class);
        let class = class.ok_or_else(|| {
            let known = names.join(", ");
            format!("'{}' is not counted; there are {known}", limit.class)
        })?;
        if all.iter().any(|known| known.class == class) {
            return Err(format!("there are two limits of '{}'", limit.class));
        }
        let limit = RateLimit {
            class,
            counted: Counted::Client,
            quota: limit.quota,
            window_s: limit.window_s,
        };
        if !limit.is_possible() {
            return Err(format!(
                "a limit is 1 to {} requests in 1 to {} seconds",
                RateLimit::QUOTA_MAX,
                RateLimit::WINDOW_S_MAX
            ));
        }
        all.push(limit);
    }
    Ok(all)
}

fn ladder_of(rungs: &[LadderRung]) -> Result<Ladder, String> {
    let rungs = rungs.iter().map(|rung| {
        Ok(Rung {
            level: parse_level(rung.level)?,
            switch: parse_switch(&rung.switch)?,
            setting: parse_setting(&rung.state)?,
        })
    });
    let rungs = rungs.collect::<Result<_, String>>()?;
    Ladder::new(rungs).map_err(|error| error.to_string())
}

fn sale_of(sale: &ScheduledSale, secret: SaleSecret) -> Result<Sale, String> {
    let ScheduledSale {
        id,
        sessions,
        skus,
        limit,
        overbook_permille,
        buy_within_ms,
    } = sale;
    let is_own = |sku: &String| split_sale_sku(sku).is_some_and(|(sale, _)| sale == id);
    let problem = match () {
        () if !is_sale_id(id) => "the id of a sale is up to 40 small letters, digits and hyphens",
        () if skus.is_empty() || skus.len() > SALE_ITEMS_MAX => "a sale has 1 to 20 items",
        () if !skus.iter().all(is_own) => "an item has a SKU of another sale",
        () if sessions.len() > SESSIONS_MAX => "a sale has 100 sessions at most",
        () if !sessions.iter().all(is_in_order) => "a session gathers, then opens, and then closes",
        () if *limit == 0 => "a buyer may have at least one unit",
        () if !(1_000..=10_000).contains(overbook_permille) => "overbook is from 1 to 10",
        () if !(60_000..=3_600_000).contains(buy_within_ms) => {
            "a turn is between a minute and an hour"
        }
        () => "",
    };
    if !problem.is_empty() {
        return Err(problem.to_owned());
    }
    Ok(Sale {
        id: id.clone(),
        sessions: sessions.iter().map(session).collect(),
        control: Control::Running,
        skus: skus.clone(),
        limit: *limit,
        overbook_permille: *overbook_permille,
        buy_within_ms: *buy_within_ms,
        secret,
        is_paused_by_plan: false,
    })
}

fn is_in_order(session: &SaleSession) -> bool {
    session.gathers_at_ms <= session.opens_at_ms && session.opens_at_ms < session.closes_at_ms
}

fn session(session: &SaleSession) -> Session {
    Session {
        number: session.number,
        gathers_at_ms: session.gathers_at_ms,
        opens_at_ms: session.opens_at_ms,
        closes_at_ms: session.closes_at_ms,
    }
}

fn parse_level(number: u8) -> Result<Level, String> {
    let max = Level::MAX;
    Level::new(number).ok_or_else(|| format!("a level is a number from 0 to {max}"))
}

fn parse_switch(name: &str) -> Result<Switch, String> {
    let names = || Switch::ALL.iter().map(|one| one.name());
    Switch::parse(name).ok_or_else(|| {
        let known: Vec<_> = names().collect();
        format!("there is no such switch; there are {}", known.join(", "))
    })
}

fn parse_setting(name: &str) -> Result<Setting, String> {
    Setting::parse(name).ok_or_else(|| {
        let known = Setting::ALL.map(Setting::name);
        format!("a switch is one of {}", known.join(", "))
    })
}
