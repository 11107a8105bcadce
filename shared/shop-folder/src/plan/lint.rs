//! What is possible in a plan, and would go wrong in the night.
//!
//! A step whose `clear` does not exclude its `when` would end and fire again and again; so each
//! condition of `when` needs one in `clear` about the same value, with a bound strictly beyond.

use souk_operations::plan::{Action, Begin, Plan, SaleAction, SaleWish, Step, SwitchTo};

use super::grammar::condition_text;
use crate::document::Node;
use crate::problem::Problem;

/// Adds what is wrong; `nodes` are the steps in the file.
pub(super) fn lint(nodes: &[Node<'_>], plan: &Plan, problems: &mut Vec<Problem>) {
    for (place, (node, step)) in nodes.iter().zip(&plan.steps).enumerate() {
        if matches!(step.begin, Begin::Task(_)) {
            continue;
        }
        safeguards(node, step, problems);
        clears(node, step, problems);
        itself(node, step, problems);
        let before = &plan.steps[..place];
        for other in before {
            conflicts(node, step, other, problems);
        }
    }
}

/// A step that sets something needs an end, a way back and a check.
fn safeguards(node: &Node<'_>, step: &Step, problems: &mut Vec<Problem>) {
    let id = &step.id;
    let mut lacks = |what: &str, instead: &str| {
        problems.push(node.key_error(format!("the step '{id}' has no {what}"), instead));
    };
    if step.check.is_none() {
        lacks(
            "check",
            "say what has to hold soon after, such as \
             check = { all = [\"min switches.applied over 1s > 99%\"], within = \"5s\" }",
        );
    }
    // What is closed for good has neither an end nor a way back.
    if step.actions.iter().all(is_for_good) {
        return;
    }
    if step.undo.is_none() {
        lacks(
            "undo",
            "write undo = \"auto\", or a list of what is set then",
        );
    }
    if step.max_s.is_none() {
        lacks(
            "max",
            "write the time after which it ends at the latest, such as max = \"30m\"",
        );
    }
}

fn is_for_good(action: &Action) -> bool {
    matches!(action, Action::Sale(wish) if wish.action == SaleAction::Close)
}

fn clears(node: &Node<'_>, step: &Step, problems: &mut Vec<Problem>) {
    let (Begin::When(when), Some(clear)) = (&step.begin, &step.clear) else {
        return;
    };
    let Some(node) = node.get("clear") else {
        return;
    };
    for condition in &when.all {
        let is_excluded = clear.all.iter().any(|one| one.excludes(condition));
        if !is_excluded {
            let text = condition_text(condition);
            let reason = format!("it can hold while '{text}' holds");
            let instead = "write a condition with the same aggregate, signal and time, and a bound \
                           strictly beyond";
            problems.push(node.key_error(reason, instead));
        }
    }
}

/// Two actions of one step about the same thing, or one without an effect.
fn itself(node: &Node<'_>, step: &Step, problems: &mut Vec<Problem>) {
    let Some(node) = node.get("do") else {
        return;
    };
    for (place, (item, action)) in node.items().iter().zip(&step.actions).enumerate() {
        if *action == Action::Level(0) {
            let instead = "a step ends with undo: write the level that it sets";
            problems.push(item.error("level 0 sets nothing", instead));
        }
        let before = &step.actions[..place];
        if let Some(other) = before.iter().find(|other| thing(other) == thing(action)) {
            let reason = format!("'{other}' is about the same");
            problems.push(item.error(reason, "keep one of the two"));
        }
    }
}

/// Two steps that want the same thing otherwise. Levels do not conflict: the highest one counts.
fn conflicts(node: &Node<'_>, step: &Step, other: &Step, problems: &mut Vec<Problem>) {
    let Some(node) = node.get("do") else {
        return;
    };
    for (item, action) in node.items().iter().zip(&step.actions) {
        let mut others = other.actions.iter();
        let contrary = others.find(|one| {
            let is_level = matches!(one, Action::Level(_));
            !is_level && thing(one) == thing(action) && *one != action
        });
        if let Some(contrary) = contrary {
            let reason = format!("the step '{}' does '{contrary}'", other.id);
            let instead = "let both want the same, or one of them leave it alone";
            problems.push(item.error(reason, instead));
        }
    }
}

/// What an action is about.
fn thing(action: &Action) -> (&'static str, &str) {
    match action {
        Action::Level(_) => ("level", ""),
        Action::Limit(limit) => ("limit", limit.class.name()),
        Action::Sale(SaleWish { sale, .. }) => ("sale", sale),
        Action::Switch(SwitchTo { switch, .. }) => ("switch", switch.name()),
    }
}
