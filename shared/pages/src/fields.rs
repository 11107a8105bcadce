//! Fields of forms: those of a contact and an address, and how any field is drawn.
//!
//! Invariant: every field has a label, its error stands next to it and is named by
//! `aria-describedby`, and [`anchor`] knows where it is.

use maud::{Markup, html};
use souk_addresses::{Need, Part, PostalFault, Rules};
use souk_protocol::limits::{
    ADDRESS_LINE_CHARS_MAX, EMAIL_CHARS_MAX, NAME_CHARS_MAX, NOTE_CHARS_MAX, POSTAL_CODE_CHARS_MAX,
};
use souk_protocol::problem::FieldError;

use crate::countries::{self, COMMON, VARYING};
use crate::view::{FormState, Site};
use crate::words::Words;

/// A line of text that the shopper fills in.
#[derive(Debug)]
pub struct Field {
    /// Name in the form; `f-NAME` is its id.
    pub name: &'static str,
    label: fn(&Words) -> &str,
    hint: Option<for<'a> fn(&Site<'a>) -> &'a str>,
    input: &'static str,
    autocomplete: &'static str,
    need: Need,
    /// Longest value in characters.
    length_max: usize,
}

/// The fields in the order of the form: two of the contact, then those of the address. What a
/// country calls a part, and whether it needs it, goes before what stands here.
pub const FORM_FIELDS: [Field; 7] = [
    Field {
        name: "name",
        label: |words| words.name(),
        hint: None,
        input: "text",
        autocomplete: "name",
        need: Need::Required,
        length_max: NAME_CHARS_MAX,
    },
    Field {
        name: "email",
        label: |words| words.email(),
        hint: Some(email_hint),
        input: "email",
        autocomplete: "email",
        need: Need::Required,
        length_max: EMAIL_CHARS_MAX,
    },
    Field {
        name: "region",
        label: |words| words.region(),
        hint: None,
        input: "text",
        autocomplete: "address-level1",
        need: Need::Optional,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "line1",
        label: |words| words.line1(),
        hint: Some(|site| site.words.line1_hint()),
        input: "text",
        autocomplete: "address-line1",
        need: Need::Required,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "line2",
        label: |words| words.line2(),
        hint: None,
        input: "text",
        autocomplete: "address-line2",
        need: Need::Optional,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "city",
        label: |words| words.city(),
        hint: None,
        input: "text",
        autocomplete: "address-level2",
        need: Need::Required,
        length_max: ADDRESS_LINE_CHARS_MAX,
    },
    Field {
        name: "postal_code",
        label: |words| words.postal_code(),
        hint: None,
        input: "text",
        autocomplete: "postal-code",
        need: Need::Optional,
        length_max: POSTAL_CODE_CHARS_MAX,
    },
];

impl Field {
    /// The part of an address that it is, where countries differ in it.
    fn varying(&self) -> Option<Part> {
        let mut varying = VARYING.into_iter();
        varying.find_map(|(part, name)| (name == self.name).then_some(part))
    }

    /// What the form's country calls it.
    fn label<'a>(&self, words: &'a Words, form: &FormState) -> &'a str {
        match self.varying() {
            Some(part) => countries::label(words, rules(form).as_ref(), part),
            None => (self.label)(words),
        }
    }
}

/// The rules of the form's country.
pub(super) fn rules(form: &FormState) -> Option<Rules> {
    Rules::of(form.value("country"))
}

/// The id of the field that an error points at; `None` for the whole form and for what the form
/// does not show.
pub fn anchor(pointer: &str) -> Option<String> {
    let text = FORM_FIELDS.iter().any(|field| field.name == pointer);
    let other = ["country", "delivery", "pickup_point", "payment", "note"].contains(&pointer);
    (text || other).then(|| format!("f-{pointer}"))
}

