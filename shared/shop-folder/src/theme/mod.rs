//! `theme.toml`: colours, fonts, corners and spaces as custom properties of the stylesheet.
//!
//! Invariants: the CSS sets custom properties of `:root` and nothing else, and no text of the file
//! gets into it unchecked. Colours that stand on each other have the contrast of WCAG 2.2, level
//! AA, on light pages and on dark ones, also those that the file leaves to the program.

mod contrast;
mod keys;
mod palette;

use souk_shop::{Theme, ThemeBlob};

use keys::DENSITIES;
pub(crate) use keys::THEME_KEYS;
use palette::Palette;

use crate::document::{Document, Node};
use crate::problem::Problem;
use crate::shape::{Shape, check};

/// The name of the file in the folder.
pub const THEME_FILE: &str = "theme.toml";

/// Of the viewport, in rem, between which sizes grow: 320 and 1280 pixels.
const NARROW: f64 = 20.0;
const WIDE: f64 = 80.0;

/// Reads the file. What comes back has to be used only where no error was added.
pub fn read(text: &str, problems: &mut Vec<Problem>) -> (Theme, ThemeBlob) {
    let document = Document::parse(THEME_FILE, text, problems);
    let root = document.root();
    check(&root, &Shape::Table(THEME_KEYS), problems);
    let light = Palette::read(&root, "light");
    let dark = root.get("dark").map(|_| Palette::read(&root, "dark"));
    for palette in [Some(&light), dark.as_ref()].into_iter().flatten() {
        contrast::check(palette, problems);
    }
    let own = [declarations(&root), light.declarations()].concat();
    let header = root.get("shape").and_then(|shape| shape.get("header"));
    // A line has one colour.
    let line = match header.and_then(|node| node.text()) {
        Some("line") => "--awning:var(--line);--awning-2:var(--line);",
        _ => "",
    };
    let mut css = format!(
        ":root:root{{color-scheme:{};{own}{line}}}",
        match dark {
            Some(_) => "light dark",
            None => "light",
        }
    );
    // The program has dark colours of its own, so a shop without any has to say the light ones twice.
    let on_dark = dark.as_ref().unwrap_or(&light).declarations();
    css.push_str(&format!(
        "@media (prefers-color-scheme:dark){{:root:root{{{on_dark}{line}}}}}"
    ));
    let theme = Theme {
        stylesheet: None,
        light: light.of("background").hex(),
        dark: dark.map_or_else(String::new, |dark| dark.of("background").hex()),
    };
    (theme, ThemeBlob { css })
}

/// Custom properties that are the same in every scheme; those that the file does not name are left
/// to the program.
fn declarations(root: &Node<'_>) -> String {
    let get = |table: &str, name: &str| root.get(table).and_then(|table| table.get(name));
    let text = |table: &str, name: &str| get(table, name).and_then(|node| node.text());
    let number = |table: &str, name: &str| get(table, name).and_then(|node| node.number());
    let mut css = String::new();
    let mut set = |name: &str, value: &str| css.push_str(&format!("--{name}:{value};"));
    if let Some(fonts) = text("type", "text") {
        set("sans", &with_chinese(fonts));
    }
    if let Some(fonts) = text("type", "headings") {
        let fonts = with_chinese(fonts);
        set("mark", &fonts);
        set("display", &fonts);
    }
    let (size, scale) = (number("type", "size"), number("type", "scale"));
    if size.is_some() || scale.is_some() {
        for (step, value) in steps(size.unwrap_or(16.0), scale.unwrap_or(1.45)) {
            set(&format!("step-{step}"), &value);
        }
    }
    if let Some(pixels) = number("shape", "corner_radius") {
        set("radius", &rem(pixels / 16.0));
        set("radius-small", &rem(pixels * 0.7 / 16.0));
    }
    match text("shape", "buttons") {
        Some("corners") => set("pill", "var(--radius-small)"),
        Some("round") => set("pill", "99rem"),
        _ => {}
    }
    match text("shape", "pictures") {
        Some("frames") => set("arch", "var(--radius)"),
        Some("arches") => set("arch", "99rem"),
        _ => {}
    }
    match text("shape", "header") {
        Some("line") => set("awning-height", "1px"),
        Some("awning") => set("awning-height", "2rem"),
        _ => {}
    }
    let density = text("shape", "density");
    if let Some(place) = DENSITIES.iter().position(|one| Some(*one) == density) {
        let (gap, space, control) = [
            ((0.75, 1.25), (2.0, 3.5), 2.75),
            ((1.0, 2.0), (2.75, 5.5), 3.25),
            ((1.25, 2.75), (3.5, 7.0), 3.5),
        ][place];
        set("gap", &fluid(gap.0, gap.1));
        set("space", &fluid(space.0, space.1));
        set("control", &rem(control));
    }
    css
}

