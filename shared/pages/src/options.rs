//! Options of lines: the fields in which shoppers choose them, and what they have chosen.
//!
//! The fields stand before the form that adds a product to the cart, and belong to it by its id.
//!
//! Not here: which options a product has, and what may be said of one (the use case).

use maud::{Markup, html};
use souk_addresses::Need;
use souk_protocol::options::{ChosenOption, GivenOption, LineOption};

use crate::fields::{explain_text, mark};
use crate::format;
use crate::view::{OPTION_FLAG, OPTION_TEXT, OptionField, Site};

/// The id of the form to which the fields belong.
pub(super) const FORM: &str = "add";

/// The fields for the options of a product; nothing where it has none.
pub(super) fn fields(site: &Site<'_>, fields: &[OptionField]) -> Markup {
    html! {
        @if !fields.is_empty() {
            div.choices {
                input type="hidden" name="options" value="1" form=(FORM);
                @for one in fields { (field(site, one)) }
            }
        }
    }
}

fn field(site: &Site<'_>, field: &OptionField) -> Markup {
    let OptionField {
        option,
        said,
        is_wrong,
    } = field;
    let words = site.words;
    let (title, hint) = (&option.title, hint(site, option));
    let prefix = if option.kind == "flag" {
        OPTION_FLAG
    } else {
        OPTION_TEXT
    };
    let name = format!("{prefix}{}", option.id);
    let value = match said {
        Some(GivenOption::Text(text)) => text,
        Some(GivenOption::Yes) => YES,
        None => "",
    };
    let need = if option.required {
        Need::Required
    } else {
        Need::Optional
    };
    let described = [(*is_wrong, "e-"), (!hint.is_empty(), "h-")];
    let described = described.iter().filter(|(is_there, _)| *is_there);
    let described: Vec<_> = described.map(|(_, part)| format!("{part}{name}")).collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    html! {
        div.field {
            label for=(name) { (title) (mark(words, need)) }
            @if let Some(length_max) = option.max_length {
                input id=(name) name=(name) value=(value) form=(FORM) maxlength=(length_max)
                    required[option.required] autofocus[*is_wrong] autocomplete="off"
                    aria-invalid=[is_wrong.then_some("true")] aria-describedby=[described];
            } @else {
                select id=(name) name=(name) form=(FORM) required[option.required]
                    autofocus[*is_wrong] aria-invalid=[is_wrong.then_some("true")]
                    aria-describedby=[described] {
                    option value="" {
                        @if option.required { (words.country_choose()) } @else { (words.help_no()) }
                    }
                    @for (id, text) in choices(site, option) {
                        option value=(id) selected[id == value] { (text) }
                    }
                }
            }
            @if *is_wrong { p.problem id={ "e-" (name) } { (problem(site, option, value)) } }
            @if !hint.is_empty() { p.hint id={ "h-" (name) } { (hint) } }
        }
    }
}

/// The value of a field that says yes.
const YES: &str = "1";

/// What there is to choose from, by the values of the field.
fn choices<'o>(site: &Site<'_>, option: &'o LineOption) -> Vec<(&'o str, String)> {
    let priced = |title: &str, surcharge| match surcharge {
        0 => title.to_owned(),
        surcharge => format!("{title} (+{})", format::money(site, surcharge)),
    };
    let choices = option.choices.iter();
    let choices = choices.map(|one| (one.id.as_str(), priced(&one.title, one.surcharge)));
    let yes =
        (option.kind == "flag").then(|| (YES, priced(site.words.help_yes(), option.surcharge)));
    choices.chain(yes).collect()
}

/// How long a text may be, what it costs, and how long it takes.
fn hint(site: &Site<'_>, option: &LineOption) -> String {
    let words = site.words;
    let length = option.max_length.map(|max| words.option_length(max.into()));
    let is_text = length.is_some() && option.surcharge > 0;
    let surcharge = is_text.then(|| format!("+{}", format::money(site, option.surcharge)));
    let days = (option.lead_days > 0).then(|| words.option_days(option.lead_days.into()));
    let parts = [length, surcharge, days].into_iter().flatten();
    parts.collect::<Vec<_>>().join(words.comma())
}

