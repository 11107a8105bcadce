//! Patterns of postal codes: lists of shapes, as `cargo xtask addresses` makes them.
//!
//! Shapes are separated by `|`. In a shape `#` is a digit, `@` a letter, `*` either, `[…]` one of a
//! set, any other letter or digit itself; a blank or a hyphen is written and need not be typed.
//! A shape has one length, so comparing is one pass over it.

/// The code as the pattern writes it. `code` has digits and capital letters alone.
pub(crate) fn whole(pattern: &str, code: &str) -> Option<String> {
    if pattern.is_empty() {
        return None;
    }
    pattern.split('|').find_map(|shape| {
        let (written, rest) = shape_of(shape, code)?;
        rest.is_empty().then_some(written)
    })
}

/// Whether the code begins as the pattern says.
pub(crate) fn beginning(pattern: &str, code: &str) -> bool {
    let mut shapes = pattern.split('|');
    shapes.any(|shape| shape_of(shape, code).is_some())
}

/// What the shape writes for the beginning of the code, and the rest of the code.
fn shape_of<'a>(shape: &str, code: &'a str) -> Option<(String, &'a str)> {
    let mut written = String::new();
    let (mut shape, mut code) = (shape.chars(), code.chars());
    while let Some(item) = shape.next() {
        if item == ' ' || item == '-' {
            written.push(item);
            continue;
        }
        let c = code.next()?;
        let fits = match item {
            '#' => c.is_ascii_digit(),
            '@' => c.is_ascii_uppercase(),
            '*' => c.is_ascii_digit() || c.is_ascii_uppercase(),
            '[' => {
                let (set, rest) = shape.as_str().split_once(']')?;
                shape = rest.chars();
                has(set, c)
            }
            itself => c == itself,
        };
        if !fits {
            return None;
        }
        written.push(c);
    }
    Some((written, code.as_str()))
}

/// Whether a set such as `ABD-H` has the character.
fn has(set: &str, c: char) -> bool {
    let (set, c) = (set.as_bytes(), c as u32);
    set.iter().enumerate().any(|(place, &member)| match member {
        b'-' => {
            let edge = |at: usize| u32::from(set.get(at).copied().unwrap_or_default());
            (edge(place.wrapping_sub(1))..=edge(place + 1)).contains(&c)
        }
        member => u32::from(member) == c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_as_their_shape_says() {
        let cases = [
            ("#####-####|#####", "95014", Some("95014")),
            ("#####-####|#####", "950141234", Some("95014-1234")),
            ("#####-####|#####", "9501412", None),
            ("@# [ABD-H]*", "M1H7", Some("M1 H7")),
            ("@# [ABD-H]*", "M1C7", None),
            ("@# [ABD-H]*", "M1H77", None),
            ("LV-####", "LV1073", Some("LV-1073")),
            ("#", "-", None),
            ("[1-9]", "-", None),
            ("", "", None),
        ];
        for (pattern, code, written) in cases {
            assert_eq!(whole(pattern, code).as_deref(), written, "{pattern} {code}");
        }
    }

    #[test]
    fn a_beginning_may_go_on() {
        for (code, begins) in [("3512", true), ("3612", true), ("3", false), ("45", false)] {
            assert_eq!(beginning("3[56]|99", code), begins, "{code}");
        }
    }
}
