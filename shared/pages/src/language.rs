//! The language of a text, where it is not that of its page: screen readers pronounce it by that.
//! Source: WCAG 2.2, 3.1.2 "Language of Parts".
//!
//! A text without a translation stands on every page as the merchant wrote it, in the shop's own
//! language.
//!
//! Not here: texts of the pages (`words`), and attributes that join several texts, such as
//! `aria-label`, which can only have one language.

use std::borrow::Cow;

use souk_catalogue::{Collection, Product, Text, Variant};

use crate::view::Site;

/// A text of the catalogue as a page shows it.
#[derive(Debug, Clone)]
pub(super) struct Said<'a> {
    /// The text.
    pub(super) text: Cow<'a, str>,
    /// Its `lang` attribute, where it is not in the language of the page.
    pub(super) lang: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// A text whose language is that of the page, or not known.
    pub(super) fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            text: text.into(),
            lang: None,
        }
    }
}

/// A text of the catalogue in the language of the page, or else in the shop's own.
pub(super) fn said<'a>(site: &Site<'a>, text: &'a Text) -> Said<'a> {
    Said {
        text: text.get(site.locale).into(),
        lang: lang(site, text),
    }
}

/// What a collection is called.
pub(super) fn title_of<'a>(site: &Site<'a>, collection: &'a Collection) -> Said<'a> {
    Said {
        text: site.title_of(collection).into(),
        lang: lang(site, &collection.title),
    }
}

/// The `lang` attribute for a text; `None` where it is in the language of the page, or where there
/// is nothing to pronounce.
pub(super) fn lang<'a>(site: &Site<'a>, text: &Text) -> Option<&'a str> {
    let own = text.is_in(site.locale) || !is_pronounced(&text.base);
    (!own).then(|| own_tag(site))
}

/// The values of a variant's options, which one line shows together.
pub(super) fn options<'a>(site: &Site<'a>, product: &Product, variant: &Variant) -> Said<'a> {
    let mut values = variant.option_values.iter();
    Said {
        text: product.variant_title(variant, site.locale).into(),
        lang: values.find_map(|value| lang(site, value)),
    }
}

/// The tag of the shop's own language.
pub(super) fn own_tag<'a>(site: &Site<'a>) -> &'a str {
    site.shop.tag(site.shop.own())
}

/// Whether a text, or safe HTML, has words: numbers and sizes are read in any language.
fn is_pronounced(text: &str) -> bool {
    let mut in_tag = false;
    text.chars().any(|character| {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => return !in_tag && character.is_alphabetic() && character != '×',
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_text_without_a_translation_says_so_on_other_pages() {
        let translated = sample::text("Mug", "杯子");
        let cases = [
            (translated, None),
            (Text::new("Stoneware mug"), Some("en")),
            (Text::new("30 × 40"), None),
            (Text::new(""), None),
            (Text::new("<p>12</p>"), None),
            (Text::new("<p>Flat.</p>"), Some("en")),
        ];
        for (text, zh) in cases {
            assert_eq!(lang(&sample::site(sample::EN), &text), None, "{text:?}");
            assert_eq!(lang(&sample::site(sample::zh()), &text), zh, "{text:?}");
        }
    }
}
