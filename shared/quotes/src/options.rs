//! Options of lines: what an offer has, what a buyer says of them, and what is wrong with that.

use std::collections::BTreeMap;

use souk_domain::Currency;
use souk_pricing::{Chosen, Facts, LineOption, OptionKind, Terms};
use souk_protocol::options::{
    self as json, ChosenOption, GivenOption, GivenOptions, LineOptionChoice, text_name,
};
use souk_protocol::problem::FieldError;

/// The options that an offer has in a currency, with titles in a language.
pub fn offered(
    terms: &Terms,
    facts: &Facts,
    currency: Currency,
    language: &str,
) -> Vec<json::LineOption> {
    let options = terms.options_of(facts, currency).map(|option| {
        let choices = option.choices(currency).into_iter();
        let choices = choices.map(|(choice, surcharge)| LineOptionChoice {
            id: choice.id.clone(),
            title: choice.title.get(language).to_owned(),
            surcharge,
        });
        let (kind, max_length) = match option.kind {
            OptionKind::Text { chars_max } => ("text", Some(chars_max)),
            OptionKind::Choice(_) => ("choice", None),
            OptionKind::Flag => ("flag", None),
        };
        json::LineOption {
            id: option.id.clone(),
            title: option.title.get(language).to_owned(),
            kind: kind.to_owned(),
            required: option.is_required,
            max_length,
            choices: choices.collect(),
            surcharge: option.surcharge(None, currency).unwrap_or_default(),
            lead_days: option.lead_days,
        }
    });
    options.collect()
}

/// What is priced of what a buyer says of the options of a line.
///
/// # Errors
/// Every option with which something is wrong, by its id.
pub fn choose(
    terms: &Terms,
    facts: &Facts,
    currency: Currency,
    given: &GivenOptions,
) -> Result<Chosen, Vec<FieldError>> {
    let offered: Vec<_> = terms.options_of(facts, currency).collect();
    let mut errors = Vec::new();
    let mut wrong = |id: &str, detail: String| {
        let pointer = id.to_owned();
        errors.push(FieldError { pointer, detail });
    };
    let mut chosen = Chosen::new();
    for option in &offered {
        match given.get(&option.id) {
            Some(said) => match said_of(option, currency, said) {
                Ok(choice) => drop(chosen.insert(option.id.clone(), choice)),
                Err(detail) => wrong(&option.id, detail),
            },
            None if option.is_required => wrong(&option.id, "is required".to_owned()),
            None => {}
        }
    }
    let is_offered = |id: &String| offered.iter().any(|option| option.id == *id);
    for id in given.keys().filter(|id| !is_offered(id)) {
        wrong(id, "is no option of this product here".to_owned());
    }
    match errors.is_empty() {
        true => Ok(chosen),
        false => Err(errors),
    }
}

/// The choice that is meant, of an option with choices; else what is wrong.
fn said_of(
    option: &LineOption,
    currency: Currency,
    said: &GivenOption,
) -> Result<Option<String>, String> {
    match (&option.kind, said) {
        (OptionKind::Flag, GivenOption::Yes) => Ok(None),
        (OptionKind::Flag, GivenOption::Text(_)) => Err("must be true".to_owned()),
        (OptionKind::Text { chars_max }, GivenOption::Text(text)) => {
            let text = text.trim();
            let is_broken = |one: char| one.is_control() || matches!(one, '\u{2028}' | '\u{2029}');
            if text.is_empty() {
                Err("must not be empty".to_owned())
            } else if text.chars().count() > usize::from(*chars_max) {
                Err(format!("is longer than {chars_max} characters"))
            } else if text.contains(is_broken) {
                Err("has a line break or a control character".to_owned())
            } else {
                Ok(None)
            }
        }
        (OptionKind::Choice(_), GivenOption::Text(id)) => {
            match option.surcharge(Some(id), currency) {
                Some(_) => Ok(Some(id.clone())),
                None => Err("is none of the choices".to_owned()),
            }
        }
        (OptionKind::Text { .. } | OptionKind::Choice(_), GivenOption::Yes) => {
            Err("must be a text".to_owned())
        }
    }
}

/// The texts that the buyer typed, by their names in an order; lines are those that were given to
/// [`choose`], with what came of it.
pub fn texts<'a>(
    terms: &Terms,
    lines: impl IntoIterator<Item = &'a GivenOptions>,
) -> BTreeMap<String, String> {
    let is_text = |id: &String| {
        let mut options = terms.options.iter();
        let option = options.find(|option| option.id == *id);
        option.is_some_and(|option| matches!(option.kind, OptionKind::Text { .. }))
    };
    let lines = lines.into_iter().enumerate();
    let texts = lines.flat_map(|(line, given)| {
        let typed = given.iter().filter(|(id, _)| is_text(id));
        typed.filter_map(move |(id, said)| match said {
            GivenOption::Text(text) => Some((text_name(line, id), text.trim().to_owned())),
            GivenOption::Yes => None,
        })
    });
    texts.collect()
}

/// The options of a line as the quote names them.
pub(crate) fn named(
    terms: &Terms,
    language: &str,
    currency: Currency,
    given: &GivenOptions,
) -> Vec<ChosenOption> {
    let options = terms.options.iter();
    let named = options.filter_map(|option| {
        let said = given.get(&option.id)?;
        let text = match said {
            GivenOption::Text(text) => Some(text.trim()),
            GivenOption::Yes => None,
        };
        let choice = text.filter(|_| matches!(option.kind, OptionKind::Choice(_)));
        let title = choice.and_then(|id| option.choice_title(id));
        let value = title.map_or(text, |title| Some(title.get(language)));
        Some(ChosenOption {
            id: option.id.clone(),
            title: option.title.get(language).to_owned(),
            value: value.map(str::to_owned),
            choice: choice.map(str::to_owned),
            surcharge: option.surcharge(choice, currency)?,
        })
    });
    named.collect()
}
