//! One `sale.toml`, and the sessions that it means.

use souk_catalogue::{Identity, Sale};
use souk_domain::{SALE_ID_BYTES_MAX, is_sale_id};
use souk_room::Session;
use souk_room::schedule::{Plan, PlanError};

use super::context::Context;
use super::goods::Goods;
use super::keys::SALE_FILE_KEYS;
use crate::document::{Document, Node};
use crate::moment::{End, Moment, duration_ms, minute_of_day};
use crate::problem::Problem;
use crate::shape::{Shape, check};
use crate::translated;

/// What is meant by a file without these keys.
const GATHERS: &str = "30m";
const BUY_WITHIN: &str = "5m";
const PAY_WITHIN: &str = "10m";
const OVERBOOK: f64 = 1.0;

/// A file that is being read.
pub(super) struct Reading<'c> {
    /// The name of its folder.
    pub(super) id: &'c str,
    pub(super) path: &'c str,
    pub(super) context: &'c Context<'c>,
    pub(super) goods: &'c Goods<'c>,
    pub(super) problems: &'c mut Vec<Problem>,
}

impl Reading<'_> {
    /// The sale; `None` where an error keeps it from having a meaning, or where nothing is left of what
    /// it sold.
    pub(super) fn sale(&mut self, text: &str) -> Option<Sale> {
        let document = Document::parse(self.path, text, self.problems);
        let root = document.root();
        check(&root, &Shape::Table(SALE_FILE_KEYS), self.problems);
        self.check_id(&root);
        let titles = root.get("titles");
        let title = translated::read(titles, self.context.languages, self.problems);
        let sessions = self.sessions(&root);
        let first_ms = sessions.first().map_or(0, |session| session.opens_at_ms);
        let last_ms = sessions.last().map_or(0, |session| session.closes_at_ms);
        let items = self.items(&root, first_ms..last_ms);
        if sessions.is_empty() || items.is_empty() {
            return None;
        }
        let overbook = root.get("overbook").and_then(|node| node.number());
        let sale = Sale {
            id: self.id.to_owned(),
            title: title.text(self.context.languages),
            sessions,
            identity: match root.text_of("identity").as_str() {
                "email" => Identity::Email,
                _ => Identity::Visitor,
            },
            buy_within_ms: duration(&root, "buy_within", BUY_WITHIN),
            pay_within_ms: duration(&root, "pay_within", PAY_WITHIN),
            // The shape has checked its range.
            overbook_permille: (overbook.unwrap_or(OVERBOOK) * 1_000.0).round() as u32,
            items,
            room: root.get("room").and_then(|node| node.switch()) != Some(false),
        };
        self.check_whole(&sale, last_ms);
        self.warn_of_room(&root, &sale);
        Some(sale)
    }

    fn check_id(&mut self, root: &Node<'_>) {
        if !is_sale_id(self.id) {
            let reason = format!("'{}' cannot be the id of a sale", self.id);
            let instead = format!(
                "give its folder a name of up to {SALE_ID_BYTES_MAX} small letters from a to z, digits \
                 and -"
            );
            self.problems
                .push(Problem::of_file(self.path, reason, instead));
        }
        let Some(node) = root.get("id") else {
            return;
        };
        if node.text().is_some_and(|id| id != self.id) {
            let reason = format!("the folder of the sale is called '{}'", self.id);
            let instead = "write the same, or take the key away";
            self.problems.push(node.error(reason, instead));
        }
    }

    /// The sessions; none where an error was reported.
    fn sessions(&mut self, root: &Node<'_>) -> Vec<Session> {
        let [opens, closes] = ["opens", "closes"].map(|name| root.get(name));
        let (Some(opens), Some(closes)) = (opens, closes) else {
            return Vec::new();
        };
        let [Some(opens_at_ms), Some(closes_at_ms)] = [&opens, &closes].map(moment_ms) else {
            return Vec::new();
        };
        let Some(daily) = self.daily(root) else {
            return Vec::new();
        };
        let plan = Plan {
            sale: self.id,
            opens_at_ms,
            closes_at_ms,
            gathers_ms: duration(root, "gathers", GATHERS),
            daily: &daily,
        };
        let east_s = self.context.east_s;
        plan.sessions(|at_s| east_s(at_s * 1_000))
            .unwrap_or_else(|error| {
                self.problems.push(refused(root, &closes, error));
                Vec::new()
            })
    }

    /// The times of the day, in minutes; `None` where one of them is wrong.
    fn daily(&mut self, root: &Node<'_>) -> Option<Vec<u16>> {
        let mut daily = Vec::new();
        for item in root.get("sessions").iter().flat_map(Node::items) {
            let minute = minute_of_day(item.text()?)?;
            if daily.contains(&minute) {
                let reason = "the time stands twice";
                self.problems
                    .push(item.error(reason, "keep one of the two"));
            }
            daily.push(minute);
        }
        Some(daily)
    }

    fn check_whole(&mut self, sale: &Sale, last_ms: i64) {
        let bytes = sale.encode().len();
        if bytes > Sale::BYTES_MAX {
            let reason = format!(
                "the sale has {bytes} bytes; {} are possible",
                Sale::BYTES_MAX
            );
            let instead = "take items away, or sell them in another sale";
            self.problems
                .push(Problem::of_file(self.path, reason, instead));
        }
        if last_ms <= self.context.now_ms {
            let reason = "the sale is over, so nothing of it is sold";
            let instead = "write later moments, or take its folder away";
            let problem = Problem::of_file(self.path, reason, instead);
            self.problems.push(problem.warning());
        }
    }
}

/// A moment with an offset; the shape has reported any other.
fn moment_ms(node: &Node<'_>) -> Option<i64> {
    let moment = Moment::parse(node.source())?;
    moment.has_offset().then(|| moment.at_ms(&[], End::From))
}

/// The duration that a key has, or that is meant without it, in milliseconds.
fn duration(root: &Node<'_>, name: &str, without: &str) -> i64 {
    let written = root.get(name).and_then(|node| duration_ms(node.text()?));
    let meant = written.or_else(|| duration_ms(without));
    meant.expect("what is meant without a key is a duration")
}

/// Why there are no sessions, where that has to be changed.
fn refused(root: &Node<'_>, closes: &Node<'_>, error: PlanError) -> Problem {
    let at = |name: &str| root.get(name).unwrap_or_else(|| closes.clone());
    let (node, instead) = match error {
        PlanError::ClosesBeforeItOpens => (closes.clone(), "write a moment after opens"),
        PlanError::NoSession => (at("sessions"), "write a time between opens and closes"),
        PlanError::GathersTooLong => (
            at("sessions"),
            "let them lie further apart, or write a shorter gathers",
        ),
        PlanError::TooMany => (
            at("closes"),
            "write an earlier moment, or fewer times of the day",
        ),
    };
    node.error(error.to_string(), instead)
}
