//! Countries as the checkout and an order show them: which come first, what the parts of an address
//! are called there, and what the script needs in order to follow the shopper's choice.
//!
//! Not here: names of countries (`souk_domain::countries`), what their addresses need
//! (`souk_addresses`).

use souk_addresses::{CityKind, Need, Part, PostalKind, RegionKind, Rules};

use crate::words::Words;

/// The ones that are offered first.
pub(super) const COMMON: [&str; 6] = ["CN", "US", "GB", "DE", "JP", "FR"];

/// The parts that differ from country to country, by the names of their fields, in the order in
/// which [`script_rule`] speaks of them.
pub(super) const VARYING: [(Part, &str); 3] = [
    (Part::PostalCode, "postal_code"),
    (Part::Region, "region"),
    (Part::City, "city"),
];

/// Whether the country needs the part. A city may be told in any country: where addresses have no
/// place for it, it is written with the street.
pub(super) fn need(rules: &Rules, part: Part) -> Need {
    match rules.need(part) {
        Need::Absent if part == Part::City => Need::Optional,
        need => need,
    }
}

/// What the part is called, in its country or where that is not known.
pub(super) fn label<'a>(words: &'a Words, rules: Option<&Rules>, part: Part) -> &'a str {
    match part {
        Part::PostalCode => match rules {
            Some(rules) => postal_label(words, rules.postal_kind()),
            None => words.postal_code(),
        },
        Part::Region => match rules {
            Some(rules) => region_label(words, rules.region_kind()),
            None => words.region(),
        },
        Part::City | Part::CityPart => match rules {
            Some(rules) => city_label(words, rules.city_kind()),
            None => words.city(),
        },
        Part::Street | Part::SortingCode | Part::Company => words.line1(),
        Part::Name => words.name(),
    }
}

/// Everything that the part is called somewhere, separated by `|`, in the order of the kinds.
pub(super) fn labels(words: &Words, part: Part) -> String {
    let labels: Vec<&str> = match part {
        Part::PostalCode => PostalKind::ALL
            .iter()
            .map(|&kind| postal_label(words, kind))
            .collect(),
        Part::Region => RegionKind::ALL
            .iter()
            .map(|&kind| region_label(words, kind))
            .collect(),
        _ => CityKind::ALL
            .iter()
            .map(|&kind| city_label(words, kind))
            .collect(),
    };
    labels.join("|")
}

/// A country's rules for the script: of each part of [`VARYING`] the place of its label in base 36
/// and whether it is needed (`!`), may be there (`?`) or is not used (`-`); then an example of a
/// postal code. `None` for the rule that most countries share, which the script knows.
pub(super) fn script_rule(rules: &Rules) -> Option<String> {
    let kinds = [
        rules.postal_kind() as u32,
        rules.region_kind() as u32,
        rules.city_kind() as u32,
    ];
    let mut rule = String::new();
    for ((part, _), kind) in VARYING.into_iter().zip(kinds) {
        let (kind, need) = match need(rules, part) {
            Need::Required => (kind, '!'),
            Need::Optional => (kind, '?'),
            // What is not shown needs no name.
            Need::Absent => (0, '-'),
        };
        rule.extend(char::from_digit(kind, 36));
        rule.push(need);
    }
    rule.push_str(rules.postal_example().unwrap_or_default());
    (rule != "0-0-0!").then_some(rule)
}

fn postal_label(words: &Words, kind: PostalKind) -> &str {
    match kind {
        PostalKind::Postal => words.postal_code(),
        PostalKind::Zip => words.zip_code(),
        PostalKind::Pin => words.pin_code(),
        PostalKind::Eircode => words.eircode(),
    }
}

fn region_label(words: &Words, kind: RegionKind) -> &str {
    match kind {
        RegionKind::Area => words.region_area(),
        RegionKind::County => words.region_county(),
        RegionKind::Department => words.region_department(),
        RegionKind::District => words.region_district(),
        RegionKind::DoSi => words.region_do_si(),
        RegionKind::Emirate => words.region_emirate(),
        RegionKind::Island => words.region_island(),
        RegionKind::Oblast => words.region_oblast(),
        RegionKind::Parish => words.region_parish(),
        RegionKind::Prefecture => words.region_prefecture(),
        RegionKind::Province => words.region_province(),
        RegionKind::State => words.region_state(),
    }
}

fn city_label(words: &Words, kind: CityKind) -> &str {
    match kind {
        CityKind::City => words.city(),
        CityKind::District => words.region_district(),
        CityKind::PostTown => words.city_post_town(),
        CityKind::Suburb => words.city_suburb(),
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn a_rule_for_the_script_is_short() {
        let rule = |country| script_rule(&Rules::of(country).expect(country));
        let is = |country, text: &str| assert_eq!(rule(country).as_deref(), Some(text));
        is("US", "1!b!0!95014");
        is("DE", "0!0-0!26133");
        is("HK", "0-0!1?");
        // A city is asked for in Japan too, where it is written before the street.
        is("JP", "0!9!0?154-0023");
        assert_eq!(rule("QA"), None);
    }

    #[test]
    fn labels_stand_at_the_place_of_their_kind() {
        let words = &crate::sample::english();
        for rules in Rules::all() {
            let rule = script_rule(&rules).unwrap_or_default();
            for (place, (part, _)) in VARYING.into_iter().enumerate() {
                let Some(shown) = rule.get(2 * place..2 * place + 2) else {
                    continue;
                };
                let kind = usize::from_str_radix(&shown[..1], 36).expect("base 36");
                let labels = labels(words, part);
                let label = label(words, Some(&rules), part);
                let is_shown = &shown[1..] != "-";
                let same = labels.split('|').nth(kind) == Some(label);
                assert!(same || !is_shown, "{} {rule}", rules.code());
            }
        }
    }
}
