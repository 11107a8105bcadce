//! The stylesheet, the script and the icon that the pages refer to.
//!
//! Invariant: a name holds a hash of the content, so that an address never changes what it means
//! and may be cached for ever.
//!
//! Not here: the route `/assets/{name}` and its headers (`souk-storefront`), pictures of products.

use std::sync::LazyLock;

/// A file that the shop serves itself, forever the same under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The whole file.
    pub bytes: &'static [u8],
}

/// Digits of the content hash in a name: 8 bytes, so that two releases never share a name.
const HASH_DIGITS: usize = 16;

struct Named {
    path: String,
    asset: Asset,
}

static STYLESHEET: LazyLock<Named> = LazyLock::new(|| {
    named(
        "shop",
        "css",
        "text/css; charset=utf-8",
        include_bytes!("../assets/shop.css"),
    )
});
static SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    named(
        "shop",
        "js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/shop.js"),
    )
});
static ICON: LazyLock<Named> = LazyLock::new(|| {
    named(
        "favicon",
        "svg",
        "image/svg+xml",
        include_bytes!("../assets/favicon.svg"),
    )
});

fn named(stem: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Named {
    let hash = blake3::hash(bytes).to_hex();
    Named {
        path: format!("/assets/{stem}.{}.{extension}", &hash[..HASH_DIGITS]),
        asset: Asset {
            content_type,
            bytes,
        },
    }
}

/// Path of the stylesheet, such as `/assets/shop.0123456789abcdef.css`.
pub fn stylesheet_path() -> &'static str {
    &STYLESHEET.path
}

/// Path of the script.
pub fn script_path() -> &'static str {
    &SCRIPT.path
}

/// Path of the shop's icon.
pub fn icon_path() -> &'static str {
    &ICON.path
}

/// The asset whose path is `/assets/{name}`; `None` for every other name, such as one that an
/// earlier release used.
pub fn find(name: &str) -> Option<Asset> {
    let path_of = |named: &'static LazyLock<Named>| named.path.strip_prefix("/assets/");
    [&STYLESHEET, &SCRIPT, &ICON]
        .into_iter()
        .find(|named| path_of(named) == Some(name))
        .map(|named| named.asset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_found_and_no_other() {
        for path in [stylesheet_path(), script_path(), icon_path()] {
            let name = path.strip_prefix("/assets/").unwrap();
            assert!(!find(name).unwrap().bytes.is_empty(), "{path}");
        }
        assert_eq!(find("shop.css"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn files_stay_within_their_byte_budgets() {
        assert!(STYLESHEET.asset.bytes.len() <= 26 * 1024);
        assert!(SCRIPT.asset.bytes.len() <= 4 * 1024);
        assert!(ICON.asset.bytes.len() <= 1024);
    }
}