/// What to say about an error, in the shopper's language. The detail of an error is written for
/// programs; it is shown where the form has no field that could be blamed.
pub fn explain(site: &Site<'_>, form: &FormState, error: &FieldError) -> Markup {
    let words = site.words;
    let value = form.value(&error.pointer);
    let text = match error.pointer.as_str() {
        "country" if Rules::of(value).is_some() => words.error_no_delivery().to_owned(),
        "country" => words.error_country().to_owned(),
        "delivery" | "pickup_point" | "payment" => words.error_choice().to_owned(),
        "note" => explain_text(words, words.note(), value, NOTE_CHARS_MAX),
        name => match FORM_FIELDS.iter().find(|field| field.name == name) {
            Some(field) => {
                let label = field.label(words, form);
                let is_filled = !value.trim().is_empty();
                if name == "email" && is_filled && !has_break(value) {
                    words.error_email().to_owned()
                } else if name == "postal_code"
                    && let Some(text) = explain_postal_code(words, label, form)
                {
                    text
                } else {
                    explain_text(words, label, value, field.length_max)
                }
            }
            None => return html! { span lang="en" { (error.detail) } },
        },
    };
    html! { (text) }
}

fn explain_postal_code(words: &Words, label: &str, form: &FormState) -> Option<String> {
    let (code, region) = (form.value("postal_code"), form.value("region"));
    match rules(form)?.postal_fault(code, region)? {
        _ if has_break(code) => None,
        PostalFault::Form { example } => Some(words.error_example(label, example)),
        PostalFault::Region(_) => Some(words.error_other_region(label, region)),
    }
}

fn has_break(text: &str) -> bool {
    text.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
}

pub(super) fn explain_text(words: &Words, label: &str, value: &str, length_max: usize) -> String {
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

/// What the address is for: news where the shop sends mails, and no promise of them where it does not.
fn email_hint<'a>(site: &Site<'a>) -> &'a str {
    match site.sends_mails {
        true => site.words.email_hint(),
        false => site.words.email_hint_without_mail(),
    }
}

/// A label, a field, a hint and an error.
pub fn field(site: &Site<'_>, form: &FormState, field: &Field) -> Markup {
    if let Some(part) = field.varying() {
        return varying(site, form, field, part);
    }
    let words = site.words;
    let name = field.name;
    let problem = problem(site, form, name);
    html! {
        div class={ "field " (name) } {
            label for={ "f-" (name) } { ((field.label)(words)) (mark(words, field.need)) }
            input id={ "f-" (name) } type=(field.input) name=(name) value=(form.value(name))
                autocomplete=(field.autocomplete) maxlength=(field.length_max)
                required[field.need == Need::Required] aria-invalid=[problem.as_ref().map(|_| "true")]
                aria-describedby=[described_by(name, field.hint.is_some(), problem.is_some())];
            @if let Some(problem) = problem { (problem) }
            @if let Some(hint) = field.hint { p.hint id={ "h-" (name) } { (hint(site)) } }
        }
    }
}

/// A field that differs from country to country, as the form's country has it. `shop.js` adapts it
/// when the shopper chooses another one. Without scripts nothing does, so the browser must not
/// insist on what only this country needs: `aria-required`, and no `required`.
fn varying(site: &Site<'_>, form: &FormState, field: &Field, part: Part) -> Markup {
    let words = site.words;
    let (name, rules, value) = (field.name, rules(form), form.value(field.name));
    let need = rules.as_ref().map(|rules| countries::need(rules, part));
    let problem = problem(site, form, name);
    let is_unused = need == Some(Need::Absent) && value.is_empty() && problem.is_none();
    let is_required = need == Some(Need::Required);
    let example = rules.as_ref().and_then(Rules::postal_example);
    let has_hint = part == Part::PostalCode;
    html! {
        div class={ "field " (name) @if is_unused { " unused" } } {
            label for={ "f-" (name) } {
                span { (field.label(words, form)) } " "
                span.star aria-hidden="true" hidden[!is_required] { "*" } " "
                small hidden[is_required || need.is_none()] { "(" (words.optional()) ")" }
            }
            input id={ "f-" (name) } type=(field.input) name=(name) value=(value)
                autocomplete=(field.autocomplete) maxlength=(field.length_max)
                data-names=(countries::labels(words, part))
                aria-required=[is_required.then_some("true")]
                aria-invalid=[problem.as_ref().map(|_| "true")]
                aria-describedby=[described_by(name, has_hint, problem.is_some())];
            @if let Some(problem) = problem { (problem) }
            @if has_hint {
                p.hint id={ "h-" (name) } data-hint=(words.for_example()) {
                    @if let Some(example) = example { (words.for_example()) (example) }
                }
            }
        }
    }
}

