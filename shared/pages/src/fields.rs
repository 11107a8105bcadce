//! Fields of forms: those of a contact and an address, and how any field is drawn.
//!
//! Invariant: every field has a label, its error stands next to it and is named by
//! `aria-describedby`, and [`anchor`] knows where it is.

use maud::{Markup, html};
use souk_domain::countries::{self, Need};
use souk_protocol::limits::{
    ADDRESS_LINE_CHARS_MAX, EMAIL_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, POSTAL_CODE_CHARS_MAX,
};
use souk_protocol::problem::FieldError;

use crate::countries::COMMON;
use crate::view::{FormState, Site};
use crate::words::Words;

/// A line of text that the shopper fills in.
#[derive(Debug)]
pub struct Field {
    /// Name in the form; `f-NAME` is its id.
    pub name: &'static str,
    label: fn(&Words) -> &str,
    hint: Option<fn(&Words) -> &str>,
    input: &'static str,
    autocomplete: &'static str,
    need: fn(&FormState) -> Need,
    /// Longest value in characters.
    length_max: usize,
}

/// The fields in the order of the form: two of the contact, then those of the address.
pub const FORM_FIELDS: [Field; 7] = [
    Field {
        name: "name",
        label: |words| words.name(),
        hint: None,
        input: "text",
        autocomplete: "name",
        need: |_| Need::Required,
        length_max: NAME_CHARS_MAX,
    },
    Field {
        name: "email",
        label: |words| words.email(),
        hint: Some(|words| words.email_hint()),
        input: "email",
        autocomplete: "email",
        need: |_| Need::Required,
        length_max: EMAIL_CHARS_MAX,
    },
    Field {
        name: "region",
        label: |words| words.region(),
        hint: None,
        input: "text",
        autocomplete: "address-level1",
        need: |form| countries::region(form.value("country")),
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "line1",
        label: |words| words.line1(),
        hint: Some(|words| words.line1_hint()),
        input: "text",
        autocomplete: "address-line1",
        need: |_| Need::Required,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "line2",
        label: |words| words.line2(),
        hint: None,
        input: "text",
        autocomplete: "address-line2",
        need: |_| Need::Optional,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "city",
        label: |words| words.city(),
        hint: None,
        input: "text",
        autocomplete: "address-level2",
        need: |_| Need::Required,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "postal_code",
        label: |words| words.postal_code(),
        hint: None,
        input: "text",
        autocomplete: "postal-code",
        need: |form| countries::postal_code(form.value("country")),
        length_max: POSTAL_CODE_CHARS_MAX,
    },
];

/// The id of the field that an error points at; `None` for the whole form and for what the form
/// does not show.
pub fn anchor(pointer: &str) -> Option<String> {
    let text = FORM_FIELDS.iter().any(|field| field.name == pointer);
    let other = ["country", "delivery", "payment", "note"].contains(&pointer);
    (text || other).then(|| format!("f-{pointer}"))
}

/// What to say about an error, in the shopper's language. The detail of an error is written for
/// programs; it is shown where the form has no field that could be blamed.
pub fn explain(site: &Site<'_>, form: &FormState, error: &FieldError) -> Markup {
    let words = site.words;
    let value = form.value(&error.pointer);
    let text = match error.pointer.as_str() {
        "country" => words.error_country().to_owned(),
        "delivery" | "payment" => words.error_choice().to_owned(),
        "note" => explain_text(words, words.note(), value, NOTE_CHARS_MAX),
        name => match FORM_FIELDS.iter().find(|field| field.name == name) {
            Some(field) => {
                let label = (field.label)(words);
                let country = form.value("country");
                if name == "email" && !value.trim().is_empty() {
                    words.error_email().to_owned()
                } else if name == "postal_code"
                    && !value.trim().is_empty()
                    && let Some(example) = countries::wrong_postal_code(country, value)
                {
                    words.error_example(label, example)
                } else {
                    explain_text(words, label, value, field.length_max)
                }
            }
            None => return html! { span lang="en" { (error.detail) } },
        },
    };
    html! { (text) }
}

fn explain_text(words: &Words, label: &str, value: &str, length_max: usize) -> String {
    if value.trim().is_empty() {
        words.error_missing(label)
    } else if value.chars().count() > length_max {
        words.error_long(u64::try_from(length_max).unwrap_or(u64::MAX), label)
    } else {
        words.error_characters(label)
    }
}

/// The error of a field, for next to it.
fn problem(site: &Site<'_>, form: &FormState, name: &str) -> Option<Markup> {
    let error = form.errors.iter().find(|error| error.pointer == name)?;
    let text = explain(site, form, error);
    Some(html! { p.problem id={ "e-" (name) } { (text) } })
}

