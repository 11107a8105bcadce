//! From a template and its values to the two bodies of a mail.
//!
//! Every text that comes from outside, of a template or of an order, is escaped on its way into
//! HTML. The layout needs no stylesheet and no picture, so that every mail program shows it and none
//! loads anything.

use maud::{DOCTYPE, Markup, html};

use crate::template::{Block, Inline, Piece, Placeholder, Template};

/// What a placeholder stands for in one mail.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// A text of one line, or an address.
    Text(String),
    /// Several lines.
    Lines(Vec<String>),
    /// What was bought: a text and an amount in each row.
    Table(Vec<(String, String)>),
}

/// Gives the values of a mail.
pub trait Values {
    /// The value, if the mail has one.
    fn value(&self, placeholder: Placeholder) -> Option<Value>;
}

/// What a mail says.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The subject: one line.
    pub subject: String,
    /// The whole HTML document.
    pub html: String,
    /// The same as plain text.
    pub text: String,
}

const BODY: &str =
    "margin:0;padding:24px 12px;background:#f4f4f2;color:#1c1c1a;font:16px/1.5 sans-serif";
const SHEET: &str =
    "max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px";
const TABLE: &str = "width:100%;border-collapse:collapse";
const CELL: &str = "padding:6px 0;border-bottom:1px solid #dddddd;text-align:start";
const AMOUNT: &str =
    "padding:6px 0 6px 12px;border-bottom:1px solid #dddddd;text-align:end;white-space:nowrap";

/// The language that a mail is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language<'a> {
    /// Its code, as in a template's name: `zh`.
    pub code: &'a str,
    /// BCP 47 tag, as the document names it: `zh-Hans`.
    pub tag: &'a str,
    /// Whether it is written from the right to the left.
    pub is_rtl: bool,
}

/// Renders a mail in a language, which the document names.
pub fn render<V: Values>(template: &Template, values: &V, language: Language<'_>) -> Rendered {
    let subject = line(&pieces(&template.subject, values).unwrap_or_default());
    let mut text = String::new();
    for block in &template.blocks {
        if let Some(block) = block_text(block, values) {
            text.push_str(block.trim_end());
            text.push_str("\n\n");
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    let html = html! {
        (DOCTYPE)
        html lang=(language.tag) dir=[language.is_rtl.then_some("rtl")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (subject) }
            }
            body style=(BODY) {
                div style=(SHEET) {
                    @for block in &template.blocks {
                        @if let Some(block) = block_html(block, values) { (block) }
                    }
                }
            }
        }
    };
    Rendered {
        subject,
        html: html.into_string(),
        text,
    }
}

/// A text without anything that would end a header's line.
fn line(text: &str) -> String {
    let words: Vec<_> = text
        .split(|letter: char| letter.is_control() || letter.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

fn pieces<V: Values>(pieces: &[Piece], values: &V) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(plain) => text.push_str(plain),
            Piece::Value(placeholder) => text.push_str(&inline_value(*placeholder, values)?),
        }
    }
    Some(text)
}

/// A value within a line.
fn inline_value<V: Values>(placeholder: Placeholder, values: &V) -> Option<String> {
    match values.value(placeholder)? {
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => Some(text),
        Value::Lines(_) | Value::Table(_) => None,
    }
}

fn block_html<V: Values>(block: &Block, values: &V) -> Option<Markup> {
    Some(match block {
        Block::Heading(inlines) => {
            let inner = inlines_html(inlines, values)?;
            html! { h1 style="font-size:22px;line-height:1.3;margin:0 0 16px" { (inner) } }
        }
        Block::Paragraph(inlines) => {
            let inner = inlines_html(inlines, values)?;
            html! { p style="margin:0 0 16px" { (inner) } }
        }
        Block::Items(items) => {
            let items: Vec<_> = items
                .iter()
                .filter_map(|item| inlines_html(item, values))
                .collect();
            if items.is_empty() {
                return None;
            }
            html! {
                ul style="margin:0 0 16px;padding-inline-start:20px" {
                    @for item in &items { li { (item) } }
                }
            }
        }
        Block::Rule => html! { hr style="border:0;border-top:1px solid #dddddd;margin:16px 0"; },
        Block::Value(placeholder) => match values.value(*placeholder)? {
            Value::Text(text) => html! { p style="margin:0 0 16px" { (text) } },
            Value::Lines(lines) => html! {
                p style="margin:0 0 16px" {
                    @for (place, line) in lines.iter().enumerate() {
                        @if place > 0 { br; }
                        (line)
                    }
                }
            },
            Value::Table(rows) => html! {
                table role="presentation" style=(TABLE) {
                    @for (what, amount) in &rows {
                        tr { td style=(CELL) { (what) } td style=(AMOUNT) { (amount) } }
                    }
                }
                p style="margin:0" {}
            },
        },
    })
}

fn inlines_html<V: Values>(inlines: &[Inline], values: &V) -> Option<Markup> {
    let parts: Option<Vec<Markup>> = inlines
        .iter()
        .map(|inline| {
            Some(match inline {
                Inline::Text(text) => html! { (text) },
                Inline::Value(placeholder) => {
                    let value = inline_value(*placeholder, values)?;
                    html! { (value) }
                }
                Inline::Strong(inner) => {
                    let inner = inlines_html(inner, values)?;
                    html! { strong { (inner) } }
                }
                Inline::Emphasis(inner) => {
                    let inner = inlines_html(inner, values)?;
                    html! { em { (inner) } }
                }
                Inline::Link(to, inner) => {
                    let (to, inner) = (pieces(to, values)?, inlines_html(inner, values)?);
                    html! { a href=(to) style="color:#0b57a4" { (inner) } }
                }
                Inline::Break => html! { br; },
            })
        })
        .collect();
    let parts = parts?;
    Some(html! { @for part in &parts { (part) } })
}

