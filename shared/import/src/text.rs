//! Texts: one line of plain text, a list, safe HTML.
//!
//! Owns what may stand in a description. The rules are ammonia's, whose defaults leave out
//! scripts, styles, forms, frames, classes and identifiers; here pictures also must be `https:`.

use std::borrow::Cow;

use ammonia::Builder;

use crate::{Reason, limits::DESCRIPTION_BYTES_MAX};

/// One line: control characters and runs of blanks become one blank.
///
/// # Errors
/// When it is longer than the bound.
pub(crate) fn line(text: &str, chars_max: usize) -> Result<String, Reason> {
    let line = one_line(text);
    match line.chars().nth(chars_max) {
        Some(_) => Err(Reason::TooLong(chars_max)),
        None => Ok(line),
    }
}

/// One line, cut at the bound; the second value says whether it was.
pub(crate) fn cut(text: &str, chars_max: usize) -> (String, bool) {
    let mut line = one_line(text);
    match line.char_indices().nth(chars_max) {
        Some((end, _)) => {
            line.truncate(end);
            (line, true)
        }
        None => (line, false),
    }
}

fn one_line(text: &str) -> String {
    let parts = text.split(|c: char| c.is_whitespace() || c.is_control());
    let mut line = String::with_capacity(text.len());
    for part in parts.filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// The entries of a list, each once, in their order.
///
/// # Errors
/// When there are too many, or one is too long.
pub(crate) fn list(
    text: &str,
    separator: char,
    what: &'static str,
    max: usize,
    chars_max: usize,
) -> Result<Vec<String>, Reason> {
    let mut entries = Vec::new();
    for entry in text.split(separator) {
        let entry = line(entry, chars_max)?;
        if !entry.is_empty() && !entries.contains(&entry) {
            if entries.len() == max {
                return Err(Reason::TooMany { what, max });
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Makes HTML safe. Building the rules takes longer than using them, so one is made for a file.
pub(crate) struct Sanitizer {
    html: Builder<'static>,
    plain: Builder<'static>,
}

impl Sanitizer {
    pub(crate) fn new() -> Self {
        let mut html = Builder::default();
        html.url_schemes(["https", "http", "mailto", "tel"].into())
            .link_rel(Some("noopener noreferrer nofollow"))
            .attribute_filter(|element, attribute, value| match (element, attribute) {
                ("img", "src") => secure(value),
                _ => Some(value.into()),
            });
        Self {
            html,
            plain: Builder::empty(),
        }
    }

    /// HTML without anything that could run, load insecurely or break the page around it.
    ///
    /// # Errors
    /// When it is longer than the bound, before or after.
    pub(crate) fn html(&self, html: &str) -> Result<String, Reason> {
        let too_many = || Reason::TooManyBytes(DESCRIPTION_BYTES_MAX);
        if html.len() > DESCRIPTION_BYTES_MAX {
            return Err(too_many());
        }
        // Without a tag or an entity there is nothing to do.
        let safe = match html.contains(['<', '>', '&', '\0', '\r']) {
            true => self.html.clean(html).to_string(),
            false => html.to_owned(),
        };
        match safe.len() <= DESCRIPTION_BYTES_MAX {
            true => Ok(safe.trim().to_owned()),
            false => Err(too_many()),
        }
    }

    /// The text of HTML. Text that has no tag stays as it is.
    ///
    /// # Errors
    /// When it is longer than the bound.
    pub(crate) fn plain(&self, html: &str, chars_max: usize) -> Result<String, Reason> {
        if html.len() > DESCRIPTION_BYTES_MAX {
            return Err(Reason::TooManyBytes(DESCRIPTION_BYTES_MAX));
        }
        if !(html.contains('<') && ammonia::is_html(html)) {
            return line(html, chars_max);
        }
        // A blank before each tag keeps the words of two paragraphs apart.
        let text = self.plain.clean(&html.replace('<', " <")).to_string();
        // What remains escaped is what HTML's serialisation escapes in text.
        let text = text
            .replace("&nbsp;", " ")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        line(&text, chars_max)
    }
}

/// The address of a picture within a description: `https:` and relative ones stay, `http:` and
/// protocol-relative ones become `https:`, others are dropped.
fn secure(address: &str) -> Option<Cow<'_, str>> {
    let address = address.trim();
    let begins = |prefix: &str| {
        let head = address.get(..prefix.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
    };
    if begins("http://") {
        return Some(format!("https://{}", &address["http://".len()..]).into());
    }
    if begins("//") {
        return Some(format!("https:{address}").into());
    }
    let has_scheme = address
        .split(['/', '?', '#'])
        .next()
        .is_some_and(|head| head.contains(':'));
    (begins("https://") || !has_scheme).then_some(address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_no_breaks_and_a_bound() {
        assert_eq!(line(" a\r\n\tb\u{0}c  d ", 7), Ok("a b c d".into()));
        assert_eq!(line("茶茶茶", 3), Ok("茶茶茶".into()));
        assert_eq!(line("茶茶茶", 2), Err(Reason::TooLong(2)));
        assert_eq!(cut("茶茶茶", 2), ("茶茶".into(), true));
    }

    #[test]
    fn lists_drop_empty_and_repeated_entries() {
        let tags = |text: &str| list(text, ',', "tags", 2, 5);
        assert_eq!(tags(" a , b,,a"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        let too_many = Reason::TooMany {
            what: "tags",
            max: 2,
        };
        assert_eq!(tags("a,b,c"), Err(too_many));
        assert_eq!(tags("a,toolong"), Err(Reason::TooLong(5)));
    }

    #[test]
    fn html_is_made_safe() {
        let sanitizer = Sanitizer::new();
        let cases = [
            ("Plain text", "Plain text"),
            (
                "<p>Tea &amp; <b>more</b></p>",
                "<p>Tea &amp; <b>more</b></p>",
            ),
            ("<p onclick=x()>a<script>x()</script></p>", "<p>a</p>"),
            ("<style>p{}</style><iframe src=//x></iframe>a", "a"),
            (
                "<a href=\"javascript:x()\">a</a>",
                "<a rel=\"noopener noreferrer nofollow\">a</a>",
            ),
            (
                "<img src=\"http://a.b/c.png\" onerror=x()>",
                "<img src=\"https://a.b/c.png\">",
            ),
            ("<img src=//a.b/c.png>", "<img src=\"https://a.b/c.png\">"),
            ("<img src=\"data:image/png;base64,AA\">", "<img>"),
            ("<p>open <em>tags", "<p>open <em>tags</em></p>"),
            ("<!-- a --><svg onload=x()>", ""),
        ];
        for (html, safe) in cases {
            assert_eq!(sanitizer.html(html).as_deref(), Ok(safe), "{html}");
        }
    }

    #[test]
    fn ten_kilobytes_of_html_stay_whole_and_more_than_the_bound_is_refused() {
        let sanitizer = Sanitizer::new();
        let body = "<p>Hand-picked, <em>slowly</em> dried.</p>".repeat(250);
        assert_eq!(sanitizer.html(&body), Ok(body));
        let long = "x".repeat(DESCRIPTION_BYTES_MAX + 1);
        let refused = Err(Reason::TooManyBytes(DESCRIPTION_BYTES_MAX));
        assert_eq!(sanitizer.html(&long), refused);
        // Five bytes for one: the bound holds for what comes out too.
        assert_eq!(
            sanitizer.html(&"&".repeat(DESCRIPTION_BYTES_MAX / 4)),
            refused
        );
    }

    #[test]
    fn plain_text_has_no_tags_and_no_entities() {
        let sanitizer = Sanitizer::new();
        let plain = |html: &str| sanitizer.plain(html, 100);
        assert_eq!(plain("Tea & more, 2 < 3"), Ok("Tea & more, 2 < 3".into()));
        assert_eq!(
            plain("<p>Tea &amp; more</p><p>x&nbsp;y</p>"),
            Ok("Tea & more x y".into())
        );
    }
}
