//! Texts of other systems: lists with escapes, plain text as HTML.
//!
//! Not here: making HTML safe (`text`), which the reader does with every description.

use souk_domain::Slug;

/// The entries of a list, without blanks around them and without empty ones. A separator behind a
/// backslash belongs to its entry, as WooCommerce writes it.
pub(super) fn entries(text: &str, separator: char) -> Vec<String> {
    let mut entries = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = character == '\\' && characters.peek() == Some(&separator);
        let last = entries.last_mut().expect("there is always one");
        if escaped {
            last.extend(characters.next());
        } else if character == separator {
            entries.push(String::new());
        } else {
            last.push(character);
        }
    }
    let entries = entries.iter().map(|entry| entry.trim().to_owned());
    entries.filter(|entry| !entry.is_empty()).collect()
}

/// A list for a cell whose entries are separated by `separator`, which none may have: it becomes a
/// blank there.
pub(super) fn list<'a>(entries: impl IntoIterator<Item = &'a str>, separator: char) -> String {
    let mut list = String::new();
    for entry in entries {
        if !list.is_empty() {
            list.push(separator);
            list.push(' ');
        }
        list.extend(entry.chars().map(|character| match character {
            _ if character == separator => ' ',
            _ => character,
        }));
    }
    list
}

/// Names of collections for a cell. A name without a letter or a digit could stand in no address
/// and is left out.
pub(super) fn collections<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter();
    list(names.filter(|name| Slug::from_text(name).is_some()), ';')
}

/// A description as HTML: what has tags stays; plain text becomes paragraphs.
pub(super) fn html(text: &str) -> String {
    match ammonia::is_html(text) && text.contains('<') {
        true => text.to_owned(),
        false => paragraphs(&escaped(text)),
    }
}

/// A description of WordPress, whose empty lines stand for paragraphs where no tag does.
pub(super) fn wordpress(text: &str) -> String {
    let text = text.replace("\\\\n", "\u{0}");
    let text = text.replace("\\r", "").replace("\\n", "\n");
    let text = text.replace('\u{0}', "\\n");
    let lower = text.to_ascii_lowercase();
    let blocks = [
        "<p", "<div", "<ul", "<ol", "<table", "<h1", "<h2", "<h3", "<br",
    ];
    match blocks.iter().any(|block| lower.contains(block)) || !text.contains('\n') {
        true => text,
        false => paragraphs(&text),
    }
}

fn paragraphs(html: &str) -> String {
    let html = html.replace("\r\n", "\n").replace('\r', "\n");
    let html = html.trim();
    if !html.contains('\n') {
        return html.to_owned();
    }
    let paragraphs = html.split("\n\n").map(str::trim);
    let paragraphs = paragraphs.filter(|paragraph| !paragraph.is_empty());
    let marked = paragraphs.map(|paragraph| format!("<p>{}</p>", paragraph.replace('\n', "<br>")));
    marked.collect::<Vec<_>>().join("\n")
}

/// Names with their values as a list in HTML; empty for none.
pub(super) fn facts(facts: &[(String, String)]) -> String {
    let lines = facts.iter().map(|(name, value)| {
        let (name, value) = (escaped(name), escaped(value));
        format!("<li>{name}: {value}</li>")
    });
    let lines: String = lines.collect();
    match lines.is_empty() {
        true => lines,
        false => format!("<ul>{lines}</ul>"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Parts of a description that are not empty, one below the other.
pub(super) fn stacked(parts: &[String]) -> String {
    let parts = parts.iter().map(|part| part.trim());
    let parts = parts.filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_behind_a_backslash_belongs_to_its_entry() {
        assert_eq!(
            entries(r"Steel\, brushed, Wood,, Ivory\white", ','),
            ["Steel, brushed", "Wood", r"Ivory\white"]
        );
        assert_eq!(
            list(["Steel, brushed", "Wood"], ','),
            "Steel  brushed, Wood"
        );
    }

    #[test]
    fn plain_text_becomes_paragraphs_and_html_stays() {
        assert_eq!(html("Tea & more"), "Tea &amp; more");
        assert_eq!(
            html("One\ntwo\n\n3 < 4"),
            "<p>One<br>two</p>\n<p>3 &lt; 4</p>"
        );
        assert_eq!(html("<p>Tea</p>"), "<p>Tea</p>");
        assert_eq!(
            wordpress(r"One\n\nTwo <b>2</b>"),
            "<p>One</p>\n<p>Two <b>2</b></p>"
        );
        assert_eq!(
            wordpress(r"<p>One</p>\n<p>Two</p>"),
            "<p>One</p>\n<p>Two</p>"
        );
        assert_eq!(wordpress(r"C:\\new"), r"C:\new");
    }

    #[test]
    fn facts_are_escaped() {
        let fact = ("Size".to_owned(), "< 3 & > 1".to_owned());
        assert_eq!(
            facts(&[fact]),
            "<ul><li>Size: &lt; 3 &amp; &gt; 1</li></ul>"
        );
        assert_eq!(facts(&[]), "");
    }
}
