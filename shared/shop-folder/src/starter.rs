//! A new folder: files that work at once, with every setting explained where it stands.
//!
//! Invariant: what is explained comes from the tables that the reader checks against, so a new
//! setting explains itself.

use souk_shop::ContentKind;

use crate::legal::legal_pages;
use crate::search::SEARCH_KEYS;
use crate::settings::SHOP_KEYS;
use crate::shape::{Key, Shape};
use crate::sources::Files;
use crate::theme::THEME_KEYS;
use crate::write::quoted;

/// What a new folder is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// Name of the shop.
    pub name: String,
    /// Code of its language.
    pub language: String,
    /// ISO 4217 code of its prices.
    pub currency: String,
    /// ISO 3166-1 code of its country.
    pub country: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Slugs and titles of the collections that the navigation begins with.
    pub collections: Vec<(String, String)>,
}

/// Countries with the language, the currency and the time zone that most of their shops have.
/// Sources: CLDR 48 (territories), IANA tzdb.
const COUNTRIES: [(&str, &str, &str, &str); 22] = [
    ("AT", "de", "EUR", "Europe/Vienna"),
    ("AU", "en", "AUD", "Australia/Sydney"),
    ("BE", "nl", "EUR", "Europe/Brussels"),
    ("BR", "pt", "BRL", "America/Sao_Paulo"),
    ("CA", "en", "CAD", "America/Toronto"),
    ("CH", "de", "CHF", "Europe/Zurich"),
    ("CN", "zh", "CNY", "Asia/Shanghai"),
    ("DE", "de", "EUR", "Europe/Berlin"),
    ("DK", "da", "DKK", "Europe/Copenhagen"),
    ("ES", "es", "EUR", "Europe/Madrid"),
    ("FI", "fi", "EUR", "Europe/Helsinki"),
    ("FR", "fr", "EUR", "Europe/Paris"),
    ("GB", "en", "GBP", "Europe/London"),
    ("IE", "en", "EUR", "Europe/Dublin"),
    ("IT", "it", "EUR", "Europe/Rome"),
    ("JP", "ja", "JPY", "Asia/Tokyo"),
    ("NL", "nl", "EUR", "Europe/Amsterdam"),
    ("NZ", "en", "NZD", "Pacific/Auckland"),
    ("PL", "pl", "PLN", "Europe/Warsaw"),
    ("PT", "pt", "EUR", "Europe/Lisbon"),
    ("SE", "sv", "SEK", "Europe/Stockholm"),
    ("US", "en", "USD", "America/New_York"),
];

impl Starter {
    /// What most shops of a country have; of one that the table does not know English and dollars.
    pub fn of(name: &str, country: &str) -> Self {
        let known = COUNTRIES.iter().find(|(code, ..)| *code == country);
        let (_, language, currency, time_zone) = known.unwrap_or(&("", "en", "USD", "Etc/UTC"));
        Self {
            name: name.to_owned(),
            language: (*language).to_owned(),
            currency: (*currency).to_owned(),
            country: country.to_owned(),
            time_zone: (*time_zone).to_owned(),
            collections: Vec::new(),
        }
    }

