//! Makes the methods of `Words` from `words/en.toml`: a method for each of its keys.
//!
//! A text is a method without arguments, one with names in braces takes them in the order in which
//! English has them, and a table of plural forms takes the number first, as `{count}`.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

/// The plural forms of CLDR, in the order of `souk_shop::Plural`.
const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

fn main() {
    const SOURCE: &str = "words/en.toml";
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed=build.rs");
    let source = fs::read_to_string(SOURCE).expect("words/en.toml stands in the crate");
    let table: Table = source.parse().expect("words/en.toml is TOML");
    let code = generate(&table);
    let folder = env::var_os("OUT_DIR").expect("Cargo names the folder");
    fs::write(Path::new(&folder).join("words.rs"), code).expect("the folder can be written");
}

/// A place in the table of texts.
struct Slot {
    key: String,
    english: String,
}

fn generate(table: &Table) -> String {
    let mut slots = Vec::new();
    let mut methods = String::new();
    for (key, value) in table {
        let place = slots.len();
        let (text, is_plural) = match value {
            Value::String(text) => {
                slots.push(Slot {
                    key: key.clone(),
                    english: text.clone(),
                });
                (text.as_str(), false)
            }
            Value::Table(forms) => {
                for form in FORMS {
                    let english = forms.get(form).and_then(Value::as_str).unwrap_or_default();
                    let key = format!("{key}.{form}");
                    slots.push(Slot {
                        key,
                        english: english.to_owned(),
                    });
                }
                let other = forms.get("other").and_then(Value::as_str);
                (other.expect("every table has the form `other`"), true)
            }
            _ => panic!("{key} is neither a text nor a table of plural forms"),
        };
        method(&mut methods, key, place, text, is_plural);
    }
    let mut code = String::new();
    let count = slots.len();
    let _ = writeln!(code, "pub(crate) const KEYS: [&str; {count}] = [");
    slots.iter().for_each(|slot| {
        let _ = writeln!(code, "    {:?},", slot.key);
    });
    let _ = writeln!(code, "];\npub(crate) const ENGLISH: [&str; {count}] = [");
    slots.iter().for_each(|slot| {
        let _ = writeln!(code, "    {:?},", slot.english);
    });
    let _ = writeln!(code, "];\nimpl Words {{\n{methods}}}");
    code
}

fn method(code: &mut String, key: &str, place: usize, text: &str, is_plural: bool) {
    let mut names: Vec<&str> = Vec::new();
    for part in text.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or_default();
        if !names.contains(&name) && !(is_plural && name == "count") {
            names.push(name);
        }
    }
    let _ = writeln!(code, "    #[doc = {text:?}]");
    let arguments: String = names.iter().map(|name| format!(", {name}: &str")).collect();
    let values: String = names
        .iter()
        .map(|name| format!("({name:?}, {name}), "))
        .collect();
    let _ = match (is_plural, names.is_empty()) {
        (true, _) => writeln!(
            code,
            "    pub fn {key}(&self, count: u64{arguments}) -> String {{ \
             self.counted({place}, count, &[{values}]) }}"
        ),
        (false, true) => writeln!(
            code,
            "    pub fn {key}(&self) -> &str {{ self.text({place}) }}"
        ),
        (false, false) => writeln!(
            code,
            "    pub fn {key}(&self{arguments}) -> String {{ \
             fill(self.text({place}), &[{values}]) }}"
        ),
    };
}
