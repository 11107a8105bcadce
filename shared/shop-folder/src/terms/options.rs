//! `options.toml`: what buyers may choose for lines.

use std::collections::BTreeSet;

use souk_pricing::{Amounts, LineOption, OptionChoice, OptionKind};

use super::{Reading, tables};
use crate::document::Node;

/// Of each kind the key that says what there is to choose, where it has one.
const KIND_KEYS: [(&str, Option<&str>); 3] = [
    ("text", Some("max_length")),
    ("choice", Some("choices")),
    ("flag", None),
];

impl Reading<'_> {
    /// In the order of the file, in which shoppers see them.
    pub(super) fn options(&mut self, root: &Node<'_>) {
        for node in tables(root, "option") {
            let id = self.unique(&node, "option");
            let option = self.option(id, &node);
            self.terms.options.extend(option);
        }
    }

    fn option(&mut self, id: String, node: &Node<'_>) -> Option<LineOption> {
        self.check_kind(node);
        let selector = node.get("products").map(|node| self.selector(&node));
        let products = match selector {
            Some(selector) => Some(self.group(selector)?),
            None => None,
        };
        let switch = node.get("required").and_then(|node| node.switch());
        let is_required = switch.unwrap_or_default();
        let lead_days = node.get("lead_days").and_then(|node| node.integer());
        let lead_days = lead_days.and_then(|days| u16::try_from(days).ok());
        Some(LineOption {
            id,
            title: self.title(node),
            products,
            kind: self.kind(node, is_required)?,
            is_required,
            surcharge: self.surcharge(node, is_required),
            lead_days: lead_days.unwrap_or_default(),
        })
    }

    /// Reports a missing key of the option's kind, and those of other kinds.
    fn check_kind(&mut self, node: &Node<'_>) {
        let kind = node.text_of("kind");
        for (owner, name) in KIND_KEYS {
            let Some(name) = name else {
                continue;
            };
            match (owner == kind, node.get(name)) {
                (true, None) => {
                    let reason = format!("an option of kind {kind} needs {name}");
                    let instead = format!("write {name} = …");
                    self.problems.push(node.key_error(reason, instead));
                }
                (false, Some(other)) if KIND_KEYS.iter().any(|(known, _)| *known == kind) => {
                    let reason = format!("an option of kind {kind} has no {name}");
                    let instead = format!("take the key away, or write kind = \"{owner}\"");
                    self.problems.push(other.key_error(reason, instead));
                }
                (true, Some(_)) | (false, _) => {}
            }
        }
    }

    fn kind(&mut self, node: &Node<'_>, is_required: bool) -> Option<OptionKind> {
        Some(match node.text_of("kind").as_str() {
            "text" => {
                let most = node.get("max_length").and_then(|node| node.integer());
                let chars_max = most.and_then(|most| u16::try_from(most).ok())?;
                OptionKind::Text { chars_max }
            }
            "choice" => OptionKind::Choice(self.choices(node, is_required)),
            "flag" => OptionKind::Flag,
            // The shape has reported it.
            _ => return None,
        })
    }

    fn choices(&mut self, node: &Node<'_>, is_required: bool) -> Vec<OptionChoice> {
        let mut seen = BTreeSet::new();
        let mut choices = Vec::new();
        for node in tables(node, "choices") {
            let id = node.text_of("id");
            if !seen.insert(id.clone()) {
                let at = node.get("id").unwrap_or_else(|| node.clone());
                let reason = format!("another choice of the option is called '{id}'");
                self.problems.push(at.error(reason, "choose another name"));
            }
            choices.push(OptionChoice {
                id,
                title: self.title(&node),
                surcharge: self.surcharge(&node, is_required),
            });
        }
        choices
    }

    /// The amounts of the key `surcharge`. What has some is not offered in markets with other
    /// currencies: a product that cannot be bought without it could not be bought there at all.
    fn surcharge(&mut self, node: &Node<'_>, is_required: bool) -> Amounts {
        let Some(node) = node.get("surcharge") else {
            return Amounts::default();
        };
        let amounts = self.amounts(Some(&node), &BTreeSet::new());
        let markets = self.terms.markets.iter();
        let missing = markets
            .filter(|market| amounts.of(market.currency).is_none())
            .map(|market| (market.id.clone(), market.currency.code()))
            .next();
        if let Some((market, code)) = missing {
            let instead = format!("add {code} = …, in minor units; 0 is free");
            let problem = match is_required {
                true => node.error(
                    format!("it is required, and has no amount in {code} for the market {market}"),
                    instead,
                ),
                false => {
                    let reason = format!(
                        "without an amount in {code} it is not offered in the market {market}"
                    );
                    node.error(reason, instead).warning()
                }
            };
            self.problems.push(problem);
        }
        amounts
    }
}