    /// The files, but products.
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        let mut put = |path: &str, text: String| files.insert(path.to_owned(), text.into_bytes());
        put("shop.toml", self.shop());
        put("theme.toml", theme());
        put("search.toml", search());
        for (slug, title, text) in self.pages() {
            let text = format!("+++\ntitle = {}\n+++\n\n{text}\n", quoted(&title));
            put(
                &format!("content/{}/{slug}.md", ContentKind::Page.folder()),
                text,
            );
        }
        files
    }

    /// Slug, title and text of the pages that a shop of the country needs, and of "About".
    fn pages(&self) -> Vec<(&'static str, String, String)> {
        let title = |slug: &str| {
            let titles = TITLES.iter().find(|(known, ..)| *known == slug);
            let (_, en, de, zh) = titles.unwrap_or(&("", "About us", "Über uns", "关于我们"));
            match self.language.split('-').next() {
                Some("de") => *de,
                Some("zh") => *zh,
                _ => *en,
            }
            .to_owned()
        };
        let legal = legal_pages(&self.country).iter().map(|page| {
            let slug = page.slugs[0];
            // A comment: shoppers do not see it.
            let text = format!(
                "<!-- To be written before the shop opens: {}. -->\n\n{}",
                page.because, self.name
            );
            (slug, title(slug), text)
        });
        let about = ("about", title("about"), self.name.clone());
        let mut pages = vec![about];
        pages.extend(legal);
        pages.dedup_by_key(|(slug, ..)| *slug);
        pages
    }

    fn shop(&self) -> String {
        let value = |path: &str| {
            Some(match path {
                "name" => quoted(&self.name),
                "languages" => format!("[{}]", quoted(&self.language)),
                "currency" => quoted(&self.currency),
                "country" => quoted(&self.country),
                "time_zone" => quoted(&self.time_zone),
                "payment.methods" => "[\"on_delivery\"]".to_owned(),
                _ => return None,
            })
        };
        let mut text = String::from(
            "# The settings of the shop. `souk check` says what is wrong with them, `souk diff` what a\n\
             # publish would change, `souk schema shop` prints a JSON Schema for editors.\n\
             # A setting behind a # is not set: what stands there is an example.\n",
        );
        // Values first: in TOML they would belong to a table that stands before them.
        let (tables, values): (Vec<_>, Vec<_>) =
            SHOP_KEYS.iter().partition(|key| is_table(&key.shape));
        let (lists, tables): (Vec<_>, Vec<_>) = tables
            .into_iter()
            .partition(|key: &&Key| matches!(key.shape, Shape::List { .. }));
        for key in values {
            setting(&mut text, "", key, &value);
        }
        for key in tables {
            table(&mut text, "", key, &value);
        }
        for key in lists {
            heading(&mut text, key.says);
            explain_items(&mut text, &key.shape, 0);
            match key.name {
                "navigation" => self.navigation(&mut text),
                _ => self.home(&mut text),
            }
        }
        text
    }

    fn navigation(&self, text: &mut String) {
        text.push_str("\n[[navigation]]\nto = \"/collections/all\"\n");
        for (slug, _) in &self.collections {
            let to = quoted(&format!("/collections/{slug}"));
            text.push_str(&format!("\n[[navigation]]\nto = {to}\n"));
        }
        text.push_str("\n[[navigation]]\nto = \"/pages/about\"\n");
        let legal = legal_pages(&self.country);
        if !legal.is_empty() {
            let label = match self.language.split('-').next() {
                Some("de") => "Rechtliches",
                Some("zh") => "法律信息",
                _ => "Legal",
            };
            let label = quoted(label);
            text.push_str(&format!("\n[[footer.columns]]\nlabel = {label}\n"));
            let mut slugs: Vec<_> = legal.iter().map(|page| page.slugs[0]).collect();
            slugs.dedup();
            for slug in slugs {
                text.push_str(&format!(
                    "[[footer.columns.items]]\nto = \"/pages/{slug}\"\n"
                ));
            }
        }
    }

    fn home(&self, text: &mut String) {
        let name = quoted(&self.name);
        text.push_str(&format!(
            "\n[[home]]\nkind = \"story\"\ntitle = {name}\npictures_of = \"all\"\n\
             \n[[home]]\nkind = \"row\"\ncollection = \"all\"\nproducts = 8\n"
        ));
        if !self.collections.is_empty() {
            text.push_str("\n[[home]]\nkind = \"collections\"\n");
        }
    }
}

fn theme() -> String {
    let mut text = String::from(
        "# The looks of the shop. What is not set is as the program has it: the examples are its own\n\
         # values. Contrasts are checked, `souk schema theme` prints a JSON Schema for editors.\n",
    );
    for key in THEME_KEYS {
        table(&mut text, "", key, &|_| None);
    }
    text
}

fn search() -> String {
    let mut text = String::from(
        "# What staff steer of the search. `souk check` says what is wrong, `souk search publish` sends\n\
         # this file alone, `souk schema search` prints a JSON Schema for editors.\n",
    );
    let (lists, values): (Vec<_>, Vec<_>) =
        SEARCH_KEYS.iter().partition(|key| is_table(&key.shape));
    for key in values {
        setting(&mut text, "", key, &|_| None);
    }
    for key in lists {
        heading(&mut text, &format!("[[{}]]: {}", key.name, key.says));
        explain_items(&mut text, &key.shape, 2);
        text.push('\n');
        for line in key.example.lines() {
            text.push_str(&format!("# {line}\n"));
        }
    }
    text
}

