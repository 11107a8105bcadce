//! Descriptions: HTML made safe, with a note of what the clean-up took away.
//!
//! Owns what may stand in a description. The rules are ammonia's, whose defaults leave out
//! scripts, styles, forms, frames and classes. Around it:
//! - Pictures are `https:` or of the shop; one without an address is left out whole, and one that a
//!   script would have loaded later (`data-src`) is shown.
//! - A link within the text and the place that it leads to are both kept, or both left out. The
//!   names of the places get a prefix of their own, so that none is a name of the page around them.
//! - A link that leads nowhere becomes its text. Links to other hosts get a `rel`, the shop's own
//!   links none.

use std::{borrow::Cow, collections::BTreeMap, collections::BTreeSet};

use ammonia::Builder;
use percent_encoding::percent_decode_str;

use crate::{
    Note, Reason,
    limits::{DESCRIPTION_BYTES_MAX, DESCRIPTION_WRITTEN_BYTES_MAX},
    markup::{Tag, tags},
    text::line,
};

/// What the names of places in a text begin with.
const PLACE_PREFIX: &str = "text-";

/// Links to other hosts pass on neither the page nor the shop's good name.
const FOREIGN_REL: &str = " rel=\"noopener noreferrer nofollow\"";

/// Elements that show or do something, and are left out. Others, such as `<font>`, only lose their
/// tags.
const LEFT_OUT: [&str; 19] = [
    "applet", "audio", "button", "canvas", "embed", "form", "frame", "iframe", "input", "link",
    "math", "object", "script", "select", "style", "svg", "template", "textarea", "video",
];

/// Makes HTML safe. Building the rules takes longer than using them, so one is made for a file.
pub(crate) struct Sanitizer {
    html: Builder<'static>,
    plain: Builder<'static>,
}

/// A text, and what of it could not be kept.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Safe {
    pub(crate) html: String,
    left_out: BTreeMap<&'static str, usize>,
}

impl Safe {
    /// What was left out, if anything.
    pub(crate) fn note(&self) -> Option<Note> {
        let one = |(what, count): (&&str, &usize)| match count {
            1 => (*what).to_owned(),
            count => format!("{what} ({count})"),
        };
        let all: Vec<_> = self.left_out.iter().map(one).collect();
        (!all.is_empty()).then(|| Note::LeftOut(all.join(", ")))
    }

    fn lose(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_default() += 1;
    }
}

