//! Pictures: from an address in a file to what a page may show.
//!
//! Owns the rules for addresses. Pages are `https:`, so pictures are too: `http:` is changed to
//! `https:` (what serves shop pictures answers both, and a page with a picture over `http:` would
//! show none at all); every other scheme is refused, and so are addresses with a user name,
//! blanks, quotation marks or angle brackets.
//!
//! Sizes: no file of Shopify's says how large a picture is, and nothing is fetched here. Remote
//! pictures count as squares, the shape that Shopify advises for products, so that pages can
//! reserve their place; style sheets fit the real picture into it.
//!
//! Not here: picture files. They are the caller's, who measures and stores them.

use std::collections::HashMap;

use souk_catalogue::{Media, MediaRendition, Text};

use crate::limits::URL_BYTES_MAX;

/// Widths that the CDN is asked for, in pixels. It never enlarges a picture.
const CDN_WIDTHS: [u32; 4] = [320, 640, 960, 1280];

/// Width and height of a remote picture of unknown size, in pixels.
const REMOTE_SIDE: u32 = 1200;

/// Why a picture cannot be taken, as a sentence for the person who has the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PictureError(pub String);

/// Resolves pictures that are not remote. Any `FnMut(&str) -> Result<Media, PictureError>` is one.
pub trait Pictures {
    /// The renditions of the picture at `path`: relative, without `..` and `\`, as in the file.
    /// The answer's `alt` is ignored. Called once for each path.
    ///
    /// # Errors
    /// When there is no such picture, or it cannot be shown.
    fn resolve(&mut self, path: &str) -> Result<Media, PictureError>;
}

impl<F> Pictures for F
where
    F: FnMut(&str) -> Result<Media, PictureError>,
{
    fn resolve(&mut self, path: &str) -> Result<Media, PictureError> {
        self(path)
    }
}

/// For imports whose pictures are all remote.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPictures;

impl Pictures for NoPictures {
    fn resolve(&mut self, _path: &str) -> Result<Media, PictureError> {
        Err(PictureError("only https: addresses are taken here".into()))
    }
}

/// An album: resolves every address and remembers the caller's answers.
pub struct Album<'a> {
    pictures: &'a mut dyn Pictures,
    resolved: HashMap<String, Result<Media, PictureError>>,
}

/// A picture without its alternative text.
pub struct Resolved {
    /// The picture.
    pub media: Media,
    /// The same for every address of the picture.
    pub key: String,
    /// Whether the address had to be changed to `https:`.
    pub upgraded: bool,
}

impl<'a> Album<'a> {
    /// An album in which the caller's pictures are.
    pub fn new(pictures: &'a mut dyn Pictures) -> Self {
        Self {
            pictures,
            resolved: HashMap::new(),
        }
    }

    /// The picture at an address.
    ///
    /// # Errors
    /// When the address is none that a page may show, or the caller refuses it.
    pub fn resolve(&mut self, address: &str) -> Result<Resolved, PictureError> {
        match parse(address)? {
            Address::Remote { url, upgraded } => Ok(Resolved {
                media: remote(&url),
                upgraded,
                // The CDN's query says which version and size; elsewhere it may name the picture.
                key: match is_cdn(&url) {
                    true => url.split('?').next().unwrap_or_default().to_owned(),
                    false => url,
                },
            }),
            Address::Local(path) => {
                let answer = match self.resolved.get(path) {
                    Some(answer) => answer.clone(),
                    None => {
                        let answer = self.pictures.resolve(path).and_then(check);
                        self.resolved.insert(path.to_owned(), answer.clone());
                        answer
                    }
                };
                Ok(Resolved {
                    media: answer?,
                    upgraded: false,
                    key: path.to_owned(),
                })
            }
        }
    }
}

/// A picture without renditions could not be shown.
fn check(media: Media) -> Result<Media, PictureError> {
    if media.renditions.is_empty() {
        return Err(PictureError("it has no rendition".into()));
    }
    Ok(Media {
        alt: Text::default(),
        ..media
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Address<'a> {
    Remote { url: String, upgraded: bool },
    Local(&'a str),
}

fn parse(address: &str) -> Result<Address<'_>, PictureError> {
    let refuse = |why: &str| Err(PictureError(why.to_owned()));
    if address.len() > URL_BYTES_MAX {
        return refuse("the address is too long");
    }
    let forbidden = |c: char| c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '`');
    if address.contains(forbidden) {
        return refuse("the address has a character that no address has");
    }
    let scheme = scheme(address);
    let (rest, upgraded) = match scheme.as_deref() {
        Some("https") => (&address["https:".len()..], false),
        Some("http") => (&address["http:".len()..], true),
        Some(_) => return refuse("only https: addresses and relative paths are taken"),
        // "//host/path" has the scheme of its page.
        None if address.starts_with("//") => (address, false),
        None => return local(address),
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return refuse("the address has no host");
    };
    if rest.contains(char::is_whitespace) {
        return refuse("the address has a blank; write %20");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return refuse("the address names a user");
    }
    let name = host.split(':').next().unwrap_or_default();
    if !name.chars().any(char::is_alphanumeric) {
        return refuse("the address has no host");
    }
    Ok(Address::Remote {
        url: format!("https://{rest}"),
        upgraded,
    })
}

/// The scheme in lower case. `a/b:c` has none, `C:` has one.
fn scheme(address: &str) -> Option<String> {
    let (scheme, _) = address.split_once(':')?;
    (!scheme.contains(['/', '?', '#'])).then(|| scheme.to_ascii_lowercase())
}

fn local(path: &str) -> Result<Address<'_>, PictureError> {
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(PictureError(
            "a path must stay below the folder of the file".into(),
        ));
    }
    Ok(Address::Local(path))
}

