//! What is possible and unwise in a sale with a waiting room.
//!
//! Not here: the rules of the room (`souk_room`).

use souk_catalogue::{Identity, Sale};

use super::file::Reading;
use crate::document::Node;

/// With fewer units in a session, a few shoppers with many tickets each have most of the first places.
const UNITS_FEW: u64 = 1_000;

impl Reading<'_> {
    /// Warns of what makes the room unfair or slow.
    pub(super) fn warn_of_room(&mut self, root: &Node<'_>, sale: &Sale) {
        if sale.room {
            self.warn_of_visitors(root, sale);
            self.warn_of_limits(root, sale);
        }
    }

    fn warn_of_visitors(&mut self, root: &Node<'_>, sale: &Sale) {
        let units = sale.items.iter().map(|item| u64::from(item.units));
        let units: u64 = units.sum();
        let Some(node) = root.get("identity") else {
            return;
        };
        // Anything that cannot stand there was reported, and is no choice.
        let is_chosen = node.text() == Some(Identity::Visitor.name());
        if is_chosen && units < UNITS_FEW {
            let reason = format!(
                "a visitor with many cookies has as many tickets, and so as many chances in the draw for \
                 {units} units"
            );
            let instead = "write \"email\", which gives an address one chance";
            self.problems.push(node.error(reason, instead).warning());
        }
    }

    /// The usher of the room knows one limit: units that a buyer may have of all items together.
    fn warn_of_limits(&mut self, root: &Node<'_>, sale: &Sale) {
        let limits = || sale.items.iter().map(|item| item.limit);
        let (Some(node), Some(least), Some(most)) =
            (root.get("items"), limits().min(), limits().max())
        else {
            return;
        };
        if least < most {
            let together = sale.limit();
            let reason = format!(
                "the limits of its items are {least} to {most}; the room counts with what one buyer may \
                 have of all of them together, {together}, and calls fewer shoppers at a time"
            );
            let instead = "give every item the same limit, or sell them in sales of their own";
            self.problems.push(node.error(reason, instead).warning());
        }
    }
}
