//! Plain text out of sanitised HTML, for search engines, link previews and the search.
//!
//! Not here: making HTML safe (`souk-import` does that before a product is published).

/// Longest excerpt of a text, as search engines show one, in columns: a Chinese character takes two.
pub const EXCERPT_COLUMNS_MAX: usize = 158;

/// The text of an HTML fragment on one line.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let (tag, behind) = rest[open + 1..].split_once('>').unwrap_or_default();
        if !is_inline(tag) {
            text.push(' ');
        }
        rest = behind;
    }
    text.push_str(rest);
    // `&amp;` last: `&amp;lt;` is the text `&lt;`.
    let entities = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    for (entity, character) in entities {
        if text.contains(entity) {
            text = text.replace(entity, character);
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a tag, without its brackets, stands within a line of text.
fn is_inline(tag: &str) -> bool {
    let name = tag.trim_start_matches('/');
    let name = name.split([' ', '/']).next().unwrap_or_default();
    let inline = [
        "a", "abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s",
        "small", "span", "strong", "sub", "sup", "u",
    ];
    inline.contains(&name)
}

/// The beginning of a text, cut between words.
pub fn excerpt(text: &str, columns_max: usize) -> String {
    let mut columns = 0;
    let mut end = text.len();
    for (place, character) in text.char_indices() {
        columns += if character < '\u{2e80}' { 1 } else { 2 };
        if columns > columns_max {
            end = place;
            break;
        }
    }
    if end == text.len() {
        return text.to_owned();
    }
    let head = &text[..end];
    // Chinese has no spaces: a cut far before the bound would lose a sentence.
    let cut = match head.rfind(' ') {
        Some(space) if space > end / 2 => &head[..space],
        Some(_) | None => head,
    };
    let stops = [' ', ',', '.', ';', '，', '。', '；', '、'];
    format!("{}…", cut.trim_end_matches(stops))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_a_reader_sees() {
        let html = "<p>Tea &amp; <b>coffee</b>.</p><ul><li>one</li><li>two&nbsp;</li></ul>";
        assert_eq!(plain_text(html), "Tea & coffee. one two");
        assert_eq!(plain_text("&amp;lt;"), "&lt;");
        assert_eq!(plain_text("a <unclosed"), "a");
        assert_eq!(plain_text("one<br>two"), "one two");
    }

    #[test]
    fn cuts_are_between_words() {
        assert_eq!(excerpt("short", 10), "short");
        assert_eq!(excerpt("one two, three four", 13), "one two…");
        assert_eq!(excerpt("一套青瓷茶具", 8), "一套青瓷…");
    }
}