/// The address that a remote picture was made of, but for a size that it named itself.
pub(crate) fn address_of(media: &Media) -> String {
    let url = media.renditions.last().map_or("", |last| &last.url);
    if !is_cdn(url) {
        return url.to_owned();
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let kept = query.split('&').filter(|pair| !pair.starts_with("width="));
    match kept.collect::<Vec<_>>().join("&") {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

fn remote(url: &str) -> Media {
    if is_cdn(url) {
        let renditions: Vec<_> = CDN_WIDTHS
            .iter()
            .map(|&width| MediaRendition {
                width,
                url: with_width(url, width),
            })
            .collect();
        let side = CDN_WIDTHS[CDN_WIDTHS.len() - 1];
        return square(side, renditions);
    }
    let rendition = MediaRendition {
        width: REMOTE_SIDE,
        url: url.to_owned(),
    };
    square(REMOTE_SIDE, vec![rendition])
}

fn square(side: u32, renditions: Vec<MediaRendition>) -> Media {
    Media {
        alt: Text::default(),
        width: side,
        height: side,
        renditions,
        preview: None,
    }
}

/// Shopify's CDN under its own host, or under the shop's (`/cdn/shop/`). Both scale by `width=`.
/// Vector pictures are left as they are.
fn is_cdn(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let host_is_cdn = host.eq_ignore_ascii_case("cdn.shopify.com");
    (host_is_cdn || path.starts_with("cdn/shop/")) && !path.to_ascii_lowercase().ends_with(".svg")
}

/// The address with `width=` in its query instead of any size it had; everything else stays.
fn with_width(url: &str, width: u32) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let sized = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        matches!(name, "width" | "height" | "crop")
    };
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !sized(pair));
    let size = format!("width={width}");
    let query: Vec<&str> = kept.chain([size.as_str()]).collect();
    format!("{path}?{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_a_page_may_show() {
        let cases = [
            ("https://a.example/x.jpg", "https://a.example/x.jpg", false),
            ("HTTPS://a.example/x.jpg", "https://a.example/x.jpg", false),
            ("http://a.example/x.jpg", "https://a.example/x.jpg", true),
            (
                "//a.example/x.jpg?v=1",
                "https://a.example/x.jpg?v=1",
                false,
            ),
        ];
        for (address, url, upgraded) in cases {
            let url = url.to_owned();
            let expected = Address::Remote { url, upgraded };
            assert_eq!(parse(address), Ok(expected), "{address}");
        }
        assert_eq!(
            parse("pictures/a b.svg"),
            Ok(Address::Local("pictures/a b.svg"))
        );
    }

    #[test]
    fn addresses_that_a_page_may_not_show() {
        for address in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "data:image/svg+xml,<svg/>",
            "data:image/png;base64,AAAA",
            "file:///etc/passwd",
            "ftp://a.example/x.jpg",
            "C:/pictures/a.jpg",
            "https:a.example/x.jpg",
            "https:///x.jpg",
            "https://user@a.example/x.jpg",
            "https://a.example/x y.jpg",
            "https://a.example/\"onload=x",
            "/etc/passwd",
            "../secret.png",
            "a/../../secret.png",
            "a\\b.png",
        ] {
            assert!(parse(address).is_err(), "{address}");
        }
    }

    #[test]
    fn the_cdn_is_asked_for_widths_and_keeps_the_version() {
        let url = "https://cdn.shopify.com/s/files/1/0/tea.jpg?v=17&width=99";
        let media = remote(url);
        let widths: Vec<_> = media.renditions.iter().map(|r| r.width).collect();
        assert_eq!(widths, CDN_WIDTHS);
        assert_eq!(
            media.renditions[0].url,
            "https://cdn.shopify.com/s/files/1/0/tea.jpg?v=17&width=320"
        );
        assert_eq!((media.width, media.height), (1280, 1280));
        assert_eq!(
            remote("https://tea.example/cdn/shop/a.png")
                .renditions
                .len(),
            4
        );
        assert_eq!(
            remote("https://cdn.shopify.com/a.svg?v=1").renditions.len(),
            1
        );
        assert_eq!(
            remote("https://a.example/cdn.shopify.com/a.png").width,
            1200
        );
    }

    #[test]
    fn the_caller_is_asked_once_for_each_path() {
        let mut asked = 0;
        let mut pictures = |path: &str| {
            asked += 1;
            Ok(remote(&format!("https://shop.example/{path}")))
        };
        let mut album = Album::new(&mut pictures);
        for _ in 0..3 {
            assert!(album.resolve("a.svg").is_ok());
        }
        assert_eq!(asked, 1);
        assert!(Album::new(&mut NoPictures).resolve("a.svg").is_err());
    }
}
