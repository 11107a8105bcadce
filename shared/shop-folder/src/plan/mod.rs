//! `plan.toml`: the plan of a night, as [`Plan`].
//!
//! - `keys`: the keys of the file; `grammar`: conditions, actions and moments; `lint`: what is possible
//!   and would go wrong in the night.
//!
//! Invariant: every problem of the file is reported at once, at its place. A file without an error gives
//! a plan that can be carried out.
//!
//! Not here: when steps fire (`souk_operations::plan`), rehearsals and approvals (`souk`).

pub(crate) mod grammar;
mod keys;
mod lint;

use souk_operations::plan::{
    Action, At, Begin, Check, Condition, Held, Plan, SaleMoment, SaleWish, Step, Task, Undo,
};

pub use grammar::{condition_text, decimal};
pub(crate) use keys::PLAN_KEYS;

use crate::document::{Document, Node};
use crate::problem::{Problem, suggestion};
use crate::shape::{Shape, check};

/// The name of the file in the folder.
pub const PLAN_FILE: &str = "plan.toml";

/// People who have to approve a plan, where the file says nothing.
const APPROVAL: u32 = 1;

/// Reads the file; `None` where an error was added. `sales` are the ids of the shop's sales. What would
/// go wrong in the night is added as errors too, but never keeps the plan from being read.
pub fn read(text: &str, sales: &[&str], problems: &mut Vec<Problem>) -> Option<Plan> {
    let mut found = Vec::new();
    let document = Document::parse(PLAN_FILE, text, &mut found);
    let root = document.root();
    check(&root, &Shape::Table(PLAN_KEYS), &mut found);
    let nodes = root
        .get("step")
        .map_or_else(Vec::new, |steps| steps.items());
    let mut reading = Reading {
        sales,
        problems: &mut found,
    };
    let steps: Vec<_> = nodes.iter().map(|node| reading.step(node)).collect();
    if found.is_empty() {
        // Everything that has a shape was read.
        let plan = Plan {
            steps: steps.into_iter().flatten().collect(),
        };
        if let Err(error) = plan.check() {
            found.push(Problem::of_file(PLAN_FILE, error.to_string(), ""));
        } else if plan.canonical().len() > souk_operations::plan::compiled::PLAN_BYTES_MAX {
            let instead = "take steps away, or write fewer conditions";
            found.push(Problem::of_file(PLAN_FILE, "the plan is too long", instead));
        } else {
            return Some(plan);
        }
    }
    problems.append(&mut found);
    None
}

/// What would go wrong in the night with a plan that was read from this text.
pub fn lint(text: &str, plan: &Plan) -> Vec<Problem> {
    let mut problems = Vec::new();
    let document = Document::parse(PLAN_FILE, text, &mut problems);
    let root = document.root();
    let nodes = root
        .get("step")
        .map_or_else(Vec::new, |steps| steps.items());
    lint::lint(&nodes, plan, &mut problems);
    problems
}

/// A file that is being read.
struct Reading<'r> {
    sales: &'r [&'r str],
    problems: &'r mut Vec<Problem>,
}

impl Reading<'_> {
    /// A step; `None` where something of it has no shape, which was reported.
    fn step(&mut self, node: &Node<'_>) -> Option<Step> {
        let begin = self.begin(node);
        let actions = self.actions(node.get("do").as_ref());
        let undo = node.get("undo").map(|undo| match undo.text() {
            Some(_) => Undo::Auto,
            None => Undo::List(self.actions(Some(&undo))),
        });
        let is_task = matches!(begin, Some(Begin::Task(_)));
        self.check_keys(node, is_task);
        let approval = node.get("approval").and_then(|node| node.integer());
        let approval = approval.and_then(|number| u32::try_from(number).ok());
        Some(Step {
            approval: approval.unwrap_or(APPROVAL),
            begin: begin?,
            check: node.get("check").map(|check| Check {
                all: conditions(&check),
                within_s: span_s(&check, "within").unwrap_or_default(),
            }),
            clear: node.get("clear").as_ref().map(held),
            actions,
            id: node.text_of("id"),
            max_s: span_s(node, "max"),
            undo,
        })
    }

    fn begin(&mut self, node: &Node<'_>) -> Option<Begin> {
        let [when, at, task] = ["when", "at", "task"].map(|name| node.get(name));
        match (when, at, task) {
            (Some(when), None, None) => Some(Begin::When(held(&when))),
            (None, Some(at), None) => self.at(&at).map(Begin::At),
            (None, None, Some(task)) => {
                let due = node.get("due");
                let missing = ["owner", "due"]
                    .into_iter()
                    .find(|name| node.get(name).is_none());
                if let Some(name) = missing {
                    let reason = format!("the task has no {name}");
                    let instead = "say who does it, and until when";
                    self.problems.push(task.error(reason, instead));
                }
                Some(Begin::Task(Task {
                    due: self.at(&due?)?,
                    owner: node.text_of("owner"),
                    text: task.text()?.trim().to_owned(),
                }))
            }
            _ => {
                let reason = "a step begins in one way";
                let instead = "write either when, or at, or task with owner and due";
                self.problems.push(node.key_error(reason, instead));
                None
            }
        }
    }

    /// A task has keys of its own, and none of the others.
    fn check_keys(&mut self, node: &Node<'_>, is_task: bool) {
        let foreign: &[&str] = match is_task {
            true => &["do", "undo", "clear", "check", "max"],
            false => &["owner", "due"],
        };
        for found in foreign.iter().filter_map(|name| node.get(name)) {
            let (reason, instead) = match is_task {
                true => ("a task sets nothing by itself", "make another step of it"),
                false => ("this belongs to a task", "write task, or take the key away"),
            };
            self.problems.push(found.key_error(reason, instead));
        }
        if !is_task && node.get("do").is_none() {
            let instead = "write do = [\"level 1\"]";
            self.problems
                .push(node.key_error("the step does nothing", instead));
        }
    }

    /// What the items of a list do; those that have no shape were reported.
    fn actions(&mut self, node: Option<&Node<'_>>) -> Vec<Action> {
        let items = node.map_or_else(Vec::new, Node::items);
        let actions = items.iter().filter_map(|item| {
            let action = grammar::action(item.text()?).ok()?;
            if let Action::Sale(SaleWish { sale, .. }) = &action {
                self.check_sale(item, sale);
            }
            Some(action)
        });
        actions.collect()
    }

    fn at(&mut self, node: &Node<'_>) -> Option<At> {
        let text = node.text().unwrap_or_else(|| node.source());
        let at = grammar::at(text).ok()?;
        if let At::Sale(SaleMoment { sale, .. }) = &at {
            self.check_sale(node, sale);
        }
        Some(at)
    }

    fn check_sale(&mut self, node: &Node<'_>, sale: &str) {
        if !self.sales.contains(&sale) {
            let reason = format!("the shop has no sale '{sale}'");
            let instead = suggestion(sale, self.sales.iter().copied());
            self.problems.push(node.error(reason, instead));
        }
    }
}

fn held(node: &Node<'_>) -> Held {
    Held {
        all: conditions(node),
        for_s: span_s(node, "for").unwrap_or_default(),
    }
}

fn conditions(node: &Node<'_>) -> Vec<Condition> {
    let items = node.get("all").map_or_else(Vec::new, |all| all.items());
    let conditions = items
        .iter()
        .filter_map(|item| grammar::condition(item.text()?).ok());
    conditions.collect()
}

fn span_s(node: &Node<'_>, name: &str) -> Option<u32> {
    let node = node.get(name)?;
    grammar::seconds(node.text()?).and_then(|seconds| u32::try_from(seconds).ok())
}
