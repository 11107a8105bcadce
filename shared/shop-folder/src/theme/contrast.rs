//! Contrast of the colours that stand on each other.

use super::keys::PAIRS;
use super::palette::Palette;
use crate::document::Node;
use crate::problem::Problem;

/// Adds an error for each pair whose contrast is too low.
pub(super) fn check(palette: &Palette<'_>, problems: &mut Vec<Problem>) {
    for &(front, back, ratio) in PAIRS {
        let (front_colour, front_node) = palette.find(front);
        let (back_colour, back_node) = palette.find(back);
        let contrast = front_colour.contrast(*back_colour);
        if contrast >= ratio {
            continue;
        }
        // Rounded down: 4.499 is not 4.5.
        let contrast = (contrast * 100.0).floor() / 100.0;
        let scheme = palette.name;
        let other = |name: &str, node: &Option<Node<'_>>, hex: String| match node {
            Some(_) => format!("{scheme}.{name} ({hex})"),
            None => format!("{scheme}.{name} ({hex}, the program's own)"),
        };
        let says = |hex: String, other: String, word: &str| {
            format!("{hex} {word} {other} has a contrast of {contrast}:1, and {ratio}:1 is needed")
        };
        // At least one of them stands in the file: the program's own pass.
        let (node, reason, nearest) = match (front_node, back_node) {
            (Some(node), _) => (
                node,
                says(
                    front_colour.hex(),
                    match back_node {
                        Some(_) => other(back, back_node, back_colour.hex()),
                        None => format!("{scheme}.{back} ({})", back_colour.hex()),
                    },
                    "on",
                ),
                front_colour.nearest_with_contrast(*back_colour, ratio),
            ),
            (None, Some(node)) => (
                node,
                says(
                    back_colour.hex(),
                    other(front, front_node, front_colour.hex()),
                    "below",
                ),
                back_colour.nearest_with_contrast(*front_colour, ratio),
            ),
            (None, None) => continue,
        };
        let instead = match nearest {
            Some(nearest) => format!("the nearest colour that passes is {}", nearest.hex()),
            None => format!("no colour passes there: change {scheme}.{back}"),
        };
        problems.push(node.error(reason, instead));
    }
}
