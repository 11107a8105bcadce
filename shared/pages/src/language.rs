//! The language of a text of the catalogue, where it is not that of its page: screen readers
//! pronounce it by that. Source: WCAG 2.2, 3.1.2 "Language of Parts".
//!
//! A text without a translation stands on both pages as the merchant wrote it. Which language that
//! is, its characters tell: the shop's two languages share none.
//!
//! Not here: texts of the shop itself (`words`), which every page has in its own language, and
//! attributes that join several texts, such as `aria-label`, which can only have one language.

use souk_domain::Locale;

/// The `lang` attribute for a text, or sanitised HTML, on a page in `locale`; `None` where it is
/// that of the page, or where there is nothing to pronounce.
pub(super) fn lang(locale: Locale, text: &str) -> Option<&'static str> {
    let (mut han, mut latin) = (0_usize, 0_usize);
    let mut in_tag = false;
    for character in text.chars() {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if in_tag => {}
            '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => {
                han += 1;
            }
            character if character.is_alphabetic() => latin += 1,
            _ => {}
        }
    }
    let other = match locale {
        // A Chinese text often names a brand or a size in Latin letters.
        Locale::Zh => latin > 0 && han == 0,
        // An English one now and then has a Chinese word beside its own.
        Locale::En => 2 * han > latin,
    };
    other.then(|| locale.other().tag())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_the_other_language_says_so() {
        let cases = [
            ("Stoneware mug", None, Some("en")),
            ("陶杯", Some("zh-Hans"), None),
            ("Gaiwan 盖碗", None, None),
            ("XL 号", None, None),
            ("iPhone 手机壳", None, None),
            ("30 × 40", None, None),
            ("", None, None),
            ("<p class=\"a\">手工拉坯</p>", Some("zh-Hans"), None),
            ("<p>12</p>", None, None),
            ("<p>Flat.</p>", None, Some("en")),
        ];
        for (text, en, zh) in cases {
            assert_eq!(lang(Locale::En, text), en, "{text}");
            assert_eq!(lang(Locale::Zh, text), zh, "{text}");
        }
    }
}