fn block_text<V: Values>(block: &Block, values: &V) -> Option<String> {
    Some(match block {
        Block::Heading(inlines) | Block::Paragraph(inlines) => inlines_text(inlines, values)?,
        Block::Items(items) => {
            let items: Vec<_> = items
                .iter()
                .filter_map(|item| inlines_text(item, values))
                .map(|item| format!("- {item}"))
                .collect();
            if items.is_empty() {
                return None;
            }
            items.join("\n")
        }
        Block::Rule => "-".repeat(40),
        Block::Value(placeholder) => match values.value(*placeholder)? {
            Value::Text(text) => text,
            Value::Lines(lines) => lines.join("\n"),
            Value::Table(rows) => {
                let rows: Vec<_> = rows
                    .iter()
                    .map(|(what, amount)| format!("{what}: {amount}"))
                    .collect();
                rows.join("\n")
            }
        },
    })
}

fn inlines_text<V: Values>(inlines: &[Inline], values: &V) -> Option<String> {
    let mut text = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(plain) => text.push_str(plain),
            Inline::Value(placeholder) => text.push_str(&inline_value(*placeholder, values)?),
            Inline::Strong(inner) | Inline::Emphasis(inner) => {
                text.push_str(&inlines_text(inner, values)?);
            }
            Inline::Link(to, inner) => {
                let (to, inner) = (pieces(to, values)?, inlines_text(inner, values)?);
                match inner == to {
                    true => text.push_str(&to),
                    false => text.push_str(&format!("{inner}: {to}")),
                }
            }
            Inline::Break => text.push('\n'),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use souk_domain::MailKind;

    use super::*;
    use crate::parse::parse;

    const ENGLISH: Language<'_> = Language {
        code: "en",
        tag: "en",
        is_rtl: false,
    };

    /// Values of a buyer who has tried to write HTML.
    struct Planted;

    impl Values for Planted {
        fn value(&self, placeholder: Placeholder) -> Option<Value> {
            match placeholder {
                Placeholder::OrderNumber => Some(Value::Text("1 <b>\r\nBcc: x".to_owned())),
                Placeholder::CustomerName => Some(Value::Text("<script>\"&'".to_owned())),
                Placeholder::OrderLink => Some(Value::Text(
                    "https://shop.example/o?token=\"><i>".to_owned(),
                )),
                Placeholder::Address => Some(Value::Lines(vec!["<i>".to_owned(), "b".to_owned()])),
                Placeholder::Lines => {
                    Some(Value::Table(vec![("2 × <u>".to_owned(), "$1".to_owned())]))
                }
                _ => None,
            }
        }
    }

    fn rendered(body: &str) -> Rendered {
        let text = format!("+++\nsubject = \"Order {{{{order.number}}}}\"\n+++\n{body}");
        let template = parse(&text, MailKind::Shipped).expect(body);
        render(&template, &Planted, ENGLISH)
    }

    #[test]
    fn nothing_that_comes_from_outside_is_html() {
        let mail = rendered(
            "# {{customer.name}} & <>\n\n[{{customer.name}}]({{order.link}})\n\n{{address}}\n\n\
            {{lines}}\n"
                .replace(" & <>", " & 1 < 2")
                .as_str(),
        );
        for planted in ["<script", "<i>", "<u>", "<b>", "token=\"><", "1 < 2"] {
            assert!(!mail.html.contains(planted), "{planted}: {}", mail.html);
        }
        assert!(
            mail.html.contains("&lt;script&gt;&quot;&amp;"),
            "{}",
            mail.html
        );
        assert!(mail.html.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    }

    #[test]
    fn a_mail_names_its_language_and_its_direction() {
        let text = "+++\nsubject = \"x\"\n+++\ny\n";
        let template = parse(text, MailKind::Shipped).unwrap();
        let arabic = Language {
            code: "ar",
            tag: "ar",
            is_rtl: true,
        };
        let html = render(&template, &Planted, arabic).html;
        assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(rendered("x").subject, "Order 1 <b> Bcc: x");
    }

    #[test]
    fn a_block_without_its_value_is_left_out() {
        let mail = rendered("a\n\nNumber: {{tracking}}\n\n- {{tracking}}\n- {{carrier}}\n\nb");
        assert_eq!(mail.text, "a\n\nb\n");
        assert!(!mail.html.contains("Number") && !mail.html.contains("<ul"));
        let mail = rendered("- {{tracking}}\n- kept\n");
        assert_eq!(mail.text, "- kept\n");
    }

    #[test]
    fn the_text_says_what_the_html_says() {
        let mail =
            rendered("# T\n\n[See]({{order.link}}) **it**\n\n{{lines}}\n\n{{address}}\n\n---\n");
        let link = "https://shop.example/o?token=\"><i>";
        let expected = format!(
            "T\n\nSee: {link} it\n\n2 × <u>: $1\n\n<i>\nb\n\n{}\n",
            "-".repeat(40)
        );
        assert_eq!(mail.text, expected);
    }
}
