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

// `build.rs` makes the files and names them: the constants with the paths.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

struct Named {
    path: &'static str,
    content_type: &'static str,
    /// Read from the program by the first request for it.
    bytes: LazyLock<&'static [u8]>,
}

impl Named {
    fn asset(&self) -> Asset {
        Asset {
            content_type: self.content_type,
            bytes: *self.bytes,
        }
    }
}

/// The file that the build stored under a name.
macro_rules! file {
    ($name:literal) => {
        LazyLock::new(|| read(include_bytes!(concat!(env!("OUT_DIR"), "/", $name))))
    };
}

static STYLESHEET: Named = Named {
    path: STYLESHEET_PATH,
    content_type: STYLES,
    bytes: file!("shop.css"),
};
static SCRIPT: Named = Named {
    path: SCRIPT_PATH,
    content_type: JAVASCRIPT,
    bytes: file!("shop.js"),
};
static SEARCH_SCRIPT: Named = Named {
    path: SEARCH_SCRIPT_PATH,
    content_type: JAVASCRIPT,
    bytes: file!("search.js"),
};
static CHECKOUT_SCRIPT: Named = Named {
    path: CHECKOUT_SCRIPT_PATH,
    content_type: JAVASCRIPT,
    bytes: file!("checkout.js"),
};
static ROOM_SCRIPT: Named = Named {
    path: ROOM_SCRIPT_PATH,
    content_type: JAVASCRIPT,
    bytes: file!("room.js"),
};
static SALE_STYLESHEET: Named = Named {
    path: SALE_STYLESHEET_PATH,
    content_type: STYLES,
    bytes: file!("sale.css"),
};
static ICON: Named = Named {
    path: ICON_PATH,
    content_type: "image/svg+xml",
    bytes: file!("favicon.svg"),
};

/// A file as it was before the build stored it.
#[cfg(not(feature = "compressed"))]
fn read(stored: &'static [u8]) -> &'static [u8] {
    stored
}

/// A file as it was before the build stored it. It lives as long as the instance, and there is one
/// of it.
#[cfg(feature = "compressed")]
fn read(stored: &'static [u8]) -> &'static [u8] {
    let file = lz4_flex::block::decompress_size_prepended(stored);
    file.expect("the build has compressed it").leak()
}

/// Path of the stylesheet, such as `/assets/shop.0123456789abcdef.css`; with the name of the theme's
/// blob before the end where the shop has a theme of its own.
pub fn stylesheet_path(shop: &Shop) -> String {
    match (&shop.theme.stylesheet, STYLESHEET_PATH.strip_suffix(CSS)) {
        (Some(theme), Some(stem)) => format!("{stem}.{theme}{CSS}"),
        _ => STYLESHEET_PATH.to_owned(),
    }
}

/// The stylesheet in the looks of a theme: its custom properties replace the program's own.
pub fn themed(theme: &ThemeBlob) -> Vec<u8> {
    [*STYLESHEET.bytes, theme.css.as_bytes()].concat()
}

/// Path of the script.
pub fn script_path() -> &'static str {
    SCRIPT_PATH
}

/// Path of the script of the checkout, a module.
pub fn checkout_script_path() -> &'static str {
    CHECKOUT_SCRIPT_PATH
}

/// Path of the script of a place in a waiting room, a module.
pub fn room_script_path() -> &'static str {
    ROOM_SCRIPT_PATH
}

/// Path of what the pages of sales have beside the stylesheet.
pub fn sale_stylesheet_path() -> &'static str {
    SALE_STYLESHEET_PATH
}

/// Path of the shop's icon.
pub fn icon_path() -> &'static str {
    ICON_PATH
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
    let path_of = |named: &'static Named| named.path.strip_prefix("/assets/");
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
        return Some(Found::Asset(known.asset()));
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
        let search = SEARCH_SCRIPT_PATH;
        let of_sales = [room_script_path(), sale_stylesheet_path()];
        let others = [plain.as_str(), script_path(), search, icon_path()];
        for path in others.into_iter().chain(of_sales) {
            let name = path.strip_prefix("/assets/").unwrap();
            assert!(matches!(find(name), Some(Found::Asset(_))), "{path}");
        }
        let script = std::str::from_utf8(*SCRIPT.bytes).unwrap();
        assert!(script.contains(&format!("import(\"{search}\")")));
        assert_eq!(find("shop.css"), None);
        assert_eq!(find(""), None);
    }

    /// CSS knows `+` as a sum only between spaces, and the minifier keeps these in `calc` alone.
    #[test]
    fn every_sum_of_the_stylesheet_keeps_its_spaces() {
        let css = std::str::from_utf8(*STYLESHEET.bytes).unwrap();
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
    fn a_path_has_the_hash_of_its_file() {
        for named in [
            &STYLESHEET,
            &SCRIPT,
            &SEARCH_SCRIPT,
            &CHECKOUT_SCRIPT,
            &ROOM_SCRIPT,
            &SALE_STYLESHEET,
            &ICON,
        ] {
            let hash = Hash::of(*named.bytes).to_string();
            let digits = named.path.split('.').nth(1).unwrap();
            assert_eq!((digits.len(), digits), (16, &hash[..16]), "{}", named.path);
        }
    }

    #[test]
    fn files_stay_within_their_byte_budgets() {
        assert!(STYLESHEET.bytes.len() <= 26 * 1024);
        assert!(SCRIPT.bytes.len() <= 4 * 1024);
        assert!(SEARCH_SCRIPT.bytes.len() <= 6 * 1024);
        assert!(CHECKOUT_SCRIPT.bytes.len() <= 2 * 1024);
        assert!(ROOM_SCRIPT.bytes.len() <= 2 * 1024);
        assert!(SALE_STYLESHEET.bytes.len() <= 2 * 1024);
        assert!(ICON.bytes.len() <= 1024);
    }
}
