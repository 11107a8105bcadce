//! Conditions on products as files have them. Publishing turns them into numbers of groups, so that the code that
//! prices a cart needs no collections and no labels.

use super::selector::{Named, Selector};
use super::{Reading, tables};
use crate::document::Node;
use crate::problem::suggestion;

impl Reading<'_> {
    /// A condition; names that do not exist are reported.
    pub(super) fn selector(&mut self, node: &Node<'_>) -> Selector {
        let mut list = |name: &str| {
            let nodes = tables(node, name);
            let mut named: Vec<_> = nodes.iter().filter_map(|one| self.named(one)).collect();
            named.sort();
            named.dedup();
            named
        };
        let (any, not) = (list("any"), list("not"));
        Selector { any, not }
    }

    fn named(&mut self, node: &Node<'_>) -> Option<Named> {
        let entries = node.entries();
        let [(kind, value)] = entries.as_slice() else {
            let reason = "this names not one thing";
            let instead = "write one of { collection = … }, { tag = … } and { sku = … }";
            self.problems.push(node.key_error(reason, instead));
            return None;
        };
        let name = value.text()?.to_owned();
        let (known, named) = match *kind {
            "collection" => (self.names.collections(), Named::Collection(name.clone())),
            "tag" => (self.names.tags(), Named::Tag(name.clone())),
            "sku" => (self.names.skus(), Named::Sku(name.clone())),
            // The shape has reported it.
            _ => return None,
        };
        if known.contains(name.as_str()) {
            return Some(named);
        }
        let reason = format!("there is no {kind} '{name}'");
        let instead = suggestion(&name, known.iter().copied());
        let problem = self.missing(value.error(reason, instead));
        self.problems.push(problem);
        None
    }

    /// The number of the group of products with a condition.
    pub(super) fn group(&mut self, selector: Selector) -> Option<u16> {
        let known = self.groups.iter().position(|group| *group == selector);
        let place = known.unwrap_or_else(|| {
            self.groups.push(selector);
            self.groups.len() - 1
        });
        u16::try_from(place).ok()
    }
}
