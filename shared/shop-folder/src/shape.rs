//! What a file may say: the tables that the reader checks against, that the JSON Schema is printed
//! from, and that explain every setting in a new folder.
//!
//! Invariant: a key is described in one place only. A file that fits its shape can be read without
//! further checks of types.
//!
//! Not here: what values mean together (`settings`, `theme`, `words`).

use toml::de::DeValue;

use crate::document::Node;
use crate::format::Format;
use crate::moment::{Moment, duration_ms};
use crate::problem::{Problem, suggestion};

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// As it stands in the file.
    pub(crate) name: &'static str,
    /// What its value may be.
    pub(crate) shape: Shape,
    /// Whether a file without it is wrong.
    pub(crate) required: bool,
    /// One or two sentences for the merchant.
    pub(crate) says: &'static str,
    /// A value as it may stand in the file.
    pub(crate) example: &'static str,
}

/// A key that a file may leave out.
pub(crate) const fn key(
    name: &'static str,
    shape: Shape,
    says: &'static str,
    example: &'static str,
) -> Key {
    Key {
        name,
        shape,
        required: false,
        says,
        example,
    }
}

/// The same key, which a file must have.
pub(crate) const fn required(key: Key) -> Key {
    Key {
        required: true,
        ..key
    }
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A text for shoppers: one for all languages, or a table with one for each.
    Text {
        /// Characters at most.
        chars_max: usize,
    },
    /// A text that is the same in every language.
    Line(Format),
    /// A whole number.
    Integer(i64, i64),
    /// A number, perhaps with decimals.
    Number(f64, f64),
    /// True or false.
    Switch,
    /// A date, perhaps with a time.
    Date,
    /// A date with a time and an offset from UTC.
    Instant,
    /// A time span from one to another, such as `30m`.
    Duration(&'static str, &'static str),
    /// One of some names.
    Choice(&'static [&'static str]),
    /// One of some names, of which a merchant may know more than there are.
    SoFar {
        /// Those that are possible.
        names: &'static [&'static str],
        /// Those that are not possible yet.
        later: &'static [&'static str],
    },
    /// A list.
    List {
        /// Of what.
        of: &'static Shape,
        /// Items at least.
        min: usize,
        /// Items at most.
        max: usize,
    },
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table of which the key `kind` says which keys the others are.
    Kinds(&'static [(&'static str, &'static str, &'static [Key])]),
    /// A table of texts with any keys, two levels deep.
    Texts,
    /// A table with any keys, whose values are all such.
    Map(&'static Shape),
    /// One thing, or a table instead.
    Either(&'static Shape, &'static Shape),
    /// One thing, or a list instead.
    OrList(&'static Shape, &'static Shape),
}

/// Checks a value, all of it.
pub(crate) fn check(node: &Node<'_>, shape: &Shape, problems: &mut Vec<Problem>) {
    match shape {
        Shape::Text { chars_max } => check_text(node, *chars_max, problems),
        Shape::Line(format) => check_line(node, *format, problems),
        Shape::Integer(min, max) => match node.integer() {
            Some(number) if (min..=max).contains(&&number) => {}
            _ => problems.push(wrong(node, &format!("a whole number from {min} to {max}"))),
        },
        Shape::Number(min, max) => match node.number() {
            Some(number) if number >= *min && number <= *max => {}
            _ => problems.push(wrong(node, &format!("a number from {min} to {max}"))),
        },
        Shape::Switch => {
            if node.switch().is_none() {
                problems.push(wrong(node, "true or false, without quotes"));
            }
        }
        Shape::Date => {
            if !matches!(node.value(), DeValue::Datetime(_)) {
                problems.push(wrong(node, "a date such as 2026-11-29, without quotes"));
            }
        }
        Shape::Instant => {
            if !is_instant(node) {
                let right = "a date with a time and an offset, such as 2026-11-11T00:00:00+08:00, \
                             without quotes";
                problems.push(wrong(node, right));
            }
        }
        Shape::Duration(min, max) => {
            let [least, most] = [min, max].map(|bound| duration_ms(bound));
            let span = node.text().and_then(duration_ms);
            if span.is_none() || span < least || span > most {
                let right = format!("a time span from {min} to {max}, such as \"5m\"");
                problems.push(wrong(node, &right));
            }
        }
        Shape::SoFar { names, later } => match node.text() {
            Some(name) if later.contains(&name) => {
                let reason = format!("\"{name}\" is not possible yet");
                let instead = match names {
                    [name] => format!("write \"{name}\""),
                    names => format!("write one of {}", quoted_list(names)),
                };
                problems.push(node.error(reason, instead));
            }
            _ => check(node, &Shape::Choice(names), problems),
        },
        Shape::Choice(names) => match node.text() {
            Some(name) if names.contains(&name) => {}
            Some(name) => {
                let reason = format!("'{name}' cannot stand here");
                problems.push(node.error(reason, suggestion(name, names.iter().copied())));
            }
            None => problems.push(wrong(node, &format!("one of {}", quoted_list(names)))),
        },
        Shape::List { of, min, max } => check_list(node, of, *min, *max, problems),
        Shape::Table(keys) => match node.value() {
            DeValue::Table(_) => check_table(node, keys, &[], problems),
            _ => problems.push(wrong(node, "a table")),
        },
        Shape::Kinds(kinds) => check_kinds(node, kinds, problems),
        Shape::Texts => check_texts(node, problems),
        Shape::Map(of) => match node.value() {
            DeValue::Table(_) => {
                let entries = node.entries();
                entries
                    .iter()
                    .for_each(|(_, value)| check(value, of, problems));
            }
            _ => problems.push(wrong(node, "a table: { NAME = … }")),
        },
        Shape::Either(one, table) => match node.value() {
            DeValue::Table(_) => check(node, table, problems),
            _ => check(node, one, problems),
        },
        Shape::OrList(one, list) => match node.value() {
            DeValue::Array(_) => check(node, list, problems),
            _ => check(node, one, problems),
        },
    }
}

