//! The name that was probably meant.

/// The name that is nearest to a text, if one is near: about a third of its letters may differ.
pub fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let most = (text.chars().count() / 3).max(1);
    let distance = |name: &str| strsim::damerau_levenshtein(&text, &name.to_lowercase());
    names
        .into_iter()
        // Names that are far longer or shorter cannot be near; a shop has many thousands.
        .filter(|name| name.len().abs_diff(text.len()) <= 4 * most)
        .map(|name| (distance(name), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// `; did you mean 'tea'?`, or nothing.
pub(crate) fn hint<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(text, names).map_or_else(String::new, |name| format!("; did you mean '{name}'?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_keys_is_near_and_another_word_is_not() {
        let names = ["title", "published_at", "tags"];
        assert_eq!(nearest("titel", names), Some("title"));
        assert_eq!(nearest("Tag", names), Some("tags"));
        assert_eq!(nearest("publishd_at", names), Some("published_at"));
        assert_eq!(nearest("author", names), None);
        assert_eq!(hint("titel", names), "; did you mean 'title'?");
        assert_eq!(hint("x", names), "");
    }
}
