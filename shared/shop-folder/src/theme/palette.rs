//! The colours of light pages, or of dark ones.

use super::keys::COLOURS;
use crate::colour::{self, Colour};
use crate::document::Node;

/// The colours of one scheme.
pub(super) struct Palette<'a> {
    /// `light` or `dark`.
    pub(super) name: &'static str,
    /// In the order of [`COLOURS`], with the key where the file has it.
    pub(super) colours: Vec<(Colour, Option<Node<'a>>)>,
}

impl<'a> Palette<'a> {
    /// The colours of the table, those that it does not name from the program.
    pub(super) fn read(root: &Node<'a>, name: &'static str) -> Self {
        let table = root.get(name);
        let colours = COLOURS.iter().map(|key| {
            let own = match name {
                "dark" => key.dark,
                _ => key.light,
            };
            let own = colour::parse(own).expect("the program's own colours are colours");
            let node = table.as_ref().and_then(|table| table.get(key.name));
            let read = node.as_ref().and_then(|node| colour::parse(node.text()?));
            (read.unwrap_or(own), node)
        });
        Self {
            name,
            colours: colours.collect(),
        }
    }

    pub(super) fn find(&self, name: &str) -> &(Colour, Option<Node<'a>>) {
        let place = COLOURS.iter().position(|key| key.name == name);
        &self.colours[place.expect("pairs name colours that there are")]
    }

    pub(super) fn of(&self, name: &str) -> Colour {
        self.find(name).0
    }

    pub(super) fn declarations(&self) -> String {
        let colours = COLOURS.iter().zip(&self.colours);
        let lines =
            colours.map(|(key, (colour, _))| format!("--{}:{};", key.property, colour.hex()));
        lines.collect()
    }
}