/// Titles of pages in English, German and Chinese.
const TITLES: [(&str, &str, &str, &str); 6] = [
    ("about", "About us", "Über uns", "关于我们"),
    ("imprint", "Imprint", "Impressum", "经营者信息"),
    ("privacy", "Privacy", "Datenschutz", "隐私政策"),
    ("terms", "Terms", "AGB", "服务条款"),
    ("returns", "Returns", "Widerruf und Rückgabe", "退换货"),
    ("delivery", "Delivery", "Versand", "配送"),
];

fn is_table(shape: &Shape) -> bool {
    match shape {
        Shape::Table(_) | Shape::Kinds(_) => true,
        Shape::List { of, .. } => is_table(of),
        _ => false,
    }
}

/// Columns of a line of a comment.
const WIDTH: usize = 96;

fn heading(text: &mut String, says: &str) {
    text.push('\n');
    comment(text, says, 0);
}

fn comment(text: &mut String, says: &str, indent: usize) {
    let start = format!("#{}", " ".repeat(indent + 1));
    let mut line = start.clone();
    for word in says.split_whitespace() {
        if line.len() > start.len() && line.chars().count() + word.chars().count() >= WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line.clone_from(&start);
        }
        line.push_str(word);
        line.push(' ');
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

fn setting(text: &mut String, above: &str, key: &Key, value: &dyn Fn(&str) -> Option<String>) {
    heading(text, key.says);
    let choices = choices(&key.shape);
    if !choices.is_empty() {
        comment(text, &choices, 0);
    }
    let path = match above {
        "" => key.name.to_owned(),
        above => format!("{above}.{}", key.name),
    };
    let line = match value(&path) {
        Some(value) => format!("{} = {value}\n", key.name),
        None => format!("# {} = {}\n", key.name, key.example),
    };
    text.push_str(&line);
}

fn choices(shape: &Shape) -> String {
    match shape {
        Shape::Choice(names) => format!("One of {}.", names.join(", ")),
        Shape::Integer(min, max) => format!("From {min} to {max}."),
        Shape::Number(min, max) => format!("From {min} to {max}."),
        _ => String::new(),
    }
}

fn table(text: &mut String, above: &str, key: &Key, value: &dyn Fn(&str) -> Option<String>) {
    let Shape::Table(keys) = key.shape else {
        return;
    };
    let path = match above {
        "" => key.name.to_owned(),
        above => format!("{above}.{}", key.name),
    };
    heading(text, key.says);
    // A table whose keys are needed together stays a comment.
    let needs_keys = keys.iter().any(|key| key.required);
    let mark = if needs_keys { "# " } else { "" };
    text.push_str(&format!("{mark}[{path}]\n"));
    let (tables, values): (Vec<_>, Vec<_>) = keys.iter().partition(|key| is_table(&key.shape));
    for key in values {
        setting(text, &path, key, value);
    }
    for key in tables {
        match key.shape {
            Shape::List { .. } => {
                heading(text, &format!("[[{path}.{}]]: {}", key.name, key.says));
                explain_items(text, &key.shape, 2);
            }
            _ => table(text, &path, key, value),
        }
    }
}

/// The keys of the items of a list, as comments.
fn explain_items(text: &mut String, shape: &Shape, indent: usize) {
    let Shape::List { of, .. } = shape else {
        return;
    };
    match of {
        Shape::Table(keys) => explain(text, keys, indent),
        Shape::Kinds(kinds) => {
            for (name, says, keys) in *kinds {
                comment(text, &format!("kind = \"{name}\": {says}"), indent);
                explain(text, keys, indent + 2);
            }
        }
        _ => {}
    }
}

fn explain(text: &mut String, keys: &[Key], indent: usize) {
    for key in keys {
        let needed = if key.required { " (needed)" } else { "" };
        let line = format!("{}{needed}: {} {}", key.name, key.says, choices(&key.shape));
        comment(text, &line, indent);
        // The levels of the navigation have the same keys.
        if key.name != "items" {
            explain_items(text, &key.shape, indent + 2);
        }
    }
}
