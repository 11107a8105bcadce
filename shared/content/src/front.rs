//! Front matter: what a document says about itself, as TOML between two lines of `+++`.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::nearest::hint;
use crate::problem::{Problems, Source};
use crate::{SUMMARY_CHARS_MAX, TAGS_MAX, TITLE_CHARS_MAX, dates};

/// The keys of front matter.
pub const KEYS: [&str; 6] = [
    "title",
    "published_at",
    "tags",
    "summary",
    "picture",
    "position",
];

/// The keys of a picture that is a table.
const PICTURE_KEYS: [&str; 2] = ["file", "alt"];

/// What a document says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Front {
    pub(crate) title: String,
    pub(crate) published_at_ms: Option<i64>,
    pub(crate) tags: Vec<String>,
    pub(crate) summary: String,
    pub(crate) picture: Option<FrontPicture>,
    /// Place among the documents of its kind; those without one come behind.
    pub(crate) position: Option<i64>,
}

/// A picture for lists and link previews.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FrontPicture {
    pub(crate) file: String,
    pub(crate) alt: String,
    /// Where the file of the picture is named.
    pub(crate) at: usize,
}

/// A file in its two parts, by their ranges in the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) front: Range<usize>,
    pub(crate) body: Range<usize>,
}

/// Finds the front matter.
///
/// # Errors
/// With the offset and the reason, when the text has none, or it does not end.
pub(crate) fn split(text: &str) -> Result<Split, (usize, &'static str)> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut offset = start;
    let mut front = None;
    for line in text[start..].split_inclusive('\n') {
        let is_fence = line.trim_end() == "+++";
        match front {
            None if is_fence => front = Some(offset + line.len()),
            None => {
                let reason = if line.trim_end() == "---" {
                    "the front matter is TOML: write '+++' instead of '---', and 'title = \"…\"'"
                } else {
                    "begins without front matter; the first line is '+++', then 'title = \"…\"', \
                     then '+++'"
                };
                return Err((offset, reason));
            }
            Some(from) if is_fence => {
                return Ok(Split {
                    front: from..offset,
                    body: offset + line.len()..text.len(),
                });
            }
            Some(_) => {}
        }
        offset += line.len();
    }
    match front {
        Some(_) => Err((start, "the front matter never ends; write '+++' behind it")),
        None => Err((
            start,
            "is empty; a document begins with '+++', 'title = \"…\"', '+++'",
        )),
    }
}

/// Reads front matter; what is wrong in it goes to the problems.
pub(crate) fn read(
    source: Source<'_>,
    range: &Range<usize>,
    east_s: &dyn Fn(i64) -> i32,
    problems: &mut Problems,
) -> Front {
    let mut reader = Reader {
        source,
        start: range.start,
        problems,
    };
    let mut front = Front::default();
    let table = match DeTable::parse(&source.text[range.clone()]) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reader.fault(
                at,
                format!("the front matter is no TOML: {}", error.message()),
            );
            return front;
        }
    };
    let mut has_title = false;
    for (key, value) in &table {
        let at = value.span().start;
        match key.get_ref().as_ref() {
            "title" => {
                has_title = true;
                front.title = reader.line(value, "title", TITLE_CHARS_MAX);
                if front.title.is_empty() {
                    reader.fault(at, "title: is empty".to_owned());
                }
            }
            "summary" => front.summary = reader.line(value, "summary", SUMMARY_CHARS_MAX),
            "published_at" => front.published_at_ms = reader.moment(value, east_s),
            "tags" => front.tags = reader.tags(value),
            "picture" => front.picture = reader.picture(value),
            "position" => match value.get_ref() {
                DeValue::Integer(number) => {
                    front.position = i64::from_str_radix(number.as_str(), number.radix()).ok();
                }
                _ => reader.fault(at, "position: is no whole number, such as 3".to_owned()),
            },
            unknown => {
                let hint = hint(unknown, KEYS);
                let known = KEYS.join(", ");
                let at = key.span().start;
                reader.fault(
                    at,
                    format!("unknown key '{unknown}'{hint} (known: {known})"),
                );
            }
        }
    }
    if !has_title {
        let reason = "title: is missing; write title = \"…\"";
        reader.fault(0, reason.to_owned());
    }
    front
}

struct Reader<'a> {
    source: Source<'a>,
    /// Where the front matter begins in the file.
    start: usize,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn fault(&mut self, at: usize, reason: String) {
        let fault = self.source.at(self.start + at, reason);
        self.problems.errors.push(fault);
    }

    /// A text on one line; empty after a fault.
    fn line(&mut self, value: &Spanned<DeValue<'_>>, key: &str, chars_max: usize) -> String {
        let DeValue::String(text) = value.get_ref() else {
            let reason = format!("{key}: is no text; write it in quotation marks");
            self.fault(value.span().start, reason);
            return String::new();
        };
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > chars_max {
            let reason = format!("{key}: is longer than {chars_max} characters");
            self.fault(value.span().start, reason);
        }
        line
    }

    fn moment(&mut self, value: &Spanned<DeValue<'_>>, east_s: &dyn Fn(i64) -> i32) -> Option<i64> {
        let written: Option<Cow<'_, Datetime>> = match value.get_ref() {
            DeValue::Datetime(written) => Some(Cow::Borrowed(written)),
            // In quotation marks it says the same.
            DeValue::String(text) => text.trim().parse().ok().map(Cow::Owned),
            _ => None,
        };
        let moment = written.and_then(|written| dates::moment_ms(&written, east_s));
        if moment.is_none() {
            let reason = "published_at: is no date; write 2026-11-29 or 2026-11-29T08:00:00Z";
            self.fault(value.span().start, reason.to_owned());
        }
        moment
    }

    fn tags(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let DeValue::Array(values) = value.get_ref() else {
            let reason = "tags: is no list; write [\"tea\", \"guides\"]";
            self.fault(value.span().start, reason.to_owned());
            return Vec::new();
        };
        let mut tags: Vec<String> = Vec::new();
        for value in values {
            let tag = self.line(value, "tags", TITLE_CHARS_MAX);
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > TAGS_MAX {
            self.fault(
                value.span().start,
                format!("tags: are more than {TAGS_MAX}"),
            );
        }
        tags
    }

    fn picture(&mut self, value: &Spanned<DeValue<'_>>) -> Option<FrontPicture> {
        let at = self.start + value.span().start;
        let mut picture = FrontPicture {
            at,
            ..FrontPicture::default()
        };
        match value.get_ref() {
            DeValue::String(file) => picture.file = file.trim().to_owned(),
            DeValue::Table(table) => {
                for (key, value) in table {
                    match key.get_ref().as_ref() {
                        "file" => {
                            picture.file = self.line(value, "picture.file", 2_048);
                            picture.at = self.start + value.span().start;
                        }
                        "alt" => picture.alt = self.line(value, "picture.alt", 512),
                        unknown => {
                            let hint = hint(unknown, PICTURE_KEYS);
                            let reason = format!("unknown key 'picture.{unknown}'{hint}");
                            self.fault(key.span().start, reason);
                        }
                    }
                }
            }
            _ => {}
        }
        if picture.file.is_empty() {
            let reason = "picture: names no file; write \"pictures/tea.jpg\" or \
                          { file = \"pictures/tea.jpg\", alt = \"…\" }";
            self.fault(value.span().start, reason.to_owned());
            return None;
        }
        Some(picture)
    }
}