fn problem(site: &Site<'_>, option: &LineOption, value: &str) -> String {
    let words = site.words;
    match option.max_length {
        Some(max) => explain_text(words, &option.title, value, max.into()),
        None => words.error_choice().to_owned(),
    }
}

/// What was chosen for a line, with what a unit costs more.
pub(super) fn chosen(
    site: &Site<'_>,
    options: impl IntoIterator<Item = ChosenOption>,
    money: &dyn Fn(i64) -> String,
) -> Markup {
    html! {
        @for one in options {
            p {
                (one.title)
                @if let Some(value) = &one.value { (site.words.colon()) (value) }
                @if one.surcharge > 0 { " (+" (money(one.surcharge)) ")" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use souk_protocol::options::LineOptionChoice;

    use super::*;
    use crate::sample;

    fn option(id: &str, kind: &str) -> LineOption {
        LineOption {
            id: id.to_owned(),
            title: format!("The {id}"),
            kind: kind.to_owned(),
            ..LineOption::default()
        }
    }

    fn shown(option: LineOption, said: Option<GivenOption>, is_wrong: bool) -> String {
        let field = OptionField {
            option,
            said,
            is_wrong,
        };
        fields(&sample::site(sample::EN), &[field]).into_string()
    }

    #[test]
    fn a_text_says_how_long_it_may_be_and_what_it_costs() {
        let engraving = LineOption {
            required: true,
            max_length: Some(20),
            surcharge: 500,
            lead_days: 2,
            ..option("engraving", "text")
        };
        let typed = Some(GivenOption::Text("A \"B\"".to_owned()));
        let html = shown(engraving.clone(), typed, false);
        for part in [
            r#"<label for="option.engraving">The engraving <span class="star""#,
            r#"name="option.engraving" value="A &quot;B&quot;" form="add" maxlength="20" required"#,
            "Up to 20 characters, +$5.00, 2 more working days",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("aria-invalid"), "{html}");
        let html = shown(engraving, None, true);
        let described = r#"aria-describedby="e-option.engraving h-option.engraving""#;
        assert!(html.contains(described), "{html}");
        assert!(html.contains("The engraving is required"), "{html}");
    }

    #[test]
    fn choices_and_flags_are_lists_with_their_prices() {
        let choice = |id: &str, surcharge| LineOptionChoice {
            id: id.to_owned(),
            title: format!("In {id}"),
            surcharge,
        };
        let ribbon = LineOption {
            choices: vec![choice("red", 0), choice("gold", 150)],
            ..option("ribbon", "choice")
        };
        let html = shown(ribbon, Some(GivenOption::Text("gold".to_owned())), false);
        let choices = r#"<option value="">No</option><option value="red">In red</option><option value="gold" selected>In gold (+$1.50)</option>"#;
        assert!(html.contains(choices), "{html}");
        let wrap = LineOption {
            surcharge: 300,
            ..option("wrap", "flag")
        };
        let html = shown(wrap, Some(GivenOption::Yes), false);
        let yes = r#"<option value="1" selected>Yes (+$3.00)</option>"#;
        assert!(
            html.contains(yes) && html.contains(r#"name="flag.wrap""#),
            "{html}"
        );
    }

    #[test]
    fn what_was_chosen_is_shown_with_its_price_and_nothing_of_it_is_markup() {
        let engraving = ChosenOption {
            id: "engraving".to_owned(),
            title: "Engraving".to_owned(),
            choice: None,
            value: Some("<b>Anna</b>".to_owned()),
            surcharge: 500,
        };
        let site = sample::site(sample::EN);
        let html = chosen(&site, [engraving], &|minor| format!("{minor} minor")).into_string();
        assert_eq!(
            html,
            "<p>Engraving: &lt;b&gt;Anna&lt;/b&gt; (+500 minor)</p>"
        );
    }
}
