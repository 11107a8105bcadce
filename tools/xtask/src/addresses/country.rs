//! One country's record in the blob of address rules.
//!
//! Four bytes (required parts, parts in capitals, kinds of postal code and region, kinds of city and
//! its parts), then texts, each after its length: both formats, the postal
//! pattern, an example, what people write before a postal code, and four columns of regions joined
//! with `~`: keys, names, Latin names, patterns of the beginnings of postal codes.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::pattern;

/// The parts of an address, as bits: street, city, part of a city, region, postal code, sorting
/// code, recipient, company.
const PARTS: &str = "ACDSZXNO";

/// Names of kinds, in the order of their numbers: the enumerations of `shared/addresses/src/kinds.rs`.
const POSTAL: [&str; 4] = ["postal", "zip", "pin", "eircode"];
const REGION: [&str; 12] = [
    "area",
    "county",
    "department",
    "district",
    "do_si",
    "emirate",
    "island",
    "oblast",
    "parish",
    "prefecture",
    "province",
    "state",
];
const CITY: [&str; 4] = ["city", "district", "post_town", "suburb"];
const CITY_PART: [&str; 5] = [
    "district",
    "neighborhood",
    "suburb",
    "townland",
    "village_township",
];

/// Distinguishing signs of vehicles in international traffic (UNECE) that are not the country's
/// alpha-2 code: people write them before postal codes, as in `D-10115`.
const SIGNS: [(&str, &str); 30] = [
    ("AD", "AND"),
    ("AT", "A"),
    ("AX", "FIN FI"),
    ("BA", "BIH"),
    ("BE", "B"),
    ("DE", "D"),
    ("EE", "EST"),
    ("ES", "E"),
    ("FI", "FIN"),
    ("FR", "F"),
    ("GP", "F FR"),
    ("HU", "H"),
    ("IT", "I"),
    ("JP", "J"),
    ("KR", "ROK"),
    ("LU", "L"),
    ("ME", "MNE"),
    ("MK", "NMK"),
    ("MQ", "F FR"),
    ("NO", "N"),
    ("PT", "P"),
    ("RE", "F FR"),
    ("RS", "SRB"),
    ("RU", "RUS"),
    ("SE", "S"),
    ("SI", "SLO"),
    ("SM", "RSM I IT"),
    ("US", "USA"),
    ("VA", "V I IT"),
    ("XK", "RKS KS"),
];

/// Postal codes that a country has introduced and Google's data does not have yet: those of Egypt
/// have seven digits, and the old ones are still written. `shared/addresses/tests/library.rs` has
/// the same list.
const NEWER: [(&str, &str); 1] = [("EG", r"\d{7}")];

/// The bytes of the record.
///
/// # Errors
/// When a rule is of a kind that this task does not know.
pub(super) fn record(code: &str, rules: &Map<String, Value>) -> Result<Vec<u8>> {
    let text = |key: &str| rules.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = |key: &str, known: &[&str]| -> Result<u8> {
        let place = known.iter().position(|name| *name == text(key));
        let place = place.with_context(|| format!("{key} is '{}'", text(key)))?;
        Ok(u8::try_from(place)?)
    };
    let mut record = vec![
        bits(text("require"))?,
        bits(text("upper"))?,
        kind("zip_name_type", &POSTAL)? << 4 | kind("state_name_type", &REGION)?,
        kind("locality_name_type", &CITY)? << 4 | kind("sublocality_name_type", &CITY_PART)?,
    ];
    let latin = Some(text("lfmt")).filter(|latin| *latin != text("fmt"));
    let examples: Vec<&str> = text("zipex").split(',').collect();
    let postal = match text("fmt").contains("%Z") {
        true => pattern::compile(&postal_expression(code, text("zip")), &examples)?,
        false => String::new(),
    };
    // The first example that a shopper could type: some stand for ranges (`2000:2999`).
    let example = examples.iter().find(|example| !example.contains(':'));
    let example = example.filter(|_| !postal.is_empty());
    put(&mut record, text("fmt"))?;
    put(&mut record, latin.unwrap_or_default())?;
    put(&mut record, &postal)?;
    put(&mut record, example.unwrap_or(&""))?;
    put(&mut record, &prefixes(code, text("postprefix")))?;
    for column in regions(rules)? {
        put(&mut record, &column)?;
    }
    Ok(record)
}

