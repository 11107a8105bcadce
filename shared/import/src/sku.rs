//! Names that are made for variants.
//!
//! They are made of what a merchant does not change without meaning another thing: the SKU, the
//! handle and the option values. So the same variant has the same name in the next import, its
//! stock stays its own, and rows may move.

use souk_catalogue::Hash;
use souk_domain::{SALE_SKU_PREFIX, Sku, Slug};

/// Hexadecimal digits of a hash that tell apart what would look the same.
const HASH_DIGITS: usize = 8;

/// What a name is made of.
pub(crate) struct Parts<'a> {
    /// The merchant's SKU, where several variants have it.
    pub(crate) sku: Option<&'a str>,
    pub(crate) handle: &'a str,
    /// One for each option of the product, where they are needed.
    pub(crate) values: Vec<&'a str>,
}

impl Parts<'_> {
    /// `SKU:handle:value:value` with the values written as slugs, which have no `:`. A value that
    /// loses more than case and blanks as a slug (`A+`) has a piece of its own hash, so that `A+` and
    /// `A-` do not meet.
    pub(crate) fn short(&self) -> String {
        match self.joined() {
            short if short.len() <= Sku::BYTES_MAX => short,
            _ => self.long(),
        }
    }

    /// The same followed by a piece of a hash of the parts as they are.
    pub(crate) fn long(&self) -> String {
        let exact = [self.sku.unwrap_or_default(), self.handle];
        let exact = exact.into_iter().chain(self.values.iter().copied());
        // No name has a NUL, so no two lists of parts are joined to one text.
        let exact = exact.collect::<Vec<_>>().join("\0");
        let tail = format!("~{}", digest(&exact));
        let short = self.joined();
        let end = short.floor_char_boundary(Sku::BYTES_MAX - tail.len());
        format!("{}{tail}", &short[..end])
    }

    fn joined(&self) -> String {
        let slugs = self.values.iter().map(|value| part(value));
        let parts = self.sku.map(str::to_owned).into_iter();
        let parts = parts.chain([self.handle.to_owned()]).chain(slugs);
        let joined = parts.collect::<Vec<_>>().join(":");
        match joined.strip_prefix(SALE_SKU_PREFIX) {
            // Such a name would be that of units of a sale.
            Some(rest) => format!("sale~:{rest}"),
            None => joined,
        }
    }
}

fn part(value: &str) -> String {
    let slug = Slug::from_text(value).map_or(String::new(), |slug| slug.to_string());
    match slug == value.to_lowercase().replace(' ', "-") {
        true => slug,
        false => format!("{slug}~{}", digest(value)),
    }
}

fn digest(text: &str) -> String {
    let mut digits = Hash::of(text.as_bytes()).to_string();
    digits.truncate(HASH_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sku: Option<&str>, handle: &str, values: &[&str]) -> (String, String) {
        let values = values.to_vec();
        let parts = Parts {
            sku,
            handle,
            values,
        };
        (parts.short(), parts.long())
    }

    fn derived(handle: &str, values: &[&str]) -> String {
        names(None, handle, values).0
    }

    #[test]
    fn derived_skus_name_the_variant() {
        assert_eq!(derived("green-tea", &[]), "green-tea");
        assert_eq!(
            derived("green-tea", &["100 g", "Loose"]),
            "green-tea:100-g:loose"
        );
        assert_eq!(derived("茶", &["红"]), "茶:红");
        assert_eq!(derived("sale", &["100 g"]), "sale~:100-g");
        assert_eq!(names(Some("sale"), "mug", &[]).0, "sale~:mug");
        assert_eq!(names(Some("X 1"), "mug", &[]).0, "X 1:mug");
        assert_eq!(names(Some("X 1"), "mug", &["Red"]).0, "X 1:mug:red");
    }

    #[test]
    fn different_variants_have_different_names() {
        assert_ne!(derived("a", &["A+"]), derived("a", &["A-"]));
        assert_ne!(derived("a-b", &["c"]), derived("a", &["b", "c"]));
        assert_ne!(derived("a", &["½"]), derived("a", &["¾"]));
        let long = "x".repeat(250);
        let (one, two) = (derived(&long, &["red one"]), derived(&long, &["red two"]));
        assert_ne!(one, two);
        assert!(one.len() <= Sku::BYTES_MAX);
        // Only the long names tell these apart: what is lost is case and blanks.
        let (one, two) = (
            names(None, "a", &["Light Blue"]),
            names(None, "a", &["Light-Blue"]),
        );
        assert_eq!(one.0, two.0);
        assert_ne!(one.1, two.1);
    }
}
