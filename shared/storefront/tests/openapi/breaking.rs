//! What a new contract takes away from the clients of an old one.

use serde_json::Value;

/// Members that only explain, or that may change without harm to a client.
const HARMLESS: [&str; 8] = [
    "description",
    "summary",
    "example",
    "examples",
    "title",
    "info",
    "servers",
    "tags",
];

/// A sentence for each thing that is gone or demanded anew.
pub(crate) fn changes(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", old, new, &mut found);
    found
}

fn walk(at: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let named = at.ends_with("/properties") || at.ends_with("/schemas");
            for (name, value) in before {
                let place = format!("{at}/{}", name.replace('/', "~1"));
                match after.get(name) {
                    _ if !named && HARMLESS.contains(&name.as_str()) => {}
                    Some(now) if name == "required" && !named => {
                        required(&place, value, now, found)
                    }
                    Some(now) => walk(&place, value, now, found),
                    None => found.push(format!("{place} is gone")),
                }
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for item in before {
                // Parameters are known by their names; everything else by what it is.
                let same = |other: &&Value| match item.get("name") {
                    Some(name) => other.get("name") == Some(name) && other["in"] == item["in"],
                    None => *other == item,
                };
                match after.iter().find(same) {
                    Some(now) => walk(&format!("{at}/{}", item["name"]), item, now, found),
                    None => found.push(format!("{at} has lost {item}")),
                }
            }
        }
        (before, after) if before != after => found.push(format!("{at} was {before}, is {after}")),
        _ => {}
    }
}

/// A request may not have to say more, and a response may not promise less.
fn required(at: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    if old != new {
        found.push(format!("{at} was {old}, is {new}"));
    }
}
