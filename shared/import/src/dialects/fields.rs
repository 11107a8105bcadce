//! Names of columns of other systems, found in a header whatever their case and spacing.

use crate::{Place, Reason, Source, report::Dialect, table::Broken};

/// The names of the fields of a dialect, in the order of its enum. They are written as
/// [`plain`] gives them.
pub(super) type Names<const N: usize> = [&'static [&'static str]; N];

/// Where the fields of a dialect stand in a header.
#[derive(Debug, Clone)]
pub(super) struct Fields<const N: usize> {
    places: [Option<usize>; N],
}

impl<const N: usize> Fields<N> {
    /// Finds each field.
    ///
    /// # Errors
    /// When a field stands twice.
    pub(super) fn find(header: &[String], names: &Names<N>) -> Result<Self, Broken> {
        let mut places = [None; N];
        for (place, name) in header.iter().enumerate() {
            let name = plain(name);
            let Some(field) = names
                .iter()
                .position(|names| names.contains(&name.as_str()))
            else {
                continue;
            };
            if let Some(first) = places[field].replace(place) {
                let at = Place {
                    line: Some(1),
                    column: Some(header[place].clone()),
                    ..Place::file(Source::Products)
                };
                return Err((at, Reason::ColumnTwice(header[first].clone())));
            }
        }
        Ok(Self { places })
    }

    /// The place of a field.
    pub(super) fn at(&self, field: usize) -> Option<usize> {
        self.places[field]
    }

    /// Places of all fields that there are.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        self.places.iter().copied().flatten()
    }

    /// The place of a field that no file may lack.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn need(
        &self,
        field: usize,
        column: &'static str,
        dialect: Dialect,
    ) -> Result<usize, Broken> {
        let file = dialect.name();
        let place = Place {
            line: Some(1),
            ..Place::file(Source::Products)
        };
        let missing = || (place, Reason::MissingColumn { column, file });
        self.places[field].ok_or_else(missing)
    }
}

/// A name in lower case, with plain blanks and apostrophes: French puts a narrow blank before a
/// question mark, and Chinese writes marks of full width.
pub(super) fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        let character = match character {
            '’' | '‘' => '\'',
            '？' => '?',
            '（' => '(',
            '）' => ')',
            '：' => ':',
            '_' => '_',
            other if other.is_whitespace() => ' ',
            other => other,
        };
        let doubled = character == ' ' && (plain.is_empty() || plain.ends_with(' '));
        if !doubled {
            plain.push(character);
        }
    }
    plain.trim_end().to_owned()
}

/// How many names of a header are among these.
pub(super) fn count(header: &[String], known: impl Fn(&str) -> bool) -> usize {
    header.iter().filter(|name| known(&plain(name))).count()
}

/// The places of the names of a header that `known` takes.
pub(super) fn places(header: &[String], known: impl Fn(&str) -> bool) -> Vec<usize> {
    let named = header.iter().enumerate();
    let named = named.filter(|(_, name)| known(&plain(name)));
    named.map(|(place, _)| place).collect()
}

/// The number in `attribute 3 name`, for the words around it.
pub(super) fn numbered(name: &str, before: &str, after: &str) -> Option<usize> {
    let number = name.strip_prefix(before)?.strip_suffix(after)?.trim();
    number.parse().ok().filter(|&number| number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whatever_their_case_and_spacing() {
        assert_eq!(plain("En stock\u{a0}?"), "en stock ?");
        assert_eq!(
            plain(" Valeur(s) de l’attribut 1 "),
            "valeur(s) de l'attribut 1"
        );
        assert_eq!(plain("属性 1  的全局"), "属性 1 的全局");
        assert_eq!(plain("有货？"), "有货?");
    }

    #[test]
    fn numbers_are_taken_from_between_the_words() {
        assert_eq!(
            numbered("attribute 12 name", "attribute ", " name"),
            Some(12)
        );
        assert_eq!(numbered("attribute name", "attribute ", " name"), None);
        assert_eq!(numbered("attribute 0 name", "attribute ", " name"), None);
    }

    #[test]
    fn a_field_stands_once() {
        let names: Names<1> = [&["name", "titre"]];
        let header = ["Name".to_owned(), "Titre".to_owned()];
        let (place, reason) = Fields::find(&header, &names).unwrap_err();
        assert_eq!(place.column.as_deref(), Some("Titre"));
        assert_eq!(reason, Reason::ColumnTwice("Name".into()));
    }
}
