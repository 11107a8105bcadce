//! The stylesheet, the scripts and the icon that the pages refer to.
//!
//! Invariant: a name holds a hash of the content, so that an address never changes what it means
//! and may be cached for ever.
//!
//! Not here: the route `/assets/{name}` and its headers (`souk-storefront`), pictures of products.

use std::sync::LazyLock;

use souk_catalogue::Hash;
use souk_shop::{Shop, ThemeBlob};

/// A file that the shop serves itself, forever the same under its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The whole file.
    pub bytes: &'static [u8],
}

/// `Content-Type` of the scripts.
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// `Content-Type` of the stylesheets.
const STYLES: &str = "text/css; charset=utf-8";

/// What the path of the stylesheet ends with.
const CSS: &str = ".css";

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
        STYLES,
        include_bytes!(concat!(env!("OUT_DIR"), "/shop.css")),
    )
});
static SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    // It loads the other one when a shopper begins to search.
    let script = include_str!(concat!(env!("OUT_DIR"), "/shop.js"));
    let script = script.replace("search.js", &SEARCH_SCRIPT.path);
    named("shop", "js", JAVASCRIPT, script.leak().as_bytes())
});
static SEARCH_SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    let script = include_bytes!(concat!(env!("OUT_DIR"), "/search.js"));
    named("search", "js", JAVASCRIPT, script)
});
static CHECKOUT_SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    let script = include_bytes!(concat!(env!("OUT_DIR"), "/checkout.js"));
    named("checkout", "js", JAVASCRIPT, script)
});
static ROOM_SCRIPT: LazyLock<Named> = LazyLock::new(|| {
    let script = include_bytes!(concat!(env!("OUT_DIR"), "/room.js"));
    named("room", "js", JAVASCRIPT, script)
});
static SALE_STYLESHEET: LazyLock<Named> = LazyLock::new(|| {
    let css = include_bytes!(concat!(env!("OUT_DIR"), "/sale.css"));
    named("sale", "css", STYLES, css)
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

/// Path of the stylesheet, such as `/assets/shop.0123456789abcdef.css`; with the name of the theme's
/// blob before the end where the shop has a theme of its own.
pub fn stylesheet_path(shop: &Shop) -> String {
    let path = &STYLESHEET.path;
    match (&shop.theme.stylesheet, path.strip_suffix(CSS)) {
        (Some(theme), Some(stem)) => format!("{stem}.{theme}{CSS}"),
        _ => path.clone(),
    }
}

/// The stylesheet in the looks of a theme: its custom properties replace the program's own.
pub fn themed(theme: &ThemeBlob) -> Vec<u8> {
    [STYLESHEET.asset.bytes, theme.css.as_bytes()].concat()
}

/// Path of the script.
pub fn script_path() -> &'static str {
    &SCRIPT.path
}

/// Path of the script of the checkout, a module.
pub fn checkout_script_path() -> &'static str {
    &CHECKOUT_SCRIPT.path
}

/// Path of the script of a place in a waiting room, a module.
pub fn room_script_path() -> &'static str {
    &ROOM_SCRIPT.path
}

/// Path of what the pages of sales have beside the stylesheet.
pub fn sale_stylesheet_path() -> &'static str {
    &SALE_STYLESHEET.path
}

/// Path of the shop's icon.
pub fn icon_path() -> &'static str {
    &ICON.path
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A file of the program.
    Asset(Asset),
    /// The stylesheet in the looks of the theme with this blob.
    Themed(Hash),
}

/// What the path `/assets/{name}` leads to; `None` for every other name, such as one that an
/// earlier release used.
pub fn find(name: &str) -> Option<Found> {
    let path_of = |named: &'static LazyLock<Named>| named.path.strip_prefix("/assets/");
    let known = [
        &STYLESHEET,
        &SCRIPT,
        &SEARCH_SCRIPT,
        &CHECKOUT_SCRIPT,
        &ROOM_SCRIPT,
        &SALE_STYLESHEET,
        &ICON,
    ]
    .into_iter()
    .find(|named| path_of(named) == Some(name));
    if let Some(known) = known {
        return Some(Found::Asset(known.asset));
    }
    let stem = path_of(&STYLESHEET)?.strip_suffix(CSS)?;
    let theme = name.strip_suffix(CSS)?.strip_prefix(stem)?;
    Hash::parse(theme.strip_prefix('.')?).map(Found::Themed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_found_and_no_other() {
        let plain = stylesheet_path(&Shop::default());
        let search = SEARCH_SCRIPT.path.as_str();
        let of_sales = [room_script_path(), sale_stylesheet_path()];
        let others = [plain.as_str(), script_path(), search, icon_path()];
        for path in others.into_iter().chain(of_sales) {
            let name = path.strip_prefix("/assets/").unwrap();
            assert!(matches!(find(name), Some(Found::Asset(_))), "{path}");
        }
        let script = std::str::from_utf8(SCRIPT.asset.bytes).unwrap();
        assert!(script.contains(&format!("import(\"{search}\")")));
        assert_eq!(find("shop.css"), None);
        assert_eq!(find(""), None);
    }

    /// CSS knows `+` as a sum only between spaces, and the minifier keeps these in `calc` alone.
    #[test]
    fn every_sum_of_the_stylesheet_keeps_its_spaces() {
        let css = std::str::from_utf8(STYLESHEET.asset.bytes).unwrap();
        let values = css.split(['{', '}', ';']).filter(|part| part.contains(':'));
        let sums = values.filter(|value| value.contains("clamp(") && value.contains('+'));
        let mut seen = 0;
        for value in sums {
            seen += value.matches(" + ").count();
            assert_eq!(
                value.matches(" + ").count(),
                value.matches('+').count(),
                "{value}"
            );
        }
        assert!(seen > 0, "the stylesheet has sums");
    }

    #[test]
    fn the_path_of_a_theme_names_its_blob() {
        let blob = ThemeBlob {
            css: ":root{--ink:#123456}".to_owned(),
        };
        let theme = Hash::of(&blob.encode());
        let mut shop = Shop::default();
        shop.theme.stylesheet = Some(theme);
        let path = stylesheet_path(&shop);
        let name = path.strip_prefix("/assets/").unwrap();
        assert_eq!(find(name), Some(Found::Themed(theme)));
        assert_eq!(find(&name.replace("shop.", "shop.0")), None);
        assert!(themed(&blob).ends_with(b"#123456}"));
    }

    #[test]
    fn files_stay_within_their_byte_budgets() {
        assert!(STYLESHEET.asset.bytes.len() <= 26 * 1024);
        assert!(SCRIPT.asset.bytes.len() <= 4 * 1024);
        assert!(SEARCH_SCRIPT.asset.bytes.len() <= 6 * 1024);
        assert!(CHECKOUT_SCRIPT.asset.bytes.len() <= 2 * 1024);
        assert!(ROOM_SCRIPT.asset.bytes.len() <= 2 * 1024);
        assert!(SALE_STYLESHEET.asset.bytes.len() <= 2 * 1024);
        assert!(ICON.asset.bytes.len() <= 1024);
    }
}