/// The sizes of texts and of four levels above them. On a narrow screen a level grows by little more
/// than half as much.
fn steps(size: f64, scale: f64) -> [(usize, String); 5] {
    let narrow = 1.0 + (scale - 1.0) * 0.55;
    let size = size / 16.0;
    let levels = [0.0, 0.75, 2.0, 3.0, 4.0];
    let step = |place: usize| {
        let level: f64 = levels[place];
        (
            place,
            fluid(size * narrow.powf(level), size * scale.powf(level)),
        )
    };
    [step(0), step(1), step(2), step(3), step(4)]
}

/// A length that grows with the screen.
fn fluid(narrow: f64, wide: f64) -> String {
    if (wide - narrow).abs() < 0.001 {
        return rem(narrow);
    }
    let slope = (wide - narrow) / (WIDE - NARROW);
    let middle = format!(
        "{} + {}vw",
        rem(narrow - slope * NARROW),
        short(slope * 100.0)
    );
    format!("clamp({}, {middle}, {})", rem(narrow), rem(wide))
}

fn rem(length: f64) -> String {
    format!("{}rem", short(length))
}

/// Up to four decimals, without zeros at the end.
fn short(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Chinese fonts before the generic one at the end, so that a device takes its best ones.
fn with_chinese(fonts: &str) -> String {
    match fonts.rsplit_once(',') {
        Some((named, generic)) => format!("{}, var(--zh), {}", named.trim(), generic.trim()),
        None => format!("{}, var(--zh)", fonts.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::keys::COLOURS;
    use super::*;
    use crate::colour;

    /// The program's own stylesheet, which stands beside this crate.
    const STYLESHEET: &str = include_str!("../../../pages/assets/shop.css");

    fn problems(text: &str) -> Vec<String> {
        let mut problems = Vec::new();
        read(text, &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_colours_of_the_program_are_those_of_its_stylesheet_and_have_their_contrasts() {
        assert_eq!(problems("[dark]\n"), [""; 0]);
        let (light, dark) = STYLESHEET
            .split_once("prefers-color-scheme: dark")
            .expect("it has dark colours");
        for key in COLOURS {
            let value = |css: &str| {
                let (_, rest) = css.split_once(&format!("--{}: ", key.property))?;
                colour::parse(rest.split(';').next()?)
            };
            assert_eq!(value(light), colour::parse(key.light), "{}", key.name);
            // One that is the same on dark pages does not stand there again.
            let on_dark = value(dark).or(value(light));
            assert_eq!(on_dark, colour::parse(key.dark), "{}", key.name);
        }
    }

    #[test]
    fn every_property_that_a_theme_sets_is_used() {
        let text = "[type]\ntext = \"Arial, sans-serif\"\nheadings = \"Georgia\"\nsize = 17\n\
                    scale = 1.3\n[shape]\ncorner_radius = 4\nbuttons = \"corners\"\n\
                    pictures = \"frames\"\nheader = \"line\"\ndensity = \"compact\"\n";
        assert_eq!(problems(text), [""; 0]);
        let (theme, blob) = read(text, &mut Vec::new());
        let set: Vec<_> = blob.css.split("--").skip(1).collect();
        assert!(set.len() > 40, "{}", blob.css);
        for one in set {
            let name = one.split([':', ')']).next().unwrap();
            let used = format!("var(--{name})");
            assert!(STYLESHEET.contains(&used), "{used}: {}", blob.css);
        }
        assert!(
            blob.css.starts_with(":root:root{color-scheme:light;"),
            "{}",
            blob.css
        );
        assert_eq!((theme.light.as_str(), theme.dark.as_str()), ("#fffdf9", ""));
    }

    #[test]
    fn a_contrast_that_is_too_low_names_both_keys_the_ratio_and_a_colour_that_passes() {
        let found = problems("[light]\nquiet_text = \"#a0a0a0\"\n");
        assert_eq!(found.len(), 3, "{found:?}");
        let start = "theme.toml:2:14: light.quiet_text: #a0a0a0 on light.background (#fffdf9) has a \
                     contrast of 2.57:1, and 4.5:1 is needed; the nearest colour that passes is #";
        assert!(found[0].starts_with(start), "{found:?}");
        // It passes.
        let nearest = found[2].rsplit(' ').next().unwrap();
        assert_eq!(
            problems(&format!("[light]\nquiet_text = \"{nearest}\"\n")),
            [""; 0]
        );
    }

    #[test]
    fn nothing_but_colours_and_fonts_gets_into_the_stylesheet() {
        for wrong in [
            "[light]\ntext = \"#000;} body{display:none\"",
            "[light]\ntext = \"url(https://evil.example)\"",
            "[type]\ntext = \"x; } * { display: none\"",
            "[shape]\ncorner_radius = 99",
            "[shape]\nradius = 9",
        ] {
            assert_eq!(problems(wrong).len(), 1, "{wrong}: {:?}", problems(wrong));
        }
    }
}
