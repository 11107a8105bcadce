//! Drawings (SVG): measured, and refused where they could run something.

/// Width and height of an SVG: its attributes, else its view box. `None` for one with scripts and
/// for what is no SVG with a size.
pub(super) fn size(file: &[u8]) -> Option<(u32, u32)> {
    let text = std::str::from_utf8(file).ok()?;
    let head = &text[text.find("<svg")?..];
    let head = &head[..head.find('>')?];
    let lower = text.to_ascii_lowercase();
    if lower.contains("<script")
        || lower.contains("javascript:")
        || lower.contains("<foreignobject")
    {
        return None;
    }
    let attribute = |name: &str| {
        let start = head.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(&head[start..start + head[start..].find('"')?])
    };
    let pixels = |text: &str| {
        let number: f64 = text.trim_end_matches("px").parse().ok()?;
        (1.0..=20_000.0)
            .contains(&number)
            .then_some(number.round() as u32)
    };
    if let (Some(width), Some(height)) = (attribute("width"), attribute("height")) {
        return Some((pixels(width)?, pixels(height)?));
    }
    let mut numbers = attribute("viewBox")?
        .split([' ', ','])
        .filter(|part| !part.is_empty());
    Some((pixels(numbers.nth(2)?)?, pixels(numbers.next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_svg_is_measured_by_its_attributes_or_its_view_box() {
        let cases = [
            ("<svg width=\"10\" height=\"20px\">", Some((10, 20))),
            ("<?xml?><svg viewBox=\"0 0 30 40\"/>", Some((30, 40))),
            ("<svg viewBox=\"0,0,30,40\">", Some((30, 40))),
            ("<svg>", None),
            ("<svg width=\"10\" height=\"20\"><script>", None),
            ("no picture", None),
        ];
        for (text, expected) in cases {
            assert_eq!(size(text.as_bytes()), expected, "{text}");
        }
    }
}
