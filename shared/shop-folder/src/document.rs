//! A TOML file as a tree in which every key and value knows its place.
//!
//! Invariant: what is read from a node has the type that is asked for, or nothing is read; the shape
//! of the file ([`crate::shape`]) is what reports other types.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, Severity};

/// A TOML file that was read.
pub(crate) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    root: Spanned<DeValue<'a>>,
}

/// A value of a document, with the key that leads to it.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    document: &'a Document<'a>,
    value: &'a Spanned<DeValue<'a>>,
    /// Where the key stands; the value, for items of lists.
    key_span: Range<usize>,
    /// The key with those above it.
    pub(crate) path: String,
}

impl<'a> Document<'a> {
    /// Reads a file as far as it can be read; every error of its syntax is added to the problems.
    pub(crate) fn parse(file: &'a str, text: &'a str, problems: &mut Vec<Problem>) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let span = table.span();
        let document = Self {
            file,
            text,
            root: Spanned::new(span, DeValue::Table(table.into_inner())),
        };
        for error in errors {
            let reason = error.message().lines().collect::<Vec<_>>().join(", ");
            let instead = match reason.contains("duplicate key") {
                true => "keep one of the two",
                false => "texts stand in quotes, lists in [ ], tables below [NAME]",
            };
            let span = error.span().unwrap_or_default();
            problems.push(document.problem(&span, String::new(), reason, instead));
        }
        document
    }

    /// The table of the whole file.
    pub(crate) fn root(&'a self) -> Node<'a> {
        Node {
            document: self,
            value: &self.root,
            key_span: 0..0,
            path: String::new(),
        }
    }

    fn problem(
        &self,
        span: &Range<usize>,
        key: String,
        reason: impl Into<String>,
        instead: impl Into<String>,
    ) -> Problem {
        let (line, column) = place(self.text, span.start);
        Problem {
            severity: Severity::Error,
            file: self.file.to_owned(),
            line: Some(line),
            column: Some(column),
            key,
            reason: reason.into(),
            instead: instead.into(),
        }
    }
}

/// Line and column of a byte, both from 1, the column in characters.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(byte.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

impl<'a> Node<'a> {
    pub(crate) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    /// The value as it stands in the file.
    pub(crate) fn source(&self) -> &'a str {
        let text = self.document.text;
        text.get(self.value.span()).unwrap_or_default()
    }

    /// An error at the value.
    pub(crate) fn error(&self, reason: impl Into<String>, instead: impl Into<String>) -> Problem {
        let span = match self.value() {
            // A table may have its keys anywhere: its name is where it begins.
            DeValue::Table(_) => self.key_span.clone(),
            _ => self.value.span(),
        };
        self.document
            .problem(&span, self.path.clone(), reason, instead)
    }

    /// An error at the key.
    pub(crate) fn key_error(
        &self,
        reason: impl Into<String>,
        instead: impl Into<String>,
    ) -> Problem {
        self.document
            .problem(&self.key_span, self.path.clone(), reason, instead)
    }

    /// The line of its key, counted from 1.
    pub(crate) fn line(&self) -> usize {
        place(self.document.text, self.key_span.start).0
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }

    /// The entries of a table in the order of the file; none for anything else.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        let DeValue::Table(table) = self.value() else {
            return Vec::new();
        };
        let entries = table.iter().map(|(key, value)| {
            let name: &'a str = key.get_ref().as_ref();
            (name, self.child(name, key.span(), value))
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(|(_, node)| node.key_span.start);
        entries
    }

    fn child(&self, name: &str, key_span: Range<usize>, value: &'a Spanned<DeValue<'a>>) -> Self {
        Node {
            document: self.document,
            value,
            key_span,
            path: match self.path.as_str() {
                "" => name.to_owned(),
                path => format!("{path}.{name}"),
            },
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, name: &str) -> Option<Node<'a>> {
        let entries = self.entries();
        let mut entries = entries.into_iter();
        entries
            .find(|(known, _)| *known == name)
            .map(|(_, node)| node)
    }

    /// The items of a list; none for anything else.
    pub(crate) fn items(&self) -> Vec<Node<'a>> {
        let DeValue::Array(items) = self.value() else {
            return Vec::new();
        };
        let node = |(place, value): (usize, &'a Spanned<DeValue<'a>>)| Node {
            document: self.document,
            value,
            key_span: value.span(),
            path: format!("{}[{}]", self.path, place + 1),
        };
        items.iter().enumerate().map(node).collect()
    }

    /// A text.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value() {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        }
    }

    /// The text of a key; empty where there is none.
    pub(crate) fn text_of(&self, name: &str) -> String {
        let text = self.get(name).and_then(|node| node.text());
        text.unwrap_or_default().trim().to_owned()
    }

    /// A whole number.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self.value() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        }
    }

    /// True or false.
    pub(crate) fn switch(&self) -> Option<bool> {
        match self.value() {
            DeValue::Boolean(on) => Some(*on),
            _ => None,
        }
    }

    /// A number with or without decimals.
    pub(crate) fn number(&self) -> Option<f64> {
        match self.value() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "name = \"茶\"\nx = 1\n";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.find('x').unwrap()), (2, 1));
        assert_eq!(place(text, text.rfind('"').unwrap()), (1, 10));
        assert_eq!(place(text, 999), (3, 1));
    }

    #[test]
    fn every_error_of_the_syntax_is_reported_with_its_line() {
        let mut problems = Vec::new();
        let text = "name = \"Kontor\ncurrency = EUR\ncountry = \"DE\"\n";
        let document = Document::parse("shop.toml", text, &mut problems);
        let lines: Vec<_> = problems.iter().map(|one| one.line).collect();
        assert_eq!(lines, [Some(1), Some(2)], "{problems:?}");
        assert_eq!(document.root().text_of("country"), "DE");
    }
}