/// The expression of Google's data, with what a country has introduced since.
fn postal_expression(code: &str, google: &str) -> String {
    let newer = NEWER.iter().find(|(country, _)| *country == code);
    let all = [google]
        .into_iter()
        .chain(newer.map(|(_, expression)| *expression));
    all.collect::<Vec<_>>().join("|")
}

fn bits(parts: &str) -> Result<u8> {
    let mut bits = 0;
    for part in parts.chars() {
        let place = PARTS.find(part);
        bits |= 1 << place.with_context(|| format!("'{part}' is no part of an address"))?;
    }
    Ok(bits)
}

fn put(record: &mut Vec<u8>, text: &str) -> Result<()> {
    record.extend(length(text.len())?);
    record.extend(text.bytes());
    Ok(())
}

/// A length in one byte, or in two of which the first has its highest bit set.
pub(super) fn length(bytes: usize) -> Result<Vec<u8>> {
    let bytes = u16::try_from(bytes)?;
    match bytes {
        0..0x80 => Ok(vec![u8::try_from(bytes)?]),
        0x80..0x8000 => Ok((bytes | 0x8000).to_be_bytes().to_vec()),
        0x8000.. => bail!("{bytes} bytes are too many"),
    }
}

/// What may stand before a postal code beside the country's own code.
fn prefixes(code: &str, own: &str) -> String {
    let own = own.trim_matches([' ', '-']);
    let sign = SIGNS.iter().find(|(country, _)| *country == code);
    let all = sign.map_or("", |(_, signs)| signs).split(' ').chain([own]);
    let mut kept: Vec<&str> = vec![];
    for prefix in all {
        if !prefix.is_empty() && prefix != code && !kept.contains(&prefix) {
            kept.push(prefix);
        }
    }
    kept.join(" ")
}

/// The four columns; one is empty where it says nothing new.
fn regions(rules: &Map<String, Value>) -> Result<[String; 4]> {
    let column = |key: &str| -> Vec<&str> {
        let joined = rules.get(key).and_then(Value::as_str).unwrap_or_default();
        joined.split('~').collect()
    };
    let keys = column("sub_keys");
    let same_length = |key: &str| -> Result<Vec<&str>> {
        let found = column(key);
        match found.len() {
            _ if !rules.contains_key(key) => Ok(vec![""; keys.len()]),
            rows if rows == keys.len() => Ok(found),
            rows => bail!("{key} has {rows} rows, and there are {} keys", keys.len()),
        }
    };
    let (names, latin) = (same_length("sub_names")?, same_length("sub_lnames")?);
    let zips = same_length("sub_zips")?;
    // A list that decides nothing is left out: neither which postal codes are right nor how a
    // required region is written, as a code or with its whole name in the country's script.
    let are_codes = keys.iter().all(|key| is_code(key));
    let needs_name = is_required(rules) && rules.contains_key("lfmt");
    if !(rules.contains_key("sub_zips") || are_codes || needs_name) {
        return Ok(Default::default());
    }
    let mut columns = [vec![], vec![], vec![], vec![]];
    for (row, key) in keys.iter().enumerate() {
        let name = if names[row] == *key { "" } else { names[row] };
        let latin = if latin[row] == *key { "" } else { latin[row] };
        columns[0].push((*key).to_owned());
        columns[1].push(name.to_owned());
        columns[2].push(latin.to_owned());
        columns[3].push(pattern::compile_beginning(zips[row])?);
    }
    Ok(
        columns.map(|column| match column.iter().all(String::is_empty) {
            true => String::new(),
            false => column.join("~"),
        }),
    )
}

/// Whether an address needs a region.
fn is_required(rules: &Map<String, Value>) -> bool {
    let required = rules.get("require").and_then(Value::as_str);
    required.is_some_and(|parts| parts.contains('S'))
}

/// Whether people write the key of a region in place of its name, as in `CA`.
fn is_code(key: &str) -> bool {
    (2..=3).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_uppercase())
}
