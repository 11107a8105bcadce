//! Reads a template as a merchant writes it: TOML front matter with the subject, then a part of
//! CommonMark.
//!
//! ```text
//! +++
//! subject = "Your order {{order.number}}"
//! +++
//! Hello {{customer.name}},
//! ```
//!
//! Headings, paragraphs, emphasis, links, lists with dots and rules are the part that every mail
//! program shows; anything else is an error with its line, and so is a placeholder that does not
//! exist, or has no value in a mail of this kind. What is allowed is all that is parsed, so a template
//! cannot bring HTML into a mail.
//!
//! Part of the tool and of this crate's build, which reads the built-in templates; not of a function.

use std::iter::Peekable;
use std::ops::Range;

use pulldown_cmark::{Event, OffsetIter, Options, Parser, Tag, TagEnd};
use serde::Deserialize;
use souk_domain::MailKind;

use crate::template::{Block, Inline, Piece, Placeholder, Shape, Template};

/// Longest template, in bytes.
pub const TEMPLATE_BYTES_MAX: usize = 32 * 1024;
/// Longest subject, in characters: mail programs show about half of it.
pub const SUBJECT_CHARS_MAX: usize = 150;
/// The line before and after the front matter.
const FENCE: &str = "+++";

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct TemplateError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    subject: String,
}

/// Reads the template of a kind of mail.
///
/// # Errors
/// The first thing that is wrong; see [`TemplateError`].
pub fn parse(text: &str, kind: MailKind) -> Result<Template, TemplateError> {
    let at = |line: usize, reason: String| TemplateError { line, reason };
    if text.len() > TEMPLATE_BYTES_MAX {
        let reason = format!("a template has at most {TEMPLATE_BYTES_MAX} bytes");
        return Err(at(1, reason));
    }
    let text = text.replace("\r\n", "\n");
    let missing = || {
        at(
            1,
            "a template begins with a line +++, then subject = \"…\", then a line +++".to_owned(),
        )
    };
    let rest = text.strip_prefix(FENCE).ok_or_else(missing)?;
    let rest = rest.strip_prefix('\n').ok_or_else(missing)?;
    let (front, body) = rest.split_once("\n+++\n").ok_or_else(missing)?;
    let front_matter: FrontMatter = toml::from_str(front).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start);
        at(
            2 + line_breaks(&front[..before]),
            error.message().to_owned(),
        )
    })?;
    let subject = subject(&front_matter.subject, kind).map_err(|reason| at(2, reason))?;
    let body_line = text.len() - body.len();
    let mut reader = Reader {
        kind,
        body,
        lines_before: line_breaks(&text[..body_line]),
        events: Parser::new_ext(body, Options::empty())
            .into_offset_iter()
            .peekable(),
    };
    let blocks = reader.blocks()?;
    if blocks.is_empty() {
        return Err(at(reader.lines_before + 1, "the mail is empty".to_owned()));
    }
    Ok(Template { subject, blocks })
}

fn line_breaks(text: &str) -> usize {
    text.matches('\n').count()
}

fn subject(text: &str, kind: MailKind) -> Result<Vec<Piece>, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > SUBJECT_CHARS_MAX {
        return Err(format!("a subject has 1 to {SUBJECT_CHARS_MAX} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("a subject is one line without control characters".to_owned());
    }
    let pieces = pieces(text, kind)?;
    for piece in &pieces {
        if let Piece::Value(placeholder) = piece
            && (placeholder.shape() != Shape::Text || !placeholder.is_in_every(kind))
        {
            return Err(format!(
                "{{{{{}}}}} cannot stand in a subject",
                placeholder.name()
            ));
        }
    }
    Ok(pieces)
}

/// A text with placeholders in it, taken apart.
fn pieces(text: &str, kind: MailKind) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after
            .split_once("}}")
            .ok_or_else(|| format!("'{{{{{after}' has no }}}}"))?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(Piece::Value(placeholder(name.trim(), kind)?));
        rest = behind;
    }
    if rest.contains("}}") {
        return Err(format!("'{rest}' has }}}} without {{{{"));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn placeholder(name: &str, kind: MailKind) -> Result<Placeholder, String> {
    let of_kind = Placeholder::ALL.iter().filter(|one| one.may_stand_in(kind));
    match Placeholder::parse(name) {
        Some(found) if found.may_stand_in(kind) => Ok(found),
        Some(_) => Err(format!(
            "{{{{{name}}}}} has no value in a mail of the kind {}",
            kind.name()
        )),
        None => {
            let nearest = of_kind.min_by_key(|one| distance(one.name(), name));
            let nearest = nearest.map_or("", |one| one.name());
            Err(format!(
                "{{{{{name}}}}} is no placeholder; the nearest one is {{{{{nearest}}}}}"
            ))
        }
    }
}

/// How many letters have to change to make one name of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for (at, candidate) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *candidate);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

struct Reader<'a> {
    kind: MailKind,
    body: &'a str,
    /// Lines of the file before the body.
    lines_before: usize,
    events: Peekable<OffsetIter<'a>>,
}

