//! Makes HTML safe, and cuts it where something is put in at request time.
//!
//! The rules are those of descriptions of products (`souk-import`): ammonia's, which leave out
//! scripts, styles, forms, frames and classes. Beside them headings keep their identifiers, with
//! something before them that no identifier of a page begins with.

use std::borrow::Cow;

use ammonia::Builder;
use souk_shop::Part;

use crate::links::{ID_PREFIX, has_languages};
use crate::markdown::Rendered;
use crate::marks::{Insert, MARK_END, MARK_START, Mark};

/// Elements without an end.
const VOID: [&str; 6] = ["area", "br", "col", "hr", "img", "wbr"];

/// Elements that hold parts of a sentence only, or that a link may not stand in.
const NO_BLOCKS: [&str; 10] = [
    "a", "caption", "h1", "h2", "h3", "h4", "h5", "h6", "p", "summary",
];

/// Elements that the paragraphs around a block leave behind when nothing else is in them, the inner
/// ones first.
const LEFT_BEHIND: [&str; 4] = ["em", "strong", "del", "p"];

/// Makes HTML safe. Building the rules takes longer than using them.
pub(crate) struct Sanitizer(Builder<'static>);

impl Sanitizer {
    pub(crate) fn new() -> Self {
        let mut rules = Builder::default();
        rules
            .url_schemes(["https", "http", "mailto", "tel"].into())
            .link_rel(None)
            .rm_tags(["h1"])
            .id_prefix(Some(ID_PREFIX))
            .attribute_filter(|element, attribute, value| match (element, attribute) {
                ("img", "src") => secure(value),
                _ => Some(value.into()),
            });
        for heading in ["h2", "h3", "h4", "h5", "h6"] {
            rules.add_tag_attributes(heading, ["id"]);
        }
        Self(rules)
    }

    /// The parts of a document, and the faults of marks: offset in the file, and reason.
    pub(crate) fn parts(
        &self,
        rendered: &Rendered,
        languages: &[&str],
    ) -> (Vec<Part>, Vec<(usize, String)>) {
        let mut html = self.0.clean(&rendered.html).to_string();
        if rendered.marks.iter().any(Mark::is_block) {
            for element in LEFT_BEHIND {
                html = without_empty(&html, element);
            }
        }
        let mut cutter = Cutter {
            marks: &rendered.marks,
            languages,
            met: vec![false; rendered.marks.len()],
            open: Vec::new(),
            parts: Vec::new(),
            html: String::with_capacity(html.len()),
            faults: Vec::new(),
        };
        cutter.cut(html.trim());
        cutter.finish()
    }
}

/// HTML without the elements of a name that hold nothing but white space.
fn without_empty(html: &str, name: &str) -> String {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let mut kept = String::with_capacity(html.len());
    let mut pieces = html.split(&begin);
    kept.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        match piece.trim_start().strip_prefix(&end) {
            Some(rest) => kept.push_str(rest),
            None => {
                kept.push_str(&begin);
                kept.push_str(piece);
            }
        }
    }
    kept
}

struct Cutter<'a> {
    marks: &'a [Mark],
    languages: &'a [&'a str],
    met: Vec<bool>,
    /// Elements that are open.
    open: Vec<String>,
    parts: Vec<Part>,
    /// What is not yet a part.
    html: String,
    faults: Vec<(usize, String)>,
}

impl Cutter<'_> {
    /// Goes through safe HTML, as ammonia writes it: attributes are in double quotation marks.
    fn cut(&mut self, html: &str) {
        let mut rest = html;
        while let Some(place) = rest.find(['<', MARK_START]) {
            self.html.push_str(&rest[..place]);
            rest = &rest[place..];
            rest = match rest.strip_prefix(MARK_START) {
                Some(mark) => self.mark(mark),
                None => self.tag(rest),
            };
        }
        self.html.push_str(rest);
    }

    fn mark<'h>(&mut self, html: &'h str) -> &'h str {
        let (number, rest) = html.split_once(MARK_END).unwrap_or((html, ""));
        let found = number.parse().ok().and_then(|number: usize| {
            let mark = self.marks.get(number)?;
            self.met[number] = true;
            Some(mark)
        });
        let Some(mark) = found else {
            return rest;
        };
        if mark.is_block()
            && let Some(element) = self
                .open
                .iter()
                .find(|name| NO_BLOCKS.contains(&name.as_str()))
        {
            let reason = format!("a product or a collection cannot stand in <{element}>");
            self.faults.push((mark.at, reason));
        }
        match &mark.insert {
            Insert::Html(html) => self.html.push_str(html),
            Insert::Embed(part) => self.push(part.clone()),
        }
        rest
    }

    fn tag<'h>(&mut self, html: &'h str) -> &'h str {
        let mut in_quotes = false;
        let end = html.find(|character| {
            in_quotes ^= character == '"';
            character == '>' && !in_quotes
        });
        let (tag, rest) = html.split_at(end.map_or(html.len(), |end| end + 1));
        let name: String = tag
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if tag.starts_with("</") {
            self.open.pop();
        } else if name == "a" {
            self.open.push(name);
            self.link(tag);
            return rest;
        } else if !VOID.contains(&name.as_str()) {
            self.open.push(name);
        }
        self.html.push_str(tag);
        rest
    }

    /// The beginning of a link: a path of the shop becomes a part, another site learns nothing of
    /// the page.
    fn link(&mut self, tag: &str) {
        const HREF: &str = " href=\"";
        let Some((before, rest)) = tag.split_once(HREF) else {
            self.html.push_str(tag);
            return;
        };
        let (address, behind) = rest.split_once('"').unwrap_or((rest, ">"));
        self.html.push_str(before);
        if address.starts_with("http") || address.starts_with("//") {
            self.html.push_str(" rel=\"noopener noreferrer\"");
        }
        self.html.push_str(HREF);
        if has_languages(address, self.languages) {
            self.push(Part::Path(address.to_owned()));
        } else {
            self.html.push_str(address);
        }
        self.html.push('"');
        self.html.push_str(behind);
    }

    fn push(&mut self, part: Part) {
        if !self.html.is_empty() {
            let html = std::mem::take(&mut self.html);
            self.parts.push(Part::Html(html));
        }
        self.parts.push(part);
    }

    fn finish(mut self) -> (Vec<Part>, Vec<(usize, String)>) {
        for (mark, met) in self.marks.iter().zip(&self.met) {
            if !met {
                let reason = "stands in HTML that is left out, such as a script or a frame";
                self.faults.push((mark.at, reason.to_owned()));
            }
        }
        if !self.html.is_empty() {
            self.parts.push(Part::Html(self.html));
        }
        (self.parts, self.faults)
    }
}

/// The address of a picture in HTML: relative ones and `https:` stay, `http:` becomes `https:`, and
/// others are dropped. Pictures in Markdown do not come here.
fn secure(address: &str) -> Option<Cow<'_, str>> {
    let address = address.trim();
    let lower = address.to_ascii_lowercase();
    if lower.starts_with("http://") {
        return Some(format!("https://{}", &address["http://".len()..]).into());
    }
    if lower.starts_with("//") {
        return Some(format!("https:{address}").into());
    }
    let head = address.split(['/', '?', '#']).next().unwrap_or_default();
    (lower.starts_with("https://") || !head.contains(':')).then_some(address.into())
}
