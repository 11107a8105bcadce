//! The text of a description.

/// Entities of sanitised HTML that stand for characters of words or for spaces.
const ENTITIES: [(&str, char); 7] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("#39", '\''),
];
/// Characters between `&` and `;`.
const ENTITY_CHARS_MAX: usize = 8;

/// The text of sanitised HTML; a tag is a space.
pub(crate) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') {
            text.push(' ');
            rest = rest.find('>').map_or("", |end| &rest[end + 1..]);
            continue;
        }
        let entity = rest[1..].find(';').filter(|&end| end <= ENTITY_CHARS_MAX);
        let entity = entity.map(|end| (&rest[1..=end], end + 2));
        let known = entity.and_then(|(name, behind)| {
            let found = ENTITIES.iter().find(|(known, _)| *known == name);
            found.map(|(_, char)| (*char, behind))
        });
        let (char, behind) = known.unwrap_or(('&', 1));
        text.push(char);
        rest = &rest[behind..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_spaces_and_entities_are_characters() {
        let html = "<p>Tea &amp; co</p><ul><li>a&nbsp;b</li></ul> &x; <unclosed";
        assert_eq!(plain_text(html), " Tea & co   a b   &x;  ");
    }
}