/// The note to the shop.
pub fn note(site: &Site<'_>, form: &FormState) -> Markup {
    let words = site.words;
    let problem = problem(site, form, "note");
    html! {
        div.field {
            label for="f-note" { (words.note()) (mark(words, Need::Optional)) }
            textarea #f-note name="note" rows="3" maxlength=(NOTE_CHARS_MAX)
                aria-invalid=[problem.as_ref().map(|_| "true")]
                aria-describedby=[problem.as_ref().map(|_| "e-note")] { (form.value("note")) }
            @if let Some(problem) = problem { (problem) }
        }
    }
}

/// A label, a field, a hint and an error.
pub fn field(site: &Site<'_>, form: &FormState, field: &Field) -> Markup {
    let words = site.words;
    let (name, need) = (field.name, (field.need)(form));
    let problem = problem(site, form, name);
    html! {
        div class={ "field " (name) } {
            label for={ "f-" (name) } { ((field.label)(words)) (mark(words, need)) }
            input id={ "f-" (name) } type=(field.input) name=(name) value=(form.value(name))
                autocomplete=(field.autocomplete) maxlength=(field.length_max)
                required[need == Need::Required] aria-invalid=[problem.as_ref().map(|_| "true")]
                aria-describedby=[described_by(name, field.hint.is_some(), problem.is_some())];
            @if let Some(problem) = problem { (problem) }
            @if let Some(hint) = field.hint { p.hint id={ "h-" (name) } { (hint(words)) } }
        }
    }
}

fn mark(words: &Words, need: Need) -> Markup {
    html! {
        @match need {
            Need::Required => { " " span.star aria-hidden="true" { "*" } }
            Need::Optional | Need::Absent => { " " small { "(" (words.optional()) ")" } }
            Need::Unknown => {}
        }
    }
}

fn described_by(name: &str, hint: bool, error: bool) -> Option<String> {
    match (hint, error) {
        (true, true) => Some(format!("e-{name} h-{name}")),
        (true, false) => Some(format!("h-{name}")),
        (false, true) => Some(format!("e-{name}")),
        (false, false) => None,
    }
}

/// The list of countries, the common ones first. A value that is not on it is kept.
pub fn country(site: &Site<'_>, form: &FormState) -> Markup {
    let words = site.words;
    let value = form.value("country");
    let problem = problem(site, form, "country");
    let item = |code: &'static str, name: &'static str, selected: bool| {
        html! { option value=(code) selected[selected] { (name) } }
    };
    let common = COMMON
        .into_iter()
        .filter_map(|code| Some((code, countries::name(code, site.locale)?)));
    html! {
        div.field.country {
            label for="f-country" { (words.country()) (mark(words, Need::Required)) }
            select #f-country name="country" autocomplete="country" required
                aria-invalid=[problem.as_ref().map(|_| "true")]
                aria-describedby=[problem.as_ref().map(|_| "e-country")] {
                option value="" { (words.country_choose()) }
                optgroup label=(words.countries_common()) {
                    @for (code, name) in common { (item(code, name, code == value)) }
                }
                optgroup label=(words.countries_all()) {
                    @for (code, name) in countries::all(site.locale) {
                        (item(code, name, code == value && !COMMON.contains(&value)))
                    }
                }
                @if !value.is_empty() && countries::name(value, site.locale).is_none() {
                    option value=(value) selected { (value) }
                }
            }
            @if let Some(problem) = problem { (problem) }
        }
    }
}

/// One of several: for each option its value, its name, what it costs and a line about it.
/// The first one is chosen where the shopper has not chosen yet.
pub fn radios(
    site: &Site<'_>,
    form: &FormState,
    name: &str,
    legend: &str,
    options: &[(&str, &str, &str, &str)],
) -> Markup {
    let problem = problem(site, form, name);
    let value = form.value(name);
    let known = options.iter().any(|(option, ..)| *option == value);
    html! {
        fieldset.radios aria-describedby=[problem.as_ref().map(|_| format!("e-{name}"))] {
            legend { (legend) }
            @for (place, (option, title, cost, text)) in options.iter().enumerate() {
                // The error summary leads to the first one.
                @let id = if place == 0 { format!("f-{name}") } else { format!("f-{name}-{option}") };
                label for=(id) {
                    input id=(id) type="radio" name=(name) value=(option) required
                        checked[*option == value || (!known && place == 0)];
                    span { b { (title) } @if !text.is_empty() { " " small { (text) } } }
                    @if !cost.is_empty() { span.cost { (cost) } }
                }
            }
            @if let Some(problem) = problem { (problem) }
        }
    }
}
