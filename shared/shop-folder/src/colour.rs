//! Colours: read as CSS writes them, and their contrast.

use color::{Oklch, OpaqueColor, Srgb};

/// A colour without transparency, of which every channel is what a screen shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colour(OpaqueColor<Srgb>);

/// Reads `#rgb`, `#rrggbb`, `oklch(…)`, and every other form of CSS Color 4; `None` for anything else
/// and for colours one can see through.
pub(crate) fn parse(text: &str) -> Option<Colour> {
    let read = color::parse_color(text.trim()).ok()?;
    let colour = read.to_alpha_color::<Srgb>();
    let [.., alpha] = colour.components;
    (alpha >= 1.0).then(|| Colour::shown(colour.discard_alpha()))
}

impl Colour {
    /// As a screen of eight bits for each channel shows it, so that what is checked is what is seen.
    fn shown(colour: OpaqueColor<Srgb>) -> Self {
        let shown = colour.to_rgba8();
        let [red, green, blue] = [shown.r, shown.g, shown.b].map(|one| f32::from(one) / 255.0);
        Self(OpaqueColor::new([red, green, blue]))
    }

    /// `#rrggbb`.
    pub(crate) fn hex(self) -> String {
        let shown = self.0.to_rgba8();
        format!("#{:02x}{:02x}{:02x}", shown.r, shown.g, shown.b)
    }

    /// The contrast of two colours, from 1 to 21. Source: WCAG 2.2, "contrast ratio".
    pub(crate) fn contrast(self, other: Colour) -> f32 {
        let [one, two] = [self, other].map(|colour| colour.0.relative_luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// The colour that is lighter or darker than this one by as little as possible and has the
    /// contrast to the other; `None` where neither white nor black has.
    pub(crate) fn nearest_with_contrast(self, other: Colour, ratio: f32) -> Option<Colour> {
        const STEPS: u16 = 1000;
        let [lightness, chroma, hue] = self.0.convert::<Oklch>().components;
        let with = |lightness: f32| {
            // Colours near white and black have little chroma that a screen can show.
            let chroma = chroma.min(lightness.min(1.0 - lightness) * 0.8);
            Colour::shown(OpaqueColor::<Oklch>::new([lightness, chroma, hue]).convert())
        };
        let steps = (1..=STEPS).flat_map(|step| {
            let by = f32::from(step) / f32::from(STEPS);
            [lightness - by, lightness + by]
        });
        steps
            .filter(|lightness| (0.0..=1.0).contains(lightness))
            .map(with)
            .find(|colour| colour.contrast(other) >= ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        parse(text).unwrap()
    }

    #[test]
    fn colours_are_read_as_css_writes_them() {
        assert_eq!(colour("#fff").hex(), "#ffffff");
        assert_eq!(colour("navy").hex(), "#000080");
        assert_eq!(colour("oklch(0.628 0.2577 29.23)").hex(), "#ff0000");
        for wrong in [
            "",
            "#12345",
            "#00000080",
            "nave",
            "rgb(0 0 0 / 50%)",
            "#fff;}",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((colour("#fff").contrast(colour("#000")) - 21.0).abs() < 0.01);
        // The grey that passes by least on white.
        assert!(colour("#767676").contrast(colour("#fff")) >= 4.5);
        assert!(colour("#777777").contrast(colour("#fff")) < 4.5);
    }

    #[test]
    fn the_nearest_colour_that_passes_is_found() {
        let white = colour("#fff");
        let found = colour("#777777").nearest_with_contrast(white, 4.5).unwrap();
        assert_eq!(found.hex(), "#767676");
        // On a dark ground it gets lighter.
        let dark = colour("#16131c");
        let found = colour("#4040a0").nearest_with_contrast(dark, 4.5).unwrap();
        assert!(found.contrast(dark) >= 4.5);
        assert!(found.0.relative_luminance() > colour("#4040a0").0.relative_luminance());
        // Between black and white nothing has more than some 4.6 to a middle grey.
        assert_eq!(
            colour("#fff").nearest_with_contrast(colour("#777"), 7.0),
            None
        );
    }
}
