//! Drawings (SVG): measured, refused where they could run something, and drawn once as a PNG for
//! link previews, which show no vector pictures.
//!
//! A drawing with text or with pictures inside gets no preview: how text looks would depend on the
//! fonts of the machine that publishes, and a preview without it would be wrong.

use resvg::usvg::roxmltree::{Document, Node, ParsingOptions};
use resvg::{tiny_skia, usvg};

use super::inert;

/// Most elements and texts of a drawing: browsers of phones have to draw it.
const NODES_MAX: u32 = 200_000;

/// Width and height of a preview in pixels: what social networks advise for large cards.
pub(super) const PREVIEW_SIZE: (u32, u32) = (1200, 630);

/// The shop's light background, behind what is transparent.
const BACKGROUND: [u8; 3] = [0xff, 0xfd, 0xf9];

/// The drawing as a PNG of 1200 × 630 pixels, in the middle of a plain ground; `None` where it
/// cannot be drawn faithfully.
pub(super) fn preview(file: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(file).ok()?;
    if text.contains("<text") || text.contains("<image") {
        return None;
    }
    let tree = usvg::Tree::from_str(text, &usvg::Options::default()).ok()?;
    let (width, height) = PREVIEW_SIZE;
    let size = tree.size();
    let scale = (width as f32 / size.width()).min(height as f32 / size.height());
    // On a canvas of its own, so that nothing beyond the edges of the drawing is visible.
    let pixels = |length: f32, most: u32| ((length * scale).round() as u32).clamp(1, most);
    let (own_width, own_height) = (pixels(size.width(), width), pixels(size.height(), height));
    let mut canvas = tiny_skia::Pixmap::new(own_width, own_height)?;
    let scaled = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, scaled, &mut canvas.as_mut());
    let edge = canvas.pixel(0, own_height / 2);
    let [red, green, blue] = match edge.map(|pixel| pixel.demultiply()) {
        Some(edge) if edge.is_opaque() => [edge.red(), edge.green(), edge.blue()],
        Some(_) | None => BACKGROUND,
    };
    let mut ground = tiny_skia::Pixmap::new(width, height)?;
    ground.fill(tiny_skia::Color::from_rgba8(red, green, blue, u8::MAX));
    let left = i32::try_from((width - own_width) / 2).ok()?;
    let top = i32::try_from((height - own_height) / 2).ok()?;
    let paint = tiny_skia::PixmapPaint::default();
    let here = tiny_skia::Transform::identity();
    ground.draw_pixmap(left, top, canvas.as_ref(), &paint, here, None);
    ground.encode_png().ok()
}

/// Width and height of an SVG: its attributes, else its view box.
///
/// # Errors
/// When it is no SVG with a size, or more than a drawing.
pub(super) fn size(file: &[u8]) -> Result<(u32, u32), String> {
    let text = std::str::from_utf8(file).map_err(|_| "is no text in UTF-8".to_owned())?;
    let options = ParsingOptions {
        allow_dtd: true,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options);
    let document = document.map_err(|error| format!("is no SVG: {error}"))?;
    inert::check(&document)?;
    let root = document.root_element();
    if root.tag_name().name() != "svg" {
        return Err(format!("is no SVG, but <{}>", root.tag_name().name()));
    }
    size_of(&root).ok_or_else(|| "is an SVG without a size: give it width and height".to_owned())
}

fn size_of(root: &Node<'_, '_>) -> Option<(u32, u32)> {
    let pixels = |text: &str| {
        let number: f64 = text.trim().trim_end_matches("px").parse().ok()?;
        (1.0..=20_000.0)
            .contains(&number)
            .then_some(number.round() as u32)
    };
    if let (Some(width), Some(height)) = (root.attribute("width"), root.attribute("height")) {
        return Some((pixels(width)?, pixels(height)?));
    }
    let view_box = root.attribute("viewBox")?;
    let mut numbers = view_box.split([' ', ',']).filter(|part| !part.is_empty());
    Some((pixels(numbers.nth(2)?)?, pixels(numbers.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">
        <rect width="10" height="10" fill="#204060"/><circle cx="5" cy="5" r="2" fill="#f00"/>
        <circle cx="14" cy="5" r="3" fill="#f00"/></svg>"##;

    #[test]
    fn a_preview_shows_the_drawing_in_the_middle_of_its_own_ground() {
        let drawn = preview(SQUARE.as_bytes()).expect("a drawing");
        let picture = image::load_from_memory(&drawn).unwrap().to_rgba8();
        assert_eq!(picture.dimensions(), PREVIEW_SIZE);
        assert_eq!(picture.get_pixel(600, 315).0, [255, 0, 0, 255]);
        assert_eq!(picture.get_pixel(600, 100).0, [0x20, 0x40, 0x60, 255]);
        assert_eq!(picture.get_pixel(3, 3).0, [0x20, 0x40, 0x60, 255]);
        // Nothing beyond the view box is visible.
        assert_eq!(picture.get_pixel(1100, 315).0, [0x20, 0x40, 0x60, 255]);
        let holes = SQUARE.replace("<rect width=\"10\"", "<rect width=\"0\"");
        let drawn = preview(holes.as_bytes()).expect("a drawing");
        let picture = image::load_from_memory(&drawn).unwrap().to_rgba8();
        assert_eq!(picture.get_pixel(3, 3).0, [0xff, 0xfd, 0xf9, 255]);
    }

    #[test]
    fn what_cannot_be_drawn_faithfully_is_not_drawn() {
        let with = |part: &str| SQUARE.replace("</svg>", &format!("{part}</svg>"));
        for file in [
            with("<text>Sale</text>"),
            with("<image href=\"/etc/hostname\"/>"),
            "<svg>".to_owned(),
            "no picture".to_owned(),
        ] {
            assert_eq!(preview(file.as_bytes()), None, "{file}");
        }
    }

    #[test]
    fn an_svg_is_measured_by_its_attributes_or_its_view_box() {
        let cases = [
            ("<svg width=\"10\" height=\"20px\"/>", Some((10, 20))),
            (
                "<?xml version=\"1.0\"?><svg viewBox=\"0 0 30 40\"/>",
                Some((30, 40)),
            ),
            ("<svg viewBox='0,0,30,40'></svg>", Some((30, 40))),
            (
                "<!DOCTYPE svg [<!ENTITY w \"7\">]><svg width=\"&w;\" height=\"8\"/>",
                Some((7, 8)),
            ),
            ("<svg/>", None),
            ("<svg width=\"10\" height=\"20\">", None),
            ("<svg width=\"10\" height=\"20\"><script/></svg>", None),
            ("<html width=\"10\" height=\"20\"/>", None),
            ("no picture", None),
        ];
        for (text, expected) in cases {
            assert_eq!(size(text.as_bytes()).ok(), expected, "{text}");
        }
    }
}
