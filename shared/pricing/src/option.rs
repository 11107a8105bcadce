//! Options of lines: what a buyer may have done to the units of a line, such as an engraving.
//!
//! Not here: what buyers type (`souk-quotes` checks it), in what form it is kept with an order.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use souk_domain::Currency;

use crate::{Amounts, Facts, Title};

/// The options that are chosen for a line, by their ids; with the id of the choice, where an option
/// has choices.
pub type Chosen = BTreeMap<String, Option<String>>;

/// Something that a buyer may choose for a line.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LineOption {
    /// The merchant's name for it, unique among options.
    #[n(0)]
    pub id: String,
    /// As shoppers read it.
    #[n(1)]
    pub title: Title,
    /// The number of the group of products that it is for; `None`: everything.
    #[n(2)]
    pub products: Option<u16>,
    /// What is chosen.
    #[n(3)]
    pub kind: OptionKind,
    /// Whether lines cannot be bought without it.
    #[n(4)]
    pub is_required: bool,
    /// What it adds to the price of a unit; nothing where no currency is named. It is not offered in
    /// other currencies than those that are named.
    #[n(5)]
    pub surcharge: Amounts,
    /// Working days that it adds to those of the delivery.
    #[n(6)]
    pub lead_days: u16,
}

/// What is chosen of an option.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum OptionKind {
    /// A text of one line.
    #[n(0)]
    Text {
        /// Its longest length in characters.
        #[n(0)]
        chars_max: u16,
    },
    /// One of these.
    #[n(1)]
    Choice(#[n(0)] Vec<OptionChoice>),
    /// Yes or no.
    #[n(2)]
    Flag,
}

/// One of the choices of an option.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct OptionChoice {
    /// The merchant's name for it, unique among the choices of its option.
    #[n(0)]
    pub id: String,
    /// As shoppers read it.
    #[n(1)]
    pub title: Title,
    /// What it adds to the price of a unit, beside that of the option; as there.
    #[n(2)]
    pub surcharge: Amounts,
}

/// What a surcharge is in a currency; `None` where it is not offered in it.
fn surcharge_in(amounts: &Amounts, currency: Currency) -> Option<i64> {
    match amounts.is_empty() {
        true => Some(0),
        false => amounts.of(currency),
    }
}

impl LineOption {
    /// The choices that are offered in a currency, each with what a unit with it costs more, in minor
    /// units; none where it has no choices.
    pub fn choices(&self, currency: Currency) -> Vec<(&OptionChoice, i64)> {
        let OptionKind::Choice(choices) = &self.kind else {
            return Vec::new();
        };
        let own = surcharge_in(&self.surcharge, currency);
        let offered = choices.iter().filter_map(|choice| {
            let surcharge = surcharge_in(&choice.surcharge, currency)?;
            Some((choice, own?.saturating_add(surcharge)))
        });
        offered.collect()
    }

    /// What a unit with this choice of the option costs more, in minor units; `None` where that is not
    /// offered.
    pub fn surcharge(&self, choice: Option<&str>, currency: Currency) -> Option<i64> {
        match (&self.kind, choice) {
            (OptionKind::Choice(_), Some(id)) => {
                let mut offered = self.choices(currency).into_iter();
                offered.find_map(|(choice, surcharge)| (choice.id == id).then_some(surcharge))
            }
            (OptionKind::Text { .. } | OptionKind::Flag, None) => {
                surcharge_in(&self.surcharge, currency)
            }
            (OptionKind::Choice(_), None) | (_, Some(_)) => None,
        }
    }

    /// What a choice of the option is called.
    pub fn choice_title(&self, id: &str) -> Option<&Title> {
        let OptionKind::Choice(choices) = &self.kind else {
            return None;
        };
        let mut choices = choices.iter();
        choices
            .find(|choice| choice.id == id)
            .map(|choice| &choice.title)
    }

    /// Whether an offer has it in a currency.
    pub(crate) fn is_offered(&self, facts: &Facts, currency: Currency) -> bool {
        let is_for = |group: u16| facts.groups.contains(&group);
        let has_price = match self.kind {
            OptionKind::Choice(_) => !self.choices(currency).is_empty(),
            OptionKind::Text { .. } | OptionKind::Flag => {
                surcharge_in(&self.surcharge, currency).is_some()
            }
        };
        self.products.is_none_or(is_for) && has_price
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Terms};

