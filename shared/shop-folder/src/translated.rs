//! Texts for shoppers: one for every language, or a table with one for each.
//!
//! Owns the way between such a value and [`Text`], in both directions.

use souk_catalogue::Text;
use toml::de::DeValue;

use crate::document::Node;
use crate::problem::{Problem, suggestion};

/// A text with its translations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translated {
    /// In the shop's own language.
    pub own: String,
    /// The code of a further language and the text in it.
    pub others: Vec<(String, String)>,
}

impl Translated {
    /// As versions have it. `languages` are those of the shop, its own first.
    pub fn text(&self, languages: &[String]) -> Text {
        let further = languages.iter().skip(1).map(|code| {
            let found = self.others.iter().find(|(known, _)| known == code);
            found.map(|(_, text)| text.clone())
        });
        Text::translated(self.own.clone(), further)
    }

    /// The other way.
    pub fn of(text: &Text, languages: &[String]) -> Self {
        let further = languages.iter().skip(1).zip(text.translations());
        let others = further.filter_map(|(code, text)| Some((code.clone(), text.clone()?)));
        Self {
            own: text.base.clone(),
            others: others.collect(),
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }
}

/// Reads a text; languages that are not the shop's and a missing text in its own are errors.
pub(crate) fn read(
    node: Option<Node<'_>>,
    languages: &[String],
    problems: &mut Vec<Problem>,
) -> Translated {
    let Some(node) = node else {
        return Translated::default();
    };
    if let Some(text) = node.text() {
        return Translated {
            own: text.trim().to_owned(),
            others: Vec::new(),
        };
    }
    let mut read = Translated::default();
    if !matches!(node.value(), DeValue::Table(_)) {
        return read;
    }
    let own = languages.first().map_or("", String::as_str);
    for (code, value) in node.entries() {
        let text = value.text().unwrap_or_default().trim().to_owned();
        if code == own {
            read.own = text;
        } else if languages.iter().any(|known| known == code) {
            read.others.push((code.to_owned(), text));
        } else {
            let reason = format!("'{code}' is none of the shop's languages");
            let instead = suggestion(code, languages.iter().map(String::as_str));
            let instead = match instead.is_empty() {
                true => "add it to languages first".to_owned(),
                false => format!("{instead}; or add it to languages first"),
            };
            problems.push(value.key_error(reason, instead));
        }
    }
    if read.own.is_empty() && !own.is_empty() {
        let reason = format!("there is no text in the shop's own language, {own}");
        problems.push(node.key_error(reason, format!("write {own} = \"…\"")));
    }
    read
}
