//! Links to pages in a language.
//!
//! Invariant: whatever a slug, a SKU or a cursor holds, it arrives whole: path segments are
//! percent-encoded, query values form-urlencoded.
//!
//! Not here: paths without a language (`paths`).

use souk_catalogue::ListingOrder;
use souk_domain::Locale;

use crate::paths;
use crate::view::{AppliedFilter, Site};

/// `{prefix}{path}`.
pub fn page(locale: Locale, path: &str) -> String {
    format!("{}{path}", locale.path_prefix())
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
    filtered(locale, slug, [], order, cursor)
}

/// A page of a collection with filters, given as parameters and values in their order.
pub fn filtered<'a>(
    locale: Locale,
    slug: &str,
    filters: impl IntoIterator<Item = &'a AppliedFilter>,
    order: ListingOrder,
    cursor: Option<&'a str>,
) -> String {
    let filters = filters.into_iter();
    let mut pairs: Vec<_> = filters
        .map(|filter| (filter.parameter.as_str(), filter.value.as_str()))
        .collect();
    if order != ListingOrder::Featured {
        pairs.push(("sort", order.name()));
    }
    if let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) {
        pairs.push(("cursor", cursor));
    }
    let path = page(locale, &paths::collection(slug));
    if pairs.is_empty() {
        path
    } else {
        format!("{path}?{}", query(&pairs))
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