fn is_instant(node: &Node<'_>) -> bool {
    let is_date = matches!(node.value(), DeValue::Datetime(_));
    is_date && Moment::parse(node.source()).is_some_and(Moment::has_offset)
}

fn wrong(node: &Node<'_>, right: &str) -> Problem {
    let shown = match node.value() {
        DeValue::Table(_) | DeValue::Array(_) => node.kind().to_owned(),
        _ => format!("{} ({})", node.source(), node.kind()),
    };
    node.error(
        format!("{shown} cannot stand here"),
        format!("write {right}"),
    )
}

fn quoted_list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// Checks the keys of a table; `others` are known besides.
fn check_table(node: &Node<'_>, keys: &[Key], others: &[&str], problems: &mut Vec<Problem>) {
    for (name, value) in node.entries() {
        if let Some(key) = keys.iter().find(|key| key.name == name) {
            check(&value, &key.shape, problems);
        } else if !others.contains(&name) {
            let known = keys
                .iter()
                .map(|key| key.name)
                .chain(others.iter().copied());
            let instead = suggestion(name, known);
            problems.push(value.key_error(format!("there is no key '{name}' here"), instead));
        }
    }
    for key in keys.iter().filter(|key| key.required) {
        if node.get(key.name).is_none() {
            let reason = format!("the key '{}' is missing", key.name);
            let instead = format!("write {} = {}", key.name, key.example);
            problems.push(node.key_error(reason, instead));
        }
    }
}

fn check_kinds(
    node: &Node<'_>,
    kinds: &[(&str, &str, &'static [Key])],
    problems: &mut Vec<Problem>,
) {
    if !matches!(node.value(), DeValue::Table(_)) {
        return problems.push(wrong(node, "a table with the key kind"));
    }
    let names: Vec<&str> = kinds.iter().map(|(name, ..)| *name).collect();
    let Some(kind) = node.get("kind") else {
        let instead = format!("write kind = one of {}", quoted_list(&names));
        return problems.push(node.key_error("the key 'kind' is missing", instead));
    };
    let text = kind.text().unwrap_or_default();
    match kinds.iter().find(|(name, ..)| *name == text) {
        Some((_, _, keys)) => check_table(node, keys, &["kind"], problems),
        None => {
            let reason = format!("'{text}' cannot stand here");
            problems.push(kind.error(reason, suggestion(text, names)));
        }
    }
}

fn check_list(node: &Node<'_>, of: &Shape, min: usize, max: usize, problems: &mut Vec<Problem>) {
    if !matches!(node.value(), DeValue::Array(_)) {
        return problems.push(wrong(node, "a list: [ … ]"));
    }
    let items = node.items();
    if items.len() < min || items.len() > max {
        let reason = format!("the list has {} items", items.len());
        let instead = match min {
            0 => format!("at most {max} are possible"),
            min => format!("{min} to {max} are possible"),
        };
        problems.push(node.error(reason, instead));
    }
    for item in items {
        check(&item, of, problems);
    }
}

fn check_text(node: &Node<'_>, chars_max: usize, problems: &mut Vec<Problem>) {
    let mut one = |node: &Node<'_>| match node.text() {
        Some(text) => check_length(node, text, chars_max, problems),
        None => problems.push(wrong(
            node,
            "a text in quotes, or a table with one for each language: { en = \"…\", de = \"…\" }",
        )),
    };
    match node.value() {
        // Which languages they may be depends on the shop: see `crate::translated`.
        DeValue::Table(_) => node.entries().iter().for_each(|(_, text)| one(text)),
        _ => one(node),
    }
}

fn check_length(node: &Node<'_>, text: &str, chars_max: usize, problems: &mut Vec<Problem>) {
    let chars = text.chars().count();
    if chars > chars_max {
        let reason = format!("the text has {chars} characters");
        problems.push(node.error(reason, format!("{chars_max} are possible")));
    }
}

fn check_line(node: &Node<'_>, format: Format, problems: &mut Vec<Problem>) {
    let text = match (node.text(), format) {
        (Some(text), _) => text,
        // An amount may stand without quotes.
        (None, Format::Amount) if node.number().is_some() => node.source(),
        (None, Format::PlanMoment) if is_instant(node) => node.source(),
        (None, _) => return problems.push(wrong(node, &format!("{}, in quotes", format.right()))),
    };
    if let Err(reason) = format.check(text) {
        problems.push(node.error(reason, format!("write {}", format.right())));
    }
}

fn check_texts(node: &Node<'_>, problems: &mut Vec<Problem>) {
    for (_, value) in node.entries() {
        match value.value() {
            DeValue::String(_) => {}
            DeValue::Table(_) => {
                for (_, form) in value.entries() {
                    if form.text().is_none() {
                        problems.push(wrong(&form, "a text in quotes"));
                    }
                }
            }
            _ => problems.push(wrong(
                &value,
                "a text in quotes, or a table with one for each plural form: \
                 { one = \"…\", other = \"…\" }",
            )),
        }
    }
}
