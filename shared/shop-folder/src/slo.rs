//! `slo.toml`: how well the shop means to serve, as [`Target`]s. It is for those who operate the shop and
//! is not published.
//!
//! Not here: what was reached, and the alerts (`souk slo`).

use std::collections::BTreeSet;

use crate::document::{Document, Node};
use crate::problem::Problem;
use crate::shape::{Key, Shape, check, key, required};

/// The name of the file in the folder.
pub const SLO_FILE: &str = "slo.toml";
/// Targets in the file, at most.
const TARGETS_MAX: usize = 20;
/// What requests there are: all of them, or those of a class.
pub const CLASSES: &[&str] = &["all", "read", "search", "cart", "ticket", "order", "secret"];
/// Within what time a request may have to be answered, in milliseconds: the bounds of the buckets that
/// edges count in.
pub const BOUNDS_MS: &[u32] = &[
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 3_000, 5_000, 10_000,
];

/// How a kind of requests is to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// One of [`CLASSES`].
    pub class: String,
    /// Percent of the requests that are not answered with a 5xx, below 100.
    pub availability: f64,
    /// One of [`BOUNDS_MS`].
    pub under_ms: u32,
    /// Percent of the requests that are answered within that time, and not with a 5xx; below 100.
    pub share: f64,
}

const PERCENT: Shape = Shape::Number(50.0, 99.9999);

static TARGET_KEYS: &[Key] = &[
    required(key(
        "class",
        Shape::Choice(CLASSES),
        "Which requests: read (pages, and reading through the API), search, cart (the cart up to the \
         checkout), ticket (tickets of sales), order (placing and following an order), secret (what can be \
         guessed), or all of them.",
        "\"read\"",
    )),
    required(key(
        "availability",
        PERCENT,
        "Percent of these requests that are not answered with a status of 500 and above.",
        "99.9",
    )),
    required(key(
        "under_ms",
        Shape::Integer(5, 10_000),
        "Milliseconds within which they are to be answered: 5, 10, 25, 50, 100, 250, 500, 1000, 2500, \
         3000, 5000 or 10000.",
        "500",
    )),
    required(key(
        "share",
        PERCENT,
        "Percent of these requests that are answered within that time.",
        "99",
    )),
];

static TARGET: Shape = Shape::Table(TARGET_KEYS);

/// The file.
pub(crate) static SLO_KEYS: &[Key] = &[required(key(
    "target",
    Shape::List {
        of: &TARGET,
        min: 1,
        max: TARGETS_MAX,
    },
    "How a kind of requests is to be answered. Every page within three seconds, whatever else is meant.",
    "[{ class = \"all\", availability = 99.9, under_ms = 3000, share = 99.9 }]",
))];

/// The file of a shop that has none: every page within three seconds, and targets of their own for what
/// shoppers do.
pub const DEFAULT: &str = r#"# How well the shop means to serve. `souk slo` says what was reached, `souk slo rules` prints alerts.

[[target]] # Whatever it is.
class = "all"
availability = 99.9
under_ms = 3000
share = 99.9

[[target]]
class = "read"
availability = 99.95
under_ms = 500
share = 99

[[target]]
class = "search"
availability = 99.9
under_ms = 1000
share = 99

[[target]]
class = "order"
availability = 99.9
under_ms = 2500
share = 99
"#;

/// Reads the file. What comes back has to be used only where no error was added.
pub fn read(text: &str, problems: &mut Vec<Problem>) -> Vec<Target> {
    let document = Document::parse(SLO_FILE, text, problems);
    let root = document.root();
    check(&root, &Shape::Table(SLO_KEYS), problems);
    let nodes = root
        .get("target")
        .map_or_else(Vec::new, |node| node.items());
    let mut known = BTreeSet::new();
    let targets = nodes.iter().filter_map(|node| {
        let target = target(node, problems)?;
        if !known.insert(target.class.clone()) {
            let class = node.get("class")?;
            problems.push(class.error("has a target already", "one target for each class"));
        }
        Some(target)
    });
    targets.collect()
}

fn target(node: &Node<'_>, problems: &mut Vec<Problem>) -> Option<Target> {
    let under = node.get("under_ms")?;
    let under_ms = u32::try_from(under.integer()?).ok()?;
    if !BOUNDS_MS.contains(&under_ms) && (5..=10_000).contains(&under_ms) {
        let above = BOUNDS_MS.iter().find(|bound| **bound > under_ms)?;
        let below = BOUNDS_MS.iter().rev().find(|bound| **bound < under_ms)?;
        let reason = "is no bound of the buckets that edges count in";
        problems.push(under.error(reason, format!("{below} or {above}")));
    }
    Some(Target {
        class: node.text_of("class"),
        availability: node.get("availability")?.number()?,
        under_ms,
        share: node.get("share")?.number()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        read(text, &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_shipped_targets_are_read_and_every_page_has_three_seconds() {
        let mut problems = Vec::new();
        let targets = read(DEFAULT, &mut problems);
        assert_eq!(problems, []);
        let all = Target {
            class: "all".to_owned(),
            availability: 99.9,
            under_ms: 3_000,
            share: 99.9,
        };
        assert_eq!((targets.len(), &targets[0]), (4, &all));
        assert!(targets.iter().all(|one| one.under_ms <= 3_000));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_column() {
        let one = |class: &str, rest: &str| {
            format!("[[target]]\nclass = \"{class}\"\navailability = 99.9\n{rest}")
        };
        let good = "under_ms = 500\nshare = 99\n";
        for (text, place, part) in [
            (one("pages", good), "slo.toml:2:9", "read"),
            (
                one("read", "under_ms = 700\nshare = 99\n"),
                "slo.toml:4:12",
                "500 or 1000",
            ),
            (
                one("read", "under_ms = 500\nshare = 100\n"),
                "slo.toml:5:9",
                "99.9999",
            ),
            (one("read", "under_ms = 500\n"), "slo.toml:1", "share"),
            (
                one("read", &format!("{good}more = 1\n")),
                "slo.toml:6:1",
                "more",
            ),
            (
                format!("{}{}", one("read", good), one("read", good)),
                "slo.toml:7:9",
                "already",
            ),
            (String::new(), "slo.toml", "target"),
        ] {
            let problems = problems(&text);
            let found = problems.iter();
            let mut found = found.filter(|one| one.starts_with(place) && one.contains(part));
            assert!(found.next().is_some(), "{text}: {problems:?}");
        }
    }

    #[test]
    fn the_bounds_are_all_possible() {
        for bound in BOUNDS_MS {
            let text = format!(
                "[[target]]\nclass = \"all\"\navailability = 99\nunder_ms = {bound}\nshare = 99\n"
            );
            assert_eq!(problems(&text), Vec::<String>::new(), "{bound}");
        }
    }
}
