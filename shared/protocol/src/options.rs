//! Options of lines in JSON: what a product has, what a buyer says, and what is kept with an order.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a buyer says of the options of a line, by their ids.
pub type GivenOptions = BTreeMap<String, GivenOption>;

/// What a buyer says of an option: a text, or `true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenOption {
    /// The text itself, or the id of the choice.
    Text(String),
    /// Yes.
    Yes,
}

impl Serialize for GivenOption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Yes => serializer.serialize_bool(true),
        }
    }
}

impl<'de> Deserialize<'de> for GivenOption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Given;

        impl Visitor<'_> for Given {
            type Value = GivenOption;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text or true")
            }

            fn visit_bool<E: Error>(self, is_chosen: bool) -> Result<GivenOption, E> {
                match is_chosen {
                    true => Ok(GivenOption::Yes),
                    false => Err(E::custom("leave an option out that is not chosen")),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<GivenOption, E> {
                Ok(GivenOption::Text(text.to_owned()))
            }
        }

        deserializer.deserialize_any(Given)
    }
}

/// An option that lines of a variant may have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineOption {
    /// Name it in a quote or an order.
    pub id: String,
    /// As shoppers read it.
    pub title: String,
    /// How it is chosen: by a `text`, by the id of a `choice`, or by `true` (`flag`).
    pub kind: String,
    /// Whether the variant cannot be bought without it.
    pub required: bool,
    /// The longest text in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u16>,
    /// What there is to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<LineOptionChoice>,
    /// What it adds to the price of a unit, in minor units; without choices.
    pub surcharge: i64,
    /// Working days that it adds to those of the delivery.
    pub lead_days: u16,
}

/// A choice of a [`LineOption`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineOptionChoice {
    /// Name it in a quote or an order.
    pub id: String,
    /// As shoppers read it.
    pub title: String,
    /// What a unit with it costs more, in minor units.
    pub surcharge: i64,
}

/// An option that a buyer has chosen for a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChosenOption {
    /// Id of the option.
    pub id: String,
    /// As shoppers read it.
    pub title: String,
    /// Id of the choice, where it has choices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// The text that the buyer typed, or the choice as shoppers read it; absent where the option is
    /// chosen or not, and where the text is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is in the price of a unit for it, in minor units.
    pub surcharge: i64,
}

/// The name of a text that belongs to an option of a line, by its place, among those of an order.
pub fn text_name(line: usize, option: &str) -> String {
    format!("{line}/{option}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_a_text_or_true() {
        let said = serde_json::json!({"engraving": "Für Anna", "wrap": true});
        let given: GivenOptions = serde_json::from_value(said.clone()).unwrap();
        assert_eq!(given["engraving"], GivenOption::Text("Für Anna".to_owned()));
        assert_eq!(given["wrap"], GivenOption::Yes);
        assert_eq!(serde_json::to_value(&given).unwrap(), said);
        for wrong in ["false", "1", "null", "[]", "{}"] {
            assert!(
                serde_json::from_str::<GivenOption>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