    fn amounts(pairs: &[(Currency, i64)]) -> Amounts {
        let amounts = pairs.iter();
        let amounts = amounts.map(|&(currency, minor)| Amount { currency, minor });
        Amounts(amounts.collect())
    }

    fn option(id: &str, kind: OptionKind, surcharge: &[(Currency, i64)]) -> LineOption {
        LineOption {
            id: id.to_owned(),
            title: Title::default(),
            products: Some(3),
            kind,
            is_required: false,
            surcharge: amounts(surcharge),
            lead_days: 0,
        }
    }

    fn terms() -> Terms {
        let eur = Currency::parse("EUR").unwrap();
        let choice = |id: &str, surcharge: &[(Currency, i64)]| OptionChoice {
            id: id.to_owned(),
            title: Title::default(),
            surcharge: amounts(surcharge),
        };
        let choices = vec![
            choice("plain", &[]),
            choice("silk", &[(Currency::USD, 300)]),
        ];
        let text = OptionKind::Text { chars_max: 20 };
        Terms {
            options: vec![
                LineOption {
                    lead_days: 3,
                    ..option("engraving", text, &[(Currency::USD, 500)])
                },
                LineOption {
                    is_required: true,
                    ..option(
                        "ribbon",
                        OptionKind::Choice(choices),
                        &[(eur, 90), (Currency::USD, 100)],
                    )
                },
                LineOption {
                    lead_days: 1,
                    ..option("wrap", OptionKind::Flag, &[])
                },
            ],
            ..Terms::default()
        }
    }

    fn chosen(pairs: &[(&str, Option<&str>)]) -> Chosen {
        let pairs = pairs.iter();
        let pairs = pairs.map(|(id, choice)| ((*id).to_owned(), choice.map(str::to_owned)));
        pairs.collect()
    }

    #[test]
    fn options_cost_their_surcharges_and_the_longest_lead() {
        let (terms, eur) = (terms(), Currency::parse("EUR").unwrap());
        let facts = Facts {
            groups: vec![1, 3],
            ..Facts::default()
        };
        let all = [
            ("engraving", None),
            ("ribbon", Some("silk")),
            ("wrap", None),
        ];
        let cases = [
            (Currency::USD, &all[..], Some((900, 3))),
            (Currency::USD, &[("ribbon", Some("plain"))], Some((100, 0))),
            // The option has a price in euros, this choice of it has none.
            (eur, &[("ribbon", Some("silk"))], None),
            (
                eur,
                &[("ribbon", Some("plain")), ("wrap", None)],
                Some((90, 1)),
            ),
            (eur, &[("ribbon", Some("plain")), ("engraving", None)], None),
            // What is required, and choices that do not belong there.
            (Currency::USD, &[("wrap", None)], None),
            (Currency::USD, &[("ribbon", None)], None),
            (Currency::USD, &[("ribbon", Some("gold"))], None),
            (
                Currency::USD,
                &[("ribbon", Some("plain")), ("wrap", Some("plain"))],
                None,
            ),
            (
                Currency::USD,
                &[("ribbon", Some("plain")), ("other", None)],
                None,
            ),
            // In a currency without any amount nothing with one is offered, and so not required.
            (
                Currency::parse("JPY").unwrap(),
                &[("wrap", None)],
                Some((0, 1)),
            ),
        ];
        for (currency, pairs, expected) in cases {
            let found = terms.surcharge(&facts, currency, &chosen(pairs));
            assert_eq!(found, expected, "{} {pairs:?}", currency.code());
        }
    }

    #[test]
    fn options_are_for_their_products_alone() {
        let terms = terms();
        let facts = Facts::default();
        let none = terms.surcharge(&facts, Currency::USD, &Chosen::new());
        assert_eq!(none, Some((0, 0)));
        let wrapped = terms.surcharge(&facts, Currency::USD, &chosen(&[("wrap", None)]));
        assert_eq!(wrapped, None);
    }
}
