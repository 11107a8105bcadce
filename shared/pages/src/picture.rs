//! Pictures of products, and what stands in their place when there is none.
//!
//! Invariant: every `img` has its dimensions, an `alt` and a `srcset` with `sizes` (of one file
//! where that is all there is, such as a drawing, which fits every screen), so that the layout does
//! not shift when it loads and the browser loads no byte too many.
//!
//! Not here: how large a picture is drawn (the stylesheet); `sizes` repeats it in short.

use maud::{Markup, html};
use souk_catalogue::{Media, MediaRendition};

use crate::language::{Said, lang};
use crate::view::Site;

/// How a picture is used on the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// The `sizes` attribute: how wide the stylesheet draws it.
    pub(super) sizes: &'static str,
    /// When it is needed.
    pub(super) priority: Priority,
}

/// When a picture is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Priority {
    /// The largest picture in the first screen: load it before anything else.
    First,
    /// In the first screen.
    Soon,
    /// Further down: load it when it comes near.
    Lazy,
}

/// A square stands in for unknown dimensions, such as those of a file on another host.
const UNKNOWN_SIDE: u32 = 1000;

/// `src` is only read by browsers without `srcset`: this wide is enough for them.
const FALLBACK_WIDTH: u32 = 640;

/// The picture, or a drawn one. `name` describes it where the merchant did not.
pub(super) fn picture(
    site: &Site<'_>,
    media: Option<&Media>,
    name: &Said<'_>,
    slot: Slot,
) -> Markup {
    let Some((media, src)) = media.and_then(|media| Some((media, fallback(media)?))) else {
        return html! { span.blank role="img" aria-label=(name.text) lang=[name.lang] {} };
    };
    let (alt, lang) = match media.alt.get(site.locale).trim() {
        "" => (&*name.text, name.lang),
        text => (text, lang(site, &media.alt)),
    };
    let (width, height) = match (media.width, media.height) {
        (0, _) | (_, 0) => (UNKNOWN_SIDE, UNKNOWN_SIDE),
        known => known,
    };
    let srcset = srcset(&media.renditions);
    html! {
        img src=(src.url) srcset=[&srcset] sizes=[srcset.as_ref().map(|_| slot.sizes)]
            width=(width) height=(height) alt=(alt) lang=[lang]
            loading=[(slot.priority == Priority::Lazy).then_some("lazy")]
            fetchpriority=[(slot.priority == Priority::First).then_some("high")];
    }
}

/// The address that a link preview shows. The machines that draw previews read no vector pictures.
pub(super) fn preview(media: &Media) -> Option<&str> {
    let vector = |url: &str| {
        url.split(['?', '#'])
            .next()
            .is_some_and(|path| path.ends_with(".svg"))
    };
    let largest = media.renditions.last().map(|rendition| &rendition.url);
    let address = media.preview.as_ref().or(largest)?;
    (!vector(address)).then_some(address)
}

fn fallback(media: &Media) -> Option<&MediaRendition> {
    media
        .renditions
        .iter()
        .find(|rendition| rendition.width >= FALLBACK_WIDTH)
        .or_else(|| media.renditions.last())
}

/// `None` where an address would be misread as two, or a width is not known.
fn srcset(renditions: &[MediaRendition]) -> Option<String> {
    let ambiguous = |url: &str| url.contains(char::is_whitespace) || url.ends_with(',');
    if renditions.is_empty() || renditions.iter().any(|r| ambiguous(&r.url) || r.width == 0) {
        return None;
    }
    let candidates: Vec<_> = renditions
        .iter()
        .map(|rendition| format!("{} {}w", rendition.url, rendition.width))
        .collect();
    Some(candidates.join(","))
}

#[cfg(test)]
mod tests {
    use souk_catalogue::Text;

    use super::*;
    use crate::sample;

    const SLOT: Slot = Slot {
        sizes: "50vw",
        priority: Priority::Lazy,
    };

    fn media(widths: &[u32]) -> Media {
        Media {
            alt: Text::new(""),
            width: 800,
            height: 600,
            renditions: widths
                .iter()
                .map(|&width| MediaRendition {
                    width,
                    url: format!("/media/{width}.webp"),
                })
                .collect(),
            preview: None,
        }
    }

    fn shown(media: Option<&Media>) -> String {
        picture(&sample::site(sample::EN), media, &Said::plain("Cup"), SLOT).into_string()
    }

    #[test]
    fn several_files_make_a_srcset() {
        let html = shown(Some(&media(&[320, 800])));
        assert!(html.contains(r#"srcset="/media/320.webp 320w,/media/800.webp 800w""#));
        assert!(html.contains(r#"src="/media/800.webp""#) && html.contains(r#"sizes="50vw""#));
        assert!(html.contains(r#"width="800" height="600" alt="Cup" loading="lazy""#));
    }

    #[test]
    fn one_file_is_its_own_srcset_and_no_file_is_drawn() {
        assert!(shown(Some(&media(&[800]))).contains("800w\""));
        for html in [shown(Some(&media(&[]))), shown(None)] {
            assert!(html.contains(r#"role="img" aria-label="Cup""#), "{html}");
        }
    }

    #[test]
    fn a_link_preview_is_never_a_vector_picture() {
        let photograph = media(&[320, 800]);
        assert_eq!(preview(&photograph), Some("/media/800.webp"));
        let mut drawing = media(&[800]);
        drawing.renditions[0].url = "/media/a.svg".to_owned();
        assert_eq!(preview(&drawing), None);
        drawing.preview = Some("/media/b.png".to_owned());
        assert_eq!(preview(&drawing), Some("/media/b.png"));
        drawing.preview = None;
        drawing.renditions[0].url = "https://img.example/a.svg?v=1".to_owned();
        assert_eq!(preview(&drawing), None);
    }

    #[test]
    fn unknown_dimensions_are_given_all_the_same() {
        let unknown = Media {
            width: 0,
            ..media(&[800])
        };
        assert!(shown(Some(&unknown)).contains(r#"width="1000" height="1000""#));
    }

    #[test]
    fn an_address_that_srcset_would_split_is_left_out_of_it() {
        let mut spaced = media(&[320, 800]);
        spaced.renditions[0].url = "/media/a b.webp".to_owned();
        assert!(!shown(Some(&spaced)).contains("srcset"));
    }
}