impl<'a> Reader<'a> {
    fn error(&self, at: &Range<usize>, reason: impl Into<String>) -> TemplateError {
        TemplateError {
            line: self.lines_before + line_breaks(&self.body[..at.start]) + 1,
            reason: reason.into(),
        }
    }

    fn blocks(&mut self) -> Result<Vec<Block>, TemplateError> {
        let mut blocks = Vec::new();
        while let Some((event, at)) = self.events.next() {
            let block = match event {
                Event::Start(Tag::Heading { .. }) => {
                    let inlines = self.inlines(&at)?;
                    self.no_block_value(&inlines, &at)?;
                    Block::Heading(inlines)
                }
                Event::Start(Tag::Paragraph) => {
                    let inlines = self.inlines(&at)?;
                    match inlines.as_slice() {
                        &[Inline::Value(alone)] if alone.shape() == Shape::Block => {
                            Block::Value(alone)
                        }
                        _ => {
                            self.no_block_value(&inlines, &at)?;
                            Block::Paragraph(inlines)
                        }
                    }
                }
                Event::Start(Tag::List(None)) => Block::Items(self.items()?),
                Event::Rule => Block::Rule,
                _ => return Err(self.error(&at, NOT_IN_MAILS)),
            };
            blocks.push(block);
        }
        Ok(blocks)
    }

    fn items(&mut self) -> Result<Vec<Vec<Inline>>, TemplateError> {
        let mut items = Vec::new();
        while let Some((event, at)) = self.events.next() {
            match event {
                Event::Start(Tag::Item) => {
                    // Items with empty lines between them have paragraphs.
                    let is_loose = |(event, _): &(Event<'_>, Range<usize>)| {
                        matches!(event, Event::Start(Tag::Paragraph))
                    };
                    let inlines = if self.events.next_if(is_loose).is_some() {
                        let inlines = self.inlines(&at)?;
                        match self.events.next() {
                            Some((Event::End(TagEnd::Item), _)) => inlines,
                            _ => return Err(self.error(&at, "an item is one paragraph")),
                        }
                    } else {
                        self.inlines(&at)?
                    };
                    self.no_block_value(&inlines, &at)?;
                    items.push(inlines);
                }
                Event::End(TagEnd::List(_)) => break,
                _ => return Err(self.error(&at, NOT_IN_MAILS)),
            }
        }
        Ok(items)
    }

    /// Everything up to the end of what has begun.
    fn inlines(&mut self, begun: &Range<usize>) -> Result<Vec<Inline>, TemplateError> {
        let mut inlines = Vec::new();
        // The parser cuts a text where something could begin; a placeholder must not be cut.
        let (mut text, mut text_at) = (String::new(), begun.clone());
        while let Some((event, at)) = self.events.next() {
            match event {
                Event::Text(more) => {
                    if text.is_empty() {
                        text_at = at;
                    }
                    text.push_str(&more);
                    continue;
                }
                Event::SoftBreak => {
                    text.push(' ');
                    continue;
                }
                _ => {}
            }
            self.flush(&mut text, &text_at, &mut inlines)?;
            match event {
                Event::Start(Tag::Strong) => inlines.push(Inline::Strong(self.inlines(&at)?)),
                Event::Start(Tag::Emphasis) => inlines.push(Inline::Emphasis(self.inlines(&at)?)),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let to = self.address(&dest_url, &at)?;
                    inlines.push(Inline::Link(to, self.inlines(&at)?));
                }
                Event::HardBreak => inlines.push(Inline::Break),
                Event::End(_) => return Ok(inlines),
                _ => return Err(self.error(&at, NOT_IN_MAILS)),
            }
        }
        Ok(inlines)
    }

    fn flush(
        &self,
        text: &mut String,
        at: &Range<usize>,
        inlines: &mut Vec<Inline>,
    ) -> Result<(), TemplateError> {
        let pieces = pieces(text, self.kind).map_err(|reason| self.error(at, reason))?;
        inlines.extend(pieces.into_iter().map(|piece| match piece {
            Piece::Text(text) => Inline::Text(text),
            Piece::Value(placeholder) => Inline::Value(placeholder),
        }));
        text.clear();
        Ok(())
    }

    /// Where a link leads: to a placeholder that is an address, or to an address as it is written.
    fn address(&self, to: &str, at: &Range<usize>) -> Result<Vec<Piece>, TemplateError> {
        let pieces = pieces(to, self.kind).map_err(|reason| self.error(at, reason))?;
        match pieces.as_slice() {
            [Piece::Value(placeholder)] if placeholder.shape() == Shape::Address => Ok(pieces),
            [Piece::Text(text)] if is_address(text) => Ok(pieces),
            _ => Err(self.error(
                at,
                format!(
                    "'{to}' is no address of a link: wanted is https://…, mailto:… or a placeholder \
                     such as {{{{order.link}}}}"
                ),
            )),
        }
    }

    fn no_block_value(&self, inlines: &[Inline], at: &Range<usize>) -> Result<(), TemplateError> {
        let is_block = |one: &Inline| match one {
            Inline::Value(placeholder) if placeholder.shape() == Shape::Block => Some(*placeholder),
            _ => None,
        };
        for inline in inlines {
            match inline {
                Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Link(_, inner) => {
                    self.no_block_value(inner, at)?;
                }
                Inline::Text(_) | Inline::Value(_) | Inline::Break => {}
            }
            if let Some(placeholder) = is_block(inline) {
                let name = placeholder.name();
                return Err(self.error(at, format!("{{{{{name}}}}} stands alone in a paragraph")));
            }
        }
        Ok(())
    }
}

