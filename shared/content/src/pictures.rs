//! Pictures in a text: where their files are, and what shows them.
//!
//! Not here: the files (the caller's [`souk_import::Pictures`]).

use souk_catalogue::Media;
use souk_shop::ContentKind;

/// The path of a picture below the folder of the shop. A document names it from there,
/// `pictures/tea.jpg`, or from its own folder, `../../pictures/tea.jpg`.
pub(crate) fn picture_path(kind: ContentKind, written: &str) -> String {
    let here = ["content", kind.folder()];
    let own = |text: &str| text.starts_with("./") || text.starts_with("../");
    if !own(written) {
        return written.to_owned();
    }
    let mut path: Vec<&str> = here.to_vec();
    for segment in written.split('/') {
        match segment {
            "." => {}
            ".." if path.last().is_some_and(|last| *last != "..") => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.join("/")
}

/// How wide the stylesheet draws a picture in a text.
const SIZES: &str = "(min-width:48rem) 42rem,92vw";

/// Wide enough for browsers without `srcset`.
const FALLBACK_WIDTH: u32 = 640;

/// The element of a picture.
pub(crate) fn picture(media: &Media, alt: &str) -> String {
    let src = media.renditions.iter().find(|r| r.width >= FALLBACK_WIDTH);
    let src = src.or(media.renditions.last());
    let src = src.map_or("", |rendition| rendition.url.as_str());
    let is_plain = |url: &str| !url.contains(char::is_whitespace) && !url.ends_with(',');
    let mut html = format!("<img src=\"{}\"", escaped(src));
    if media
        .renditions
        .iter()
        .all(|r| is_plain(&r.url) && r.width > 0)
    {
        let candidates = media.renditions.iter();
        let candidates: Vec<_> = candidates
            .map(|r| format!("{} {}w", r.url, r.width))
            .collect();
        let srcset = escaped(&candidates.join(","));
        html.push_str(&format!(" srcset=\"{srcset}\" sizes=\"{SIZES}\""));
    }
    let Media { width, height, .. } = media;
    let alt = escaped(alt);
    html.push_str(&format!(
        " width=\"{width}\" height=\"{height}\" alt=\"{alt}\" loading=\"lazy\">"
    ));
    html
}

/// A text for an attribute between double quotation marks.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('"', "&quot;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
