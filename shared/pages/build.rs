//! Makes the methods of `Words` from `words/en.toml`, a method for each of its keys, takes white space
//! and comments out of the stylesheet and the scripts, and names them by what they contain.
//!
//! A text is a method without arguments, one with names in braces takes them in the order in which
//! English has them, and a table of plural forms takes the number first, as `{count}`.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

/// The plural forms of CLDR, in the order of `souk_shop::Plural`.
const FORMS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// Digits of the content hash in a path: 8 bytes, so that two releases never share a path.
const HASH_DIGITS: usize = 16;

fn main() {
    println!("cargo::rerun-if-changed=words");
    println!("cargo::rerun-if-changed=build.rs");
    let mut languages: Vec<_> = fs::read_dir("words")
        .expect("the folder stands in the crate")
        .map(|file| read(&file.expect("the folder can be read").path()))
        .collect();
    languages.sort_by(|(a, _), (b, _)| a.cmp(b));
    let english = languages.iter().find(|(code, _)| code == "en");
    let (_, english) = english.expect("words/en.toml has the keys");
    let mut code = generate(english);
    code.push_str("const BUILT_IN: &[(&str, &[(&str, &str)])] = &[\n");
    for (name, table) in &languages {
        built_in(&mut code, name, table);
    }
    code.push_str("];\n");
    let folder = env::var_os("OUT_DIR").expect("Cargo names the folder");
    let folder = Path::new(&folder);
    fs::write(folder.join("words.rs"), code).expect("the folder can be written");
    assets(folder);
}

/// The files that pages refer to, and the paths of them: each has a hash of the file.
fn assets(folder: &Path) {
    println!("cargo::rerun-if-changed=assets");
    let read = |name: &str| fs::read_to_string(Path::new("assets").join(name));
    let styles = |name: &str| {
        let css = read(name).expect("the stylesheet stands in the crate");
        let css = minifier::css::minify(&css).expect("the stylesheet is CSS");
        css.to_string()
    };
    let script = |name: &str| {
        let script = read(name).expect("the script stands in the crate");
        let script = minifier::js::minify(&script).expect("the script is JavaScript");
        script.to_string()
    };
    let icon = read("favicon.svg").expect("the icon stands in the crate");
    let mut code = String::new();
    let mut asset = |constant: &str, name: &str, file: &str| {
        let path = path(name, file);
        let _ = writeln!(code, "const {constant}: &str = {path:?};");
        fs::write(folder.join(name), stored(file)).expect("the folder can be written");
        path
    };
    asset("STYLESHEET_PATH", "shop.css", &styles("shop.css"));
    asset("SALE_STYLESHEET_PATH", "sale.css", &styles("sale.css"));
    let search = asset("SEARCH_SCRIPT_PATH", "search.js", &script("search.js"));
    // It loads the other one when a shopper begins to search.
    let shop = script("shop.js").replace("search.js", &search);
    asset("SCRIPT_PATH", "shop.js", &shop);
    asset(
        "CHECKOUT_SCRIPT_PATH",
        "checkout.js",
        &script("checkout.js"),
    );
    asset("ROOM_SCRIPT_PATH", "room.js", &script("room.js"));
    asset("ICON_PATH", "favicon.svg", &icon);
    fs::write(folder.join("assets.rs"), code).expect("the folder can be written");
}

/// The path of a file: its name with a hash of its content before the extension.
fn path(name: &str, file: &str) -> String {
    let (stem, extension) = name.split_once('.').expect("a name has an extension");
    let hash = blake3::hash(file.as_bytes()).to_hex();
    format!("/assets/{stem}.{}.{extension}", &hash[..HASH_DIGITS])
}

/// What the program has of a file.
fn stored(file: &str) -> Vec<u8> {
    match env::var_os("CARGO_FEATURE_COMPRESSED") {
        Some(_) => lz4_flex::block::compress_prepend_size(file.as_bytes()),
        None => file.as_bytes().to_vec(),
    }
}

/// The code of a language and its texts.
fn read(file: &Path) -> (String, Table) {
    let text = fs::read_to_string(file).expect("the file can be read");
    let table = text
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let stem = file.file_stem().expect("LANGUAGE.toml");
    (stem.to_string_lossy().into_owned(), table)
}

/// The texts of a language as a list of keys and texts.
fn built_in(code: &mut String, name: &str, table: &Table) {
    let _ = writeln!(code, "    ({name:?}, &[");
    for (key, value) in table {
        match value {
            Value::String(text) => {
                let _ = writeln!(code, "        ({key:?}, {text:?}),");
            }
            Value::Table(forms) => {
                for (form, text) in forms {
                    let text = text.as_str().expect("a plural form is a text");
                    let key = format!("{key}.{form}");
                    let _ = writeln!(code, "        ({key:?}, {text:?}),");
                }
            }
            other => panic!("{name}: {key} = {other:?}"),
        }
    }
    code.push_str("    ]),\n");
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
        let is_count = is_plural && name == "count";
        if !(is_count || names.contains(&name)) {
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