impl Sanitizer {
    pub(crate) fn new() -> Self {
        let mut html = Builder::default();
        html.url_schemes(["https", "http", "mailto", "tel"].into())
            .link_rel(None)
            .add_generic_attributes(["id"])
            .add_tag_attributes("a", ["name"])
            .add_tag_attributes("img", ["data-src"])
            .attribute_filter(|element, attribute, value| match (element, attribute) {
                ("img", "src" | "data-src") => secure(value),
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
    pub(crate) fn html(&self, html: &str) -> Result<Safe, Reason> {
        let html = without_data(html);
        if html.len() > DESCRIPTION_WRITTEN_BYTES_MAX {
            return Err(Reason::TooManyBytes(DESCRIPTION_WRITTEN_BYTES_MAX));
        }
        let mut safe = Safe::default();
        // Without a tag or an entity there is nothing to do.
        if html.contains(['<', '>', '&', '\0', '\r']) {
            for tag in tags(&html).filter(|tag| !tag.closing) {
                let known = LEFT_OUT
                    .iter()
                    .find(|name| name.eq_ignore_ascii_case(tag.name));
                if let Some(name) = known {
                    safe.lose(name);
                }
            }
            tidy(&self.html.clean(&html).to_string(), &mut safe);
        } else {
            safe.html = html.into_owned();
        }
        match safe.html.len() <= DESCRIPTION_BYTES_MAX {
            true => {
                safe.html = safe.html.trim().to_owned();
                Ok(safe)
            }
            false => Err(Reason::TooManyBytes(DESCRIPTION_BYTES_MAX)),
        }
    }

    /// The text of HTML. Text that has no tag stays as it is.
    ///
    /// # Errors
    /// When it is longer than the bound.
    pub(crate) fn plain(&self, html: &str, chars_max: usize) -> Result<String, Reason> {
        let html = without_data(html);
        if html.len() > DESCRIPTION_WRITTEN_BYTES_MAX {
            return Err(Reason::TooManyBytes(DESCRIPTION_WRITTEN_BYTES_MAX));
        }
        if !(html.contains('<') && ammonia::is_html(&html)) {
            return line(&html, chars_max);
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

/// The text without the files that it holds (`data:` addresses), which may be many times its length
/// and are not kept.
fn without_data(html: &str) -> Cow<'_, str> {
    const SCHEME: &[u8] = b"data:";
    let bytes = html.as_bytes();
    let begins = |place: usize| {
        let head = bytes.get(place..place + SCHEME.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(SCHEME))
    };
    let mut kept = String::new();
    let (mut from, mut place) = (0, 1);
    while place < bytes.len() {
        let end = match bytes[place - 1] {
            _ if !begins(place) => None,
            mark @ (b'"' | b'\'') => Some([mark, mark]),
            b'=' => Some([b' ', b'>']),
            b'(' => Some([b')', b')']),
            _ => None,
        };
        let Some(end) = end else {
            place += 1;
            continue;
        };
        kept.push_str(&html[from..place]);
        let rest = bytes[place..].iter().position(|byte| end.contains(byte));
        place = rest.map_or(bytes.len(), |length| place + length);
        from = place;
        place += 1;
    }
    match from {
        0 => Cow::Borrowed(html),
        from => {
            kept.push_str(&html[from..]);
            Cow::Owned(kept)
        }
    }
}

/// Writes safe HTML once more, without what is half gone.
fn tidy(html: &str, safe: &mut Safe) {
    let places = places(html);
    let mut out = String::with_capacity(html.len());
    let mut written = 0;
    // The links that are open: where each begins in `out`, or nothing where its tags are left out.
    let mut links: Vec<Option<usize>> = Vec::new();
    for tag in tags(html) {
        out.push_str(&html[written..tag.begin]);
        written = tag.end;
        match (tag.name, tag.closing) {
            ("a", true) => {
                if let Some(Some(begin)) = links.pop() {
                    close_link(&mut out, begin);
                }
            }
            ("a", false) => {
                let begin = out.len();
                let is_kept = open_link(&tag, &places, &mut out, safe);
                links.push(is_kept.then_some(begin));
            }
            ("img", _) => picture(&tag, &places, &mut out, safe),
            (_, true) => out.push_str(&html[tag.begin..tag.end]),
            (_, false) => {
                let attributes = tag.attributes.iter();
                let attributes = attributes.filter_map(|(name, value)| match *name {
                    "id" => place_name(value, &places),
                    _ => Some(written_as(name, value)),
                });
                push_tag(&mut out, tag.name, attributes);
            }
        }
    }
    out.push_str(&html[written..]);
    safe.html = out;
}

/// The names of places that a link leads to, as they are written.
fn places(html: &str) -> BTreeSet<String> {
    let (mut names, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    for tag in tags(html) {
        for (name, value) in &tag.attributes {
            match *name {
                "id" => names.insert((*value).to_owned()),
                "name" if tag.name == "a" => names.insert((*value).to_owned()),
                "href" => fragment(value).is_some_and(|fragment| wanted.insert(fragment)),
                _ => false,
            };
        }
    }
    names.intersection(&wanted).cloned().collect()
}

/// The place in the same text that an address means.
fn fragment(href: &str) -> Option<String> {
    let fragment = href.strip_prefix('#')?;
    Some(
        percent_decode_str(fragment)
            .decode_utf8_lossy()
            .into_owned(),
    )
}

fn written_as(name: &str, value: &str) -> String {
    format!(" {name}=\"{value}\"")
}

fn place_name(value: &str, places: &BTreeSet<String>) -> Option<String> {
    let value = places.get(value)?;
    Some(written_as(
        "id",
        &format!("{PLACE_PREFIX}{}", value.replace(' ', "-")),
    ))
}

fn push_tag(out: &mut String, name: &str, attributes: impl Iterator<Item = String>) {
    out.push('<');
    out.push_str(name);
    out.extend(attributes);
    out.push('>');
}

/// Writes the tag of a link that leads somewhere, or is a place itself; whether it did.
fn open_link(tag: &Tag<'_>, places: &BTreeSet<String>, out: &mut String, safe: &mut Safe) -> bool {
    let href = tag.get("href").unwrap_or_default();
    let href = match fragment(href) {
        Some(place) => places.get(&place).map(|place| {
            let place = format!("{PLACE_PREFIX}{}", place.replace(' ', "-"));
            written_as("href", &format!("#{place}"))
        }),
        None if href.is_empty() => None,
        None => Some(written_as("href", href)),
    };
    let name = tag.get("id").or(tag.get("name"));
    let place = name.and_then(|name| place_name(name, places));
    let is_place = tag.get("name").is_some() || tag.get("id").is_some();
    if href.is_none() && !is_place {
        safe.lose("link that leads nowhere");
    }
    if href.is_none() && place.is_none() {
        return false;
    }
    let is_foreign = tag.get("href").is_some_and(|href| {
        let begins = |scheme: &str| {
            href.get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        };
        ["http:", "https:", "//"].into_iter().any(begins)
    });
    let others = tag.attributes.iter();
    let others = others.filter(|(name, _)| !matches!(*name, "href" | "id" | "name" | "rel"));
    let others = others.map(|(name, value)| written_as(name, value));
    let rel = is_foreign.then(|| FOREIGN_REL.to_owned());
    push_tag(
        out,
        "a",
        href.into_iter().chain(place).chain(others).chain(rel),
    );
    true
}

/// Closes a link; one around nothing, such as a picture that was left out, is left out too.
fn close_link(out: &mut String, begin: usize) {
    let content = out[begin..].find('>').map(|end| &out[begin + end + 1..]);
    let is_place = out[begin..]
        .split('>')
        .next()
        .is_some_and(|tag| tag.contains(" id=\""));
    match content.is_some_and(|content| content.trim().is_empty()) && !is_place {
        true => out.truncate(begin),
        false => out.push_str("</a>"),
    }
}

fn picture(tag: &Tag<'_>, places: &BTreeSet<String>, out: &mut String, safe: &mut Safe) {
    let address = |name| tag.get(name).filter(|address| !address.is_empty());
    let Some(src) = address("src").or(address("data-src")) else {
        safe.lose("picture without an address");
        return;
    };
    let others = tag
        .attributes
        .iter()
        .filter_map(|(name, value)| match *name {
            "src" | "data-src" => None,
            "id" => place_name(value, places),
            _ => Some(written_as(name, value)),
        });
    push_tag(
        out,
        "img",
        [written_as("src", src)].into_iter().chain(others),
    );
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

    fn safe(html: &str) -> (String, Option<String>) {
        let safe = Sanitizer::new().html(html).unwrap();
        let note = safe.note().map(|note| match note {
            Note::LeftOut(what) => what,
            other => panic!("{other:?}"),
        });
        (safe.html, note)
    }

    #[test]
    fn html_is_made_safe() {
        let cases = [
            ("Plain text", "Plain text"),
            (
                "<p>Tea &amp; <b>more</b></p>",
                "<p>Tea &amp; <b>more</b></p>",
            ),
            ("<p onclick=x()>a<script>x()</script></p>", "<p>a</p>"),
            ("<style>p{}</style><iframe src=//x></iframe>a", "a"),
            ("<a href=\"javascript:x()\">a</a>", "a"),
            (
                "<img src=\"http://a.b/c.png\" onerror=x()>",
                "<img src=\"https://a.b/c.png\">",
            ),
            ("<img src=//a.b/c.png>", "<img src=\"https://a.b/c.png\">"),
            ("<img src=\"data:image/png;base64,AA\">", ""),
            ("<p>open <em>tags", "<p>open <em>tags</em></p>"),
            ("<!-- a --><svg onload=x()>", ""),
            ("<p>10 < 20 & \"x\"</p>", "<p>10 &lt; 20 &amp; \"x\"</p>"),
        ];
        for (html, expected) in cases {
            assert_eq!(safe(html).0, expected, "{html}");
        }
    }

    #[test]
    fn only_links_to_other_hosts_get_a_rel() {
        let cases = [
            (
                "<a href=\"/collections/tea\">a</a>",
                "<a href=\"/collections/tea\">a</a>",
            ),
            (
                "<a href=\"mailto:a@b.example\">a</a>",
                "<a href=\"mailto:a@b.example\">a</a>",
            ),
            (
                "<a href=\"https://b.example/?a&amp;b\" rel=x title='\"&gt;'>a</a>",
                "<a href=\"https://b.example/?a&amp;b\" title=\"&quot;&gt;\" \
                 rel=\"noopener noreferrer nofollow\">a</a>",
            ),
            (
                "<a href=\"//b.example\">a</a>",
                "<a href=\"//b.example\" rel=\"noopener noreferrer nofollow\">a</a>",
            ),
        ];
        for (html, expected) in cases {
            let (html, note) = safe(html);
            assert_eq!(
                html.replace("\">\"", "&gt;\""),
                expected.replace("\">\"", "&gt;\"")
            );
            assert_eq!(note, None, "{html}");
        }
    }

    #[test]
    fn a_link_and_the_place_it_leads_to_stay_together() {
        let cases = [
            (
                "<a href=\"#size\">Sizes</a><h3 id=\"size\">Sizes</h3><p id=\"other\">x</p>",
                "<a href=\"#text-size\">Sizes</a><h3 id=\"text-size\">Sizes</h3><p>x</p>",
            ),
            (
                "<a href=\"#gr%C3%B6%C3%9Fe\">a</a><a name=\"größe\"></a>b",
                "<a href=\"#text-größe\">a</a><a id=\"text-größe\"></a>b",
            ),
        ];
        for (html, expected) in cases {
            assert_eq!(safe(html), (expected.to_owned(), None), "{html}");
        }
        let nowhere = Some("link that leads nowhere".to_owned());
        assert_eq!(
            safe("<p><a href=\"#gone\">a</a></p>"),
            ("<p>a</p>".to_owned(), nowhere)
        );
        assert_eq!(
            safe("<a name=\"unused\"></a><b id=x>a</b>"),
            ("<b>a</b>".to_owned(), None)
        );
    }

    #[test]
    fn what_is_left_out_is_named_once_with_its_count() {
        let (html, note) = safe(
            "<p>See</p><IFRAME src=\"https://v.example/1\"></IFRAME><iframe></iframe><style>.a{}</style>\
             <video controls><source src=\"https://v.example/a.mp4\"></video>\
             <a href=\"/big\"><img class=\"lazyload\"></a><!-- <form> --><details>x</details>",
        );
        assert_eq!(html, "<p>See</p><details>x</details>");
        let note = note.unwrap();
        assert_eq!(note, "iframe (2), picture without an address, style, video");
        let lazy = safe("<img data-src=\"http://i.example/a.jpg\" class=\"lazyload\" alt=\"a>b\">");
        let shown = "<img src=\"https://i.example/a.jpg\" alt=\"a>b\">";
        assert_eq!(
            (lazy.0.replace("&gt;", ">").as_str(), lazy.1),
            (shown, None)
        );
    }

    #[test]
    fn a_text_is_measured_after_the_clean_up() {
        let sanitizer = Sanitizer::new();
        let body = "<p>Hand-picked, <em>slowly</em> dried.</p>".repeat(250);
        assert_eq!(sanitizer.html(&body).unwrap().html, body);
        let photo = "QUJD".repeat(600_000);
        for html in [
            format!("<p>Photo</p><img src=\"data:image/png;base64,{photo}\">"),
            format!("<p style=\"background:url(DATA:image/png;base64,{photo})\">Photo</p>"),
            format!("<p>Photo</p><img src=data:image/png;base64,{photo}>"),
            format!("<p style=\"{}\">Photo</p>", "mso-margin:0;".repeat(20_000)),
        ] {
            assert_eq!(sanitizer.html(&html).unwrap().html, "<p>Photo</p>");
        }
        let refused = Err(Reason::TooManyBytes(DESCRIPTION_BYTES_MAX));
        let long = "x".repeat(DESCRIPTION_BYTES_MAX + 1);
        assert_eq!(sanitizer.html(&long), refused);
        // Five bytes for one.
        assert_eq!(
            sanitizer.html(&"&".repeat(DESCRIPTION_BYTES_MAX / 4)),
            refused
        );
        let longer = "x".repeat(DESCRIPTION_WRITTEN_BYTES_MAX + 1);
        let refused = Err(Reason::TooManyBytes(DESCRIPTION_WRITTEN_BYTES_MAX));
        assert_eq!(sanitizer.html(&longer), refused);
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