pub(super) fn mark(words: &Words, need: Need) -> Markup {
    html! {
        @match need {
            Need::Required => { " " span.star aria-hidden="true" { "*" } }
            Need::Optional | Need::Absent => { " " small { "(" (words.optional()) ")" } }
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
    let rules: Vec<Rules> = Rules::all().collect();
    let item = |code: &str, name: &str, selected: bool| {
        let place = rules.binary_search_by(|rules| rules.code().cmp(code));
        let rule = place.ok().and_then(|at| countries::script_rule(&rules[at]));
        html! { option value=(code) data-a=[rule] selected[selected] { (name) } }
    };
    let common = COMMON.into_iter().filter(|code| site.delivers_to(code));
    let common = common.filter_map(|code| Some((code, site.country_name(code)?)));
    let common: Vec<_> = common.collect();
    html! {
        div.field.country {
            label for="f-country" { (words.country()) (mark(words, Need::Required)) }
            select #f-country name="country" autocomplete="country" required
                aria-invalid=[problem.as_ref().map(|_| "true")]
                aria-describedby=[problem.as_ref().map(|_| "e-country")] {
                option value="" { (words.country_choose()) }
                @if !common.is_empty() {
                    optgroup label=(words.countries_common()) {
                        @for (code, name) in common { (item(code, name, code == value)) }
                    }
                }
                optgroup label=(words.countries_all()) {
                    @for (code, name) in site.country_names() {
                        (item(code, name, code == value && !COMMON.contains(&value)))
                    }
                }
                @if !value.is_empty()
                    && (site.country_name(value).is_none() || !site.delivers_to(value)) {
                    option value=(value) selected { (value) }
                }
            }
            @if let Some(problem) = problem { (problem) }
        }
    }
}

/// One of several things to choose from.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'a> {
    /// In the form.
    pub value: &'a str,
    /// Its name.
    pub title: &'a str,
    /// What it costs; may be empty.
    pub cost: &'a str,
    /// A line about it; may be empty.
    pub text: &'a str,
}

/// One of several. The first one is chosen where the shopper has not chosen yet.
pub fn radios(
    site: &Site<'_>,
    form: &FormState,
    name: &str,
    legend: &str,
    options: &[Choice<'_>],
) -> Markup {
    let value = form.value(name);
    let known = options.iter().any(|option| option.value == value);
    let first = options.first().filter(|_| !known);
    let chosen = first.map_or(value, |first| first.value);
    radios_with(site, form, (name, legend), options, chosen)
}

/// One of several, `chosen` among them; none where that is empty. `named`: the field with its legend.
pub fn radios_with(
    site: &Site<'_>,
    form: &FormState,
    named: (&str, &str),
    options: &[Choice<'_>],
    chosen: &str,
) -> Markup {
    let (name, legend) = named;
    let problem = problem(site, form, name);
    html! {
        fieldset.radios aria-describedby=[problem.as_ref().map(|_| format!("e-{name}"))] {
            legend { (legend) }
            @for (place, Choice { value: option, title, cost, text }) in options.iter().enumerate() {
                // The error summary leads to the first one.
                @let id = if place == 0 { format!("f-{name}") } else { format!("f-{name}-{option}") };
                label for=(id) {
                    input id=(id) type="radio" name=(name) value=(option) required
                        checked[*option == chosen];
                    span { b { (title) } @if !text.is_empty() { " " small { (text) } } }
                    @if !cost.is_empty() { span.cost { (cost) } }
                }
            }
            @if let Some(problem) = problem { (problem) }
        }
    }
}
