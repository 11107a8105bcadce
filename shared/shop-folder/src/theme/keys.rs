//! The keys of `theme.toml`, and what the program shows without them.

use crate::format::Format;
use crate::shape::{Key, Shape, key};

const COLOUR: Shape = Shape::Line(Format::Colour);
const FONTS: Shape = Shape::Line(Format::Fonts);

/// The file.
pub(crate) static THEME_KEYS: &[Key] = &[
    key(
        "light",
        Shape::Table(LIGHT_KEYS),
        "Colours on light pages. Contrasts are checked by WCAG 2.2, level AA.",
        "",
    ),
    key(
        "dark",
        Shape::Table(DARK_KEYS),
        "Colours for shoppers whose device is set to dark. Without this table every shopper sees \
         the light ones.",
        "",
    ),
    key(
        "type",
        Shape::Table(TYPE_KEYS),
        "Fonts and their sizes.",
        "",
    ),
    key("shape", Shape::Table(SHAPE_KEYS), "Corners and spaces.", ""),
];

/// A colour: its key, the custom property of the stylesheet, and what the program shows on light and
/// on dark pages.
pub(super) struct ColourKey {
    pub(super) name: &'static str,
    pub(super) property: &'static str,
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
}

macro_rules! colours {
    ($($name:literal $property:literal $light:literal $dark:literal $says:literal;)*) => {
        /// In the order of the stylesheet.
        pub(super) const COLOURS: &[ColourKey] = &[$(ColourKey {
            name: $name,
            property: $property,
            light: $light,
            dark: $dark,
        },)*];
        static LIGHT_KEYS: &[Key] = &[$(key($name, COLOUR, $says, concat!("\"", $light, "\"")),)*];
        static DARK_KEYS: &[Key] = &[$(key($name, COLOUR, $says, concat!("\"", $dark, "\"")),)*];
    };
}

colours! {
    "background" "ground" "#fffdf9" "#16131c" "The page.";
    "raised" "raised" "#ffffff" "#1e1a26" "Fields and boxes on the page.";
    "surface" "sand" "#f6efe4" "#221d2b" "Areas that are set off: the footer, the order summary.";
    "line" "line" "#e2d6c5" "#3a3346" "Lines that only divide.";
    "border" "edge" "#8a7c6c" "#8d8399" "Borders of fields and buttons.";
    "text" "ink" "#211915" "#f5eff2" "Text.";
    "quiet_text" "muted" "#66594c" "#b8adbd" "Text that matters less.";
    "brand" "brand" "#2b37b3" "#b3baff" "Buttons, links and what is chosen.";
    "brand_hover" "brand-deep" "#1e2788" "#d3d7ff" "Buttons below the pointer.";
    "on_brand" "on-brand" "#ffffff" "#14163d" "Text on buttons.";
    "accent" "saffron" "#f4b02a" "#f4b02a" "Decoration: underlines and bars.";
    "warning" "rose" "#b3203f" "#ff9aae" "Errors and reduced prices.";
    "positive" "green" "#17683c" "#86dba8" "What is in stock and what went well.";
    "awning" "awning" "#2b37b3" "#3d49c4" "The awning below the header.";
    "awning_second" "awning-2" "#f4b02a" "#d9981a" "Every other field of the awning.";
}

/// Two colours that stand on each other, and the contrast that they need: 4.5 for text, 3 for
/// large text and for what has to be seen to use a page. Source: WCAG 2.2, 1.4.3 and 1.4.11.
pub(super) const PAIRS: &[(&str, &str, f32)] = &[
    ("text", "background", 4.5),
    ("text", "raised", 4.5),
    ("text", "surface", 4.5),
    ("quiet_text", "background", 4.5),
    ("quiet_text", "raised", 4.5),
    ("quiet_text", "surface", 4.5),
    ("on_brand", "brand", 4.5),
    ("on_brand", "brand_hover", 4.5),
    ("brand", "background", 4.5),
    ("brand", "raised", 4.5),
    ("brand", "surface", 3.0),
    ("brand_hover", "background", 3.0),
    ("warning", "background", 4.5),
    ("warning", "raised", 4.5),
    ("warning", "surface", 4.5),
    ("positive", "background", 4.5),
    ("positive", "surface", 4.5),
    ("border", "background", 3.0),
    ("border", "raised", 3.0),
    ("border", "surface", 3.0),
];

static TYPE_KEYS: &[Key] = &[
    key(
        "text",
        FONTS,
        "Fonts of texts, the first that a device has. Fonts are not loaded from anywhere.",
        "\"system-ui, 'Segoe UI', Roboto, sans-serif\"",
    ),
    key(
        "headings",
        FONTS,
        "Fonts of headings and of the name in the header.",
        "\"'Iowan Old Style', Palatino, Georgia, serif\"",
    ),
    key(
        "size",
        Shape::Integer(14, 22),
        "Height of texts, in pixels.",
        "16",
    ),
    key(
        "scale",
        Shape::Number(1.1, 1.5),
        "How much larger each level of headings is than the one below it, on a wide screen.",
        "1.45",
    ),
];

pub(super) const DENSITIES: &[&str] = &["compact", "comfortable", "spacious"];

static SHAPE_KEYS: &[Key] = &[
    key(
        "corner_radius",
        Shape::Integer(0, 32),
        "Radius of corners, in pixels.",
        "14",
    ),
    key(
        "buttons",
        Shape::Choice(&["round", "corners"]),
        "Whether the ends of buttons are round, or have the corners of everything else.",
        "\"round\"",
    ),
    key(
        "pictures",
        Shape::Choice(&["arches", "frames"]),
        "Whether pictures of collections stand in arches or in frames.",
        "\"arches\"",
    ),
    key(
        "header",
        Shape::Choice(&["awning", "line"]),
        "What is below the header: an awning or a line.",
        "\"awning\"",
    ),
    key(
        "density",
        Shape::Choice(DENSITIES),
        "How much room there is between things.",
        "\"comfortable\"",
    ),
];
