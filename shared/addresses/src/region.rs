//! The largest parts of a country: its states, provinces, prefectures.

use crate::pattern;

/// One of the regions that a country's rules list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// What identifies it: a code such as `CA` where people write codes, else its name.
    pub key: &'static str,
    /// Its name in the country's own language.
    pub name: &'static str,
    /// Its name in Latin letters; the same as `name` where that is written in them.
    pub latin_name: &'static str,
    /// How its postal codes begin; empty where the rules do not say.
    beginnings: &'static str,
}

impl Region {
    /// Whether it is written so, by its key or by one of its names.
    pub fn is(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        let mut spelt = [self.key, self.name, self.latin_name].into_iter();
        spelt.any(|known| known.to_lowercase() == text)
    }

    /// Whether a postal code, without separators, may be one of the region.
    pub(crate) fn has_postal_code(&self, bare: &str) -> bool {
        self.beginnings.is_empty() || pattern::beginning(self.beginnings, bare)
    }
}

/// The rows of the columns of a record: keys, names, Latin names, beginnings of postal codes. An
/// empty name is the key, an empty Latin name the name.
pub(crate) fn rows(columns: [&'static str; 4]) -> impl Iterator<Item = Region> {
    let [keys, names, latin_names, beginnings] = columns.map(|column| column.split('~'));
    let or = |text: &'static str, other| if text.is_empty() { other } else { text };
    let endless = |column: std::str::Split<'static, char>| column.chain(std::iter::repeat(""));
    let rest = endless(names)
        .zip(endless(latin_names))
        .zip(endless(beginnings));
    let rows = keys.filter(|key| !key.is_empty()).zip(rest);
    rows.map(move |(key, ((name, latin_name), beginnings))| Region {
        key,
        name: or(name, key),
        latin_name: or(latin_name, or(name, key)),
        beginnings,
    })
}