const NOT_IN_MAILS: &str = "mails have headings, paragraphs, *emphasis*, **strong** words, links, \
    lists with dots and rules, and nothing else of Markdown";

fn is_address(text: &str) -> bool {
    let is_plain = !text.contains(char::is_whitespace) && !text.contains(char::is_control);
    is_plain && (text.starts_with("https://") || text.starts_with("mailto:"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::{Block, Inline};

    fn read(subject: &str, body: &str, kind: MailKind) -> Result<Template, String> {
        let text = format!("+++\nsubject = \"{subject}\"\n+++\n{body}");
        parse(&text, kind).map_err(|error| error.to_string())
    }

    #[test]
    fn a_template_is_a_subject_and_blocks() {
        let body = "# Hello\n\nYour *order* **{{ order.number }}**\\\nis [here]({{order.link}}).\n\n\
            - one\n- {{tracking}}\n\n---\n\n{{lines}}\n";
        let template = read("Order {{order.number}}", body, MailKind::Shipped).unwrap();
        let text = |text: &str| Inline::Text(text.to_owned());
        let number = Placeholder::OrderNumber;
        assert_eq!(
            template.subject,
            [Piece::Text("Order ".to_owned()), Piece::Value(number)]
        );
        assert_eq!(
            template.blocks,
            [
                Block::Heading(vec![text("Hello")]),
                Block::Paragraph(vec![
                    text("Your "),
                    Inline::Emphasis(vec![text("order")]),
                    text(" "),
                    Inline::Strong(vec![Inline::Value(number)]),
                    Inline::Break,
                    text("is "),
                    Inline::Link(
                        vec![Piece::Value(Placeholder::OrderLink)],
                        vec![text("here")]
                    ),
                    text("."),
                ]),
                Block::Items(vec![
                    vec![text("one")],
                    vec![Inline::Value(Placeholder::Tracking)]
                ]),
                Block::Rule,
                Block::Value(Placeholder::Lines),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let shipped = MailKind::Shipped;
        for (subject, body, error) in [
            ("", "x", "line 2: a subject has 1 to 150 characters"),
            (
                "{{lines}}",
                "x",
                "line 2: {{lines}} cannot stand in a subject",
            ),
            (
                "{{tracking}}",
                "x",
                "line 2: {{tracking}} cannot stand in a subject",
            ),
            ("s", "", "line 4: the mail is empty"),
            (
                "s",
                "one\n\n{{order.numer}}",
                "line 6: {{order.numer}} is no placeholder; the nearest one is {{order.number}}",
            ),
            (
                "s",
                "{{refund.amount}}",
                "line 4: {{refund.amount}} has no value in a mail of the kind shipped",
            ),
            (
                "s",
                "x\n\nto {{lines}}",
                "line 6: {{lines}} stands alone in a paragraph",
            ),
            ("s", "{{order.number", "line 4: '{{order.number' has no }}"),
            (
                "s",
                "[x](javascript:alert)",
                "line 4: 'javascript:alert' is no address of a link",
            ),
            ("s", "<b>x</b>", "line 4: mails have headings"),
            ("s", "<script>\nx\n</script>", "line 4: mails have headings"),
            (
                "s",
                "![x](https://a.example/x.png)",
                "line 4: mails have headings",
            ),
            ("s", "1. one", "line 4: mails have headings"),
            ("s", "ok\n\n```\nx\n```", "line 6: mails have headings"),
        ] {
            let found = read(subject, body, shipped).unwrap_err();
            assert!(found.starts_with(error), "{body}: {found}");
        }
        for text in ["", "x", "+++\nsubject = \"s\"\nx"] {
            assert_eq!(parse(text, shipped).unwrap_err().line, 1, "{text}");
        }
        let unknown = "+++\nsubject = \"s\"\nsubjekt = \"s\"\n+++\nx";
        assert_eq!(parse(unknown, shipped).unwrap_err().line, 3);
    }

    #[test]
    fn the_compact_form_comes_back_as_it_was() {
        let body = "# Hello {{customer.name}}\n\n{{address}}\n";
        let template = read("s", body, MailKind::Delivered).unwrap();
        let bytes = minicbor::to_vec(&template).unwrap();
        assert_eq!(minicbor::decode::<Template>(&bytes).unwrap(), template);
    }
}
