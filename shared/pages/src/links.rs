//! Links to pages in a language, of a market.
//!
//! Invariant: whatever a slug, a SKU or a cursor holds, it arrives whole: path segments are
//! percent-encoded, query values form-urlencoded.
//!
//! Not here: paths without a language (`paths`).

use souk_catalogue::ListingOrder;
use souk_domain::Locale;
use souk_shop::Shop;

use crate::paths;
use crate::view::{AppliedFilter, Site};

/// `{prefix}{path}`.
pub fn page(locale: Locale, path: &str) -> String {
    format!("{}{path}", locale.path_prefix())
}

/// The values of `hreflang` under which a page is named that exists in some languages of the first
/// market, with the language of each. Every other visitor gets the first of these languages.
pub fn alternates<'s>(shop: &'s Shop, languages: &[Locale]) -> Vec<(&'s str, Locale)> {
    let tagged = languages.iter().map(|&locale| (shop.tag(locale), locale));
    let rest = languages.first().map(|&first| ("x-default", first));
    tagged.chain(rest).collect()
}

/// A product's page, showing the variant if one is named.
pub fn product(locale: Locale, slug: &str, sku: Option<&str>) -> String {
    let path = page(locale, &paths::product(slug));
    match sku {
        Some(sku) => format!("{path}?{}", query(&[("variant", sku)])),
        None => path,
    }
}

/// A page of a collection. The default order and the first page are left out of the address.
pub fn collection(locale: Locale, slug: &str, order: ListingOrder, cursor: Option<&str>) -> String {
    Listed::collection(locale, slug, order).address([], cursor)
}

/// What a listing is of, and in which order it is: a collection, or the results of a search.
#[derive(Debug, Clone)]
pub struct Listed<'a> {
    /// Its path, in a language.
    pub path: String,
    /// What is searched for.
    pub text: Option<&'a str>,
    /// The order, unless it is the default one.
    pub sort: Option<&'a str>,
}

impl Listed<'_> {
    /// A collection.
    pub fn collection(locale: Locale, slug: &str, order: ListingOrder) -> Self {
        Self {
            path: page(locale, &paths::collection(slug)),
            text: None,
            sort: (order != ListingOrder::Featured).then(|| order.name()),
        }
    }

    /// A page of it with filters, given as parameters and values in their order.
    pub fn address<'f>(
        &self,
        filters: impl IntoIterator<Item = &'f AppliedFilter>,
        cursor: Option<&str>,
    ) -> String {
        let filters = filters.into_iter();
        let filters = filters.map(|filter| (filter.parameter.as_str(), filter.value.as_str()));
        let cursor = cursor.filter(|cursor| !cursor.is_empty());
        let pairs: Vec<_> = (self.text.map(|text| ("q", text)).into_iter())
            .chain(filters)
            .chain(self.sort.map(|sort| ("sort", sort)))
            .chain(cursor.map(|cursor| ("cursor", cursor)))
            .collect();
        match pairs.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, query(&pairs)),
        }
    }
}

/// Pairs as `application/x-www-form-urlencoded`.
pub fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// With scheme and host; addresses that have them stay as they are.
pub fn absolute(site: &Site<'_>, address: &str) -> String {
    if address.starts_with('/') {
        format!("{}{address}", site.base_url)
    } else {
        address.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{EN, zh};

    #[test]
    fn slugs_skus_and_cursors_arrive_whole() {
        assert_eq!(
            product(zh(), "茶具", Some("A&B 1/2")),
            "/zh/products/%E8%8C%B6%E5%85%B7?variant=A%26B+1%2F2"
        );
        assert_eq!(product(EN, "a.b-c_d", None), "/products/a.b-c_d");
        assert_eq!(
            collection(EN, "tea", ListingOrder::Featured, Some("")),
            "/collections/tea"
        );
        assert_eq!(
            collection(EN, "tea", ListingOrder::Title, Some("a=b")),
            "/collections/tea?sort=title&cursor=a%3Db"
        );
    }
}
