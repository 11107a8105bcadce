//! The tags of HTML, one after the other.
//!
//! Exact for what the sanitiser has written: every attribute in quotation marks, every tag closed.
//! In any other text it only finds what looks like a tag, which is enough to count elements.
//!
//! Not here: what HTML means, which is ammonia's.

/// A tag and where it stands.
pub(crate) struct Tag<'a> {
    /// As it is written.
    pub(crate) name: &'a str,
    /// Whether it ends an element.
    pub(crate) closing: bool,
    /// Names with their values as they are written, so with entities.
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
    /// The place of its `<`.
    pub(crate) begin: usize,
    /// The place behind its `>`.
    pub(crate) end: usize,
}

impl<'a> Tag<'a> {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }
}

/// Every tag of a text; comments are passed over.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let begin = from + html.get(from..)?.find('<')?;
            if html[begin..].starts_with("<!--") {
                let end = html[begin..].find("-->")?;
                from = begin + end + "-->".len();
                continue;
            }
            match tag(html, begin) {
                Some(tag) => {
                    from = tag.end;
                    return Some(tag);
                }
                None => from = begin + 1,
            }
        }
    })
}

/// The tag that begins at a `<`.
fn tag(html: &str, begin: usize) -> Option<Tag<'_>> {
    let after = begin + 1;
    let closing = html[after..].starts_with('/');
    let name_from = after + usize::from(closing);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let rest = &html[name_from..];
    let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut place = name_from + name.len();
    let mut attributes = Vec::new();
    loop {
        let rest = &html[place..];
        let next = rest.find(|c: char| !c.is_whitespace() && c != '/')?;
        place += next;
        let rest = &html[place..];
        if rest.starts_with('>') {
            return Some(Tag {
                name,
                closing,
                attributes,
                begin,
                end: place + 1,
            });
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>');
        let name_end = rest.find(|c: char| ends(c) || c == '=')?;
        if rest[name_end..].starts_with('<') {
            return None;
        }
        let (attribute, value) = rest.split_at(name_end);
        place += name_end;
        let Some(value) = value.strip_prefix('=') else {
            attributes.push((attribute, ""));
            continue;
        };
        place += 1;
        let mark = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, length) = match mark {
            Some(mark) => {
                let value = &value[1..];
                let end = value.find(mark)?;
                (&value[..end], end + 2)
            }
            None => {
                let end = value.find(ends)?;
                (&value[..end], end)
            }
        };
        attributes.push((attribute, value));
        place += length;
        if attribute.is_empty() && length == 0 {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_with_their_attributes() {
        let html = "a<p id=\"x\" title='>'>b</p><!-- <i> --><br/>< c <1><img src=y alt>";
        let found: Vec<_> = tags(html)
            .map(|tag| (tag.name, tag.closing, tag.attributes))
            .collect();
        let expected = [
            ("p", false, vec![("id", "x"), ("title", ">")]),
            ("p", true, vec![]),
            ("br", false, vec![]),
            ("img", false, vec![("src", "y"), ("alt", "")]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_tag_without_an_end_is_none() {
        for html in [
            "<p", "<p a", "<p a=", "<p a=\"b", "<", "</", "<!--", "<p =", "<p a=b",
        ] {
            assert_eq!(tags(html).count(), 0, "{html}");
        }
    }
}
