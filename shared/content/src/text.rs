//! A text in Markdown that is no document: one of the settings of a shop.

use std::collections::BTreeSet;

use souk_import::{Album, NoPictures};
use souk_shop::{ContentKind, Part};

use crate::goods::Goods;
use crate::links::Targets;
use crate::markdown;
use crate::parts::Sanitizer;
use crate::problem::{Problems, Source};

/// The text as safe HTML. It has neither pictures nor embeds. `prefix` goes before paths of the shop:
/// empty in the shop's own language, else such as `/de`.
///
/// # Errors
/// Says what is wrong with it.
pub fn html(text: &str, languages: &[&str], prefix: &str) -> Result<String, String> {
    let source = Source { file: "", text };
    let goods = Goods::default();
    let targets = Targets {
        languages,
        goods: &goods,
        documents: BTreeSet::new(),
    };
    let mut none = NoPictures;
    let mut album = Album::new(&mut none);
    let mut problems = Problems::default();
    let kind = ContentKind::Page;
    let range = 0..text.len();
    let rendered = markdown::render(source, range, kind, &targets, &mut album, &mut problems);
    if let Some(fault) = problems.errors.first() {
        return Err(fault.reason.clone());
    }
    let (parts, faults) = Sanitizer::new().parts(&rendered, languages);
    if let Some((_, reason)) = faults.into_iter().next() {
        return Err(reason);
    }
    let mut html = String::new();
    for part in parts {
        match part {
            Part::Html(text) => html.push_str(&text),
            Part::Path(path) => {
                html.push_str(prefix);
                html.push_str(&path);
            }
            Part::Product(_) | Part::Price(_) | Part::Collection(_) => {
                return Err("an embed cannot stand here: use a block of its own".to_owned());
            }
        }
    }
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_settings_is_safe_html() {
        let html = |text| html(text, &["en"], "/de");
        let safe =
            html("Since *1924*.\n\n<script>alert(1)</script>\n\n[Tea](/collections/tea)").unwrap();
        assert!(
            safe.contains("<em>1924</em>") && !safe.contains("script"),
            "{safe}"
        );
        assert!(safe.contains("href=\"/de/collections/tea\""), "{safe}");
        assert!(html("{{product:tea}}").is_err());
        assert!(html("![x](pictures/x.svg)").is_err());
    }
}
