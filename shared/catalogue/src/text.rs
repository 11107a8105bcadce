//! A text of the catalogue in the languages of the shop.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::Serialize;
use souk_domain::Locale;

use crate::blob::length;

/// A text in the shop's own language with its translations.
///
/// In a blob it is a list: the own text, then one for each further language of the shop, in the
/// shop's order, with `null` where there is none; the list ends with the last translation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Text {
    /// The text as the merchant wrote it; shown where there is no translation.
    pub base: String,
    /// The text in each further language of the shop. The last one is never `None`.
    translations: Vec<Option<String>>,
}

impl Text {
    /// A text without translations.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            translations: Vec::new(),
        }
    }

    /// A text with its translations into each further language of the shop, in their order.
    pub fn translated(
        base: impl Into<String>,
        translations: impl IntoIterator<Item = Option<String>>,
    ) -> Self {
        let mut text = Self {
            base: base.into(),
            translations: translations.into_iter().collect(),
        };
        text.shorten();
        text
    }

    /// The text in a language; the own text where it is not translated.
    pub fn get(&self, locale: Locale) -> &str {
        self.translation(locale.place()).unwrap_or(&self.base)
    }

    /// The translation into the language at a place of the shop's list; `None` at place 0.
    pub fn translation(&self, place: usize) -> Option<&str> {
        self.translations.get(place.checked_sub(1)?)?.as_deref()
    }

    /// The translations into each further language, as far as there are any.
    pub fn translations(&self) -> &[Option<String>] {
        &self.translations
    }

    /// Whether a page in a language shows the text in that language, and not the own one.
    pub fn is_in(&self, locale: Locale) -> bool {
        locale.is_own() || self.translation(locale.place()).is_some()
    }

    /// Takes translations that it does not have from another text.
    pub fn complete_from(&mut self, other: &[Option<String>]) {
        for (place, found) in other.iter().enumerate() {
            if self.translations.len() <= place {
                self.translations.resize(place + 1, None);
            }
            if self.translations[place].is_none() {
                self.translations[place].clone_from(found);
            }
        }
        self.shorten();
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.base.is_empty()
    }

    fn shorten(&mut self) {
        while self.translations.last().is_some_and(Option::is_none) {
            self.translations.pop();
        }
    }
}

impl<C> Encode<C> for Text {
    fn encode<W: encode::Write>(
        &self,
        out: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let length = u64::try_from(1 + self.translations.len()).expect("a few languages");
        out.array(length)?.str(&self.base)?;
        self.translations
            .iter()
            .try_for_each(|t| t.encode(out, context))
    }
}

impl<'b, C> Decode<'b, C> for Text {
    fn decode(input: &mut Decoder<'b>, context: &mut C) -> Result<Self, decode::Error> {
        let length = length(input)?;
        if length == 0 {
            return Err(decode::Error::message("a text that is empty"));
        }
        let base = input.str()?.to_owned();
        let mut translations = Vec::with_capacity(length - 1);
        for _ in 1..length {
            translations.push(Option::decode(input, context)?);
        }
        Ok(Self { base, translations })
    }
}

#[cfg(test)]
mod tests {
    use souk_domain::LanguageCode;

    use super::*;

    fn locale(place: u8) -> Locale {
        Locale::new(place, LanguageCode::EN)
    }

    #[test]
    fn a_language_without_a_translation_shows_the_own_text() {
        let text = Text::translated("Tasse", [None, Some("茶杯".to_owned()), None]);
        let shown = [0, 1, 2, 3].map(|place| text.get(locale(place)));
        assert_eq!(shown, ["Tasse", "Tasse", "茶杯", "Tasse"]);
        let own = [0, 1, 2, 3].map(|place| text.is_in(locale(place)));
        assert_eq!(own, [true, false, true, false]);
    }

    #[test]
    fn a_text_comes_back_from_its_bytes_and_takes_no_more_than_it_has() {
        for (text, bytes) in [
            (Text::new("a"), &[0x81, 0x61, b'a'][..]),
            (Text::translated("a", [None, None]), &[0x81, 0x61, b'a']),
            (
                Text::translated("a", [None, Some("b".to_owned())]),
                &[0x83, 0x61, b'a', 0xf6, 0x61, b'b'],
            ),
        ] {
            assert_eq!(minicbor::to_vec(&text).unwrap(), bytes);
            assert_eq!(minicbor::decode::<Text>(bytes).unwrap(), text);
        }
        assert!(minicbor::decode::<Text>(&[0x80]).is_err());
        assert!(minicbor::decode::<Text>(&[0x9f, 0xff]).is_err());
    }

    #[test]
    fn translations_are_completed_and_not_replaced() {
        let mut text = Text::translated("a", [Some("b".to_owned())]);
        text.complete_from(&[Some("x".to_owned()), Some("c".to_owned()), None]);
        let expected = Text::translated("a", [Some("b".to_owned()), Some("c".to_owned())]);
        assert_eq!(text, expected);
    }
}
