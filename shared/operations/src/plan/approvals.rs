//! Who has approved which plan. Approvals are of a hash: another content has none.

use minicbor::{Decode, Encode};

/// Plans whose approvals are kept, at most; the one that was approved longest ago goes.
const PLANS_MAX: usize = 8;
/// Names that are kept of one plan, at most; more than a plan can need.
const NAMES_MAX: usize = 16;

/// Approvals of plans, by their hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Approvals(#[n(0)] Vec<Approval>);

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Approval {
    #[n(0)]
    hash: String,
    #[n(1)]
    names: Vec<String>,
}

impl Approvals {
    /// Adds one; `false` where this person had approved it before.
    pub fn add(&mut self, hash: &str, name: &str) -> bool {
        let known = self.0.iter().position(|one| one.hash == hash);
        let mut approval = match known {
            Some(place) => self.0.remove(place),
            None => Approval {
                hash: hash.to_owned(),
                names: Vec::new(),
            },
        };
        let is_new = !approval.names.iter().any(|known| known == name);
        if is_new && approval.names.len() < NAMES_MAX {
            approval.names.push(name.to_owned());
        }
        self.0.push(approval);
        if self.0.len() > PLANS_MAX {
            self.0.remove(0);
        }
        is_new
    }

    /// The names of those who have approved a plan.
    pub fn of(&self, hash: &str) -> &[String] {
        let found = self.0.iter().find(|one| one.hash == hash);
        found.map_or(&[], |one| one.names.as_slice())
    }

    /// Each plan with the names, the one that was approved last at the end.
    pub fn all(&self) -> impl Iterator<Item = (&str, &[String])> {
        let all = self.0.iter();
        all.map(|one| (one.hash.as_str(), one.names.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_counts_once_and_only_for_what_was_approved() {
        let mut approvals = Approvals::default();
        assert!(approvals.add("a", "Ada"));
        assert!(!approvals.add("a", "Ada"));
        assert!(approvals.add("a", "Bea"));
        assert_eq!(approvals.of("a"), ["Ada", "Bea"]);
        assert_eq!(approvals.of("b"), [""; 0]);
    }

    #[test]
    fn the_approvals_of_the_last_plans_are_kept() {
        let mut approvals = Approvals::default();
        for number in 0..PLANS_MAX {
            approvals.add(&number.to_string(), "Ada");
        }
        // What is approved once more is no old one.
        approvals.add("0", "Bea");
        approvals.add("new", "Ada");
        assert_eq!(approvals.of("0").len(), 2);
        assert_eq!(approvals.of("1").len(), 0);
        assert_eq!(approvals.all().count(), PLANS_MAX);
    }
}
