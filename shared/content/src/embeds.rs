//! Embeds: `{{product:SLUG}}`, `{{price:SLUG}}`, `{{collection:SLUG}}` in a text.
//!
//! Two braces that stand for themselves are written `\{{`, or in code.

use std::ops::Range;

use souk_domain::Slug;
use souk_shop::Part;

use crate::nearest::{hint, nearest};

/// What an embed may begin with.
const KINDS: [&str; 3] = ["product", "price", "collection"];

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, by its range.
    Text(Range<usize>),
    /// An embed that is written as one, and where it stands.
    Embed(Part, Range<usize>),
    /// What looks like an embed and is none: where, and why.
    Wrong(Range<usize>, String),
}

/// Cuts a text into its pieces.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = text[from..].find("{{") {
        let start = from + found;
        let content = start + 2;
        let Some(length) = text[content..].find("}}") else {
            let reason = "the embed never ends; write '}}' behind it on the same line, or '\\{{' \
                          where the braces stand for themselves";
            if looks_like_embed(&text[content..]) {
                pieces.push(Piece::Text(done..start));
                pieces.push(Piece::Wrong(start..text.len(), reason.to_owned()));
                done = text.len();
            }
            break;
        };
        let end = content + length + 2;
        pieces.push(Piece::Text(done..start));
        pieces.push(match embed(&text[content..content + length]) {
            Ok(part) => Piece::Embed(part, start..end),
            Err(reason) => Piece::Wrong(start..end, reason),
        });
        done = end;
        from = end;
    }
    pieces.push(Piece::Text(done..text.len()));
    pieces.retain(|piece| !matches!(piece, Piece::Text(range) if range.is_empty()));
    pieces
}

fn looks_like_embed(text: &str) -> bool {
    let (name, _) = text.split_once(':').unwrap_or_default();
    nearest(name.trim(), KINDS).is_some()
}

fn embed(content: &str) -> Result<Part, String> {
    let usage = "write {{product:SLUG}}, {{price:SLUG}} or {{collection:SLUG}}, or '\\{{' where the \
                 braces stand for themselves";
    let Some((kind, slug)) = content.split_once(':') else {
        return Err(format!("'{{{{{content}}}}}' is no embed; {usage}"));
    };
    let (kind, slug) = (kind.trim(), slug.trim());
    let slug = match Slug::parse(slug) {
        Ok(slug) => slug.to_string(),
        Err(error) => return Err(format!("'{{{{{content}}}}}': the slug {error}; {usage}")),
    };
    match kind {
        "product" => Ok(Part::Product(slug)),
        "price" => Ok(Part::Price(slug)),
        "collection" => Ok(Part::Collection(slug)),
        other => Err(format!(
            "there is no embed '{other}'{}; {usage}",
            hint(other, KINDS)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embeds(text: &str) -> Vec<Result<Part, String>> {
        let pieces = pieces(text).into_iter();
        let embeds = pieces.filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Embed(part, _) => Some(Ok(part)),
            Piece::Wrong(_, reason) => Some(Err(reason)),
        });
        embeds.collect()
    }

    #[test]
    fn embeds_are_found_in_a_text() {
        let text = "From {{price:tea}}: {{ product : green-tea }}{{collection:茶}}!";
        let expected = [
            Ok(Part::Price("tea".into())),
            Ok(Part::Product("green-tea".into())),
            Ok(Part::Collection("茶".into())),
        ];
        assert_eq!(embeds(text), expected);
        assert_eq!(pieces(text).len(), 6);
    }

    #[test]
    fn what_is_nearly_an_embed_is_an_error_that_says_what_would_be_right() {
        for (text, says) in [
            ("{{prize:tea}}", "did you mean 'price'?"),
            ("{{tea}}", "is no embed"),
            ("{{price:}}", "is empty"),
            ("{{price:a b}}", "' ', which is not allowed"),
            ("{{product:tea", "never ends"),
        ] {
            let found = embeds(text);
            assert!(found.len() == 1, "{text}: {found:?}");
            let reason = found[0].as_ref().unwrap_err();
            assert!(reason.contains(says), "{reason}");
        }
        assert!(embeds("a {{ b, c}} never {").iter().all(Result::is_err));
        assert!(embeds("if (a) {{ b").is_empty());
    }
}
