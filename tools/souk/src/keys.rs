//! `souk keys`: which data keys the stored orders need, and sealing everything with the newest one.
//!
//! The origin does it, in steps; this program requests one after the other, and may be killed and run
//! again at any moment. It never sees a key, only names.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, ensure};
use clap::{Args, Subcommand};
use souk_machine::Progress;
use souk_protocol::origin::{WALK_ORDERS_MAX, WalkSealed, WalkedSealed};
use souk_protocol::staff;

use crate::client::StaffClient;
use crate::shop::ShopArgs;

/// Numbers of orders that are printed.
const LINES_MAX: usize = 20;

/// Arguments of `souk keys`.
#[derive(Args)]
pub(crate) struct KeysArgs {
    #[command(flatten)]
    shop: ShopArgs,
    #[command(subcommand)]
    task: Option<KeysTask>,
}

#[derive(Subcommand)]
enum KeysTask {
    /// Looks at every order and says which keys they need.
    Status,
    /// Seals what an older key has sealed, or what lies open, with the newest key, and says which keys
    /// can go.
    Rewrap,
}

/// What a whole walk came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Walk {
    keys: Vec<String>,
    orders: u64,
    needs: BTreeMap<String, u64>,
    open: u64,
    rewrapped: u64,
    unopened: Vec<String>,
}

/// Runs the subcommand.
///
/// # Errors
/// When the shop does not answer, and when orders are left that no key opens.
pub(crate) fn run(args: &KeysArgs) -> Result<()> {
    let client = args.shop.client()?;
    let rewrap = matches!(args.task, Some(KeysTask::Rewrap));
    let mut walk = walk(&client, rewrap)?;
    if rewrap {
        println!("{} orders are sealed anew", walk.rewrapped);
        // What was placed or changed behind the walk shows in a second look.
        walk = self::walk(&client, false)?;
    }
    print!("{}", shown(&walk));
    ensure!(
        !rewrap || walk.unopened.is_empty() && needs_others(&walk).next().is_none(),
        "orders are left that the newest key does not open: see above"
    );
    Ok(())
}

fn walk(client: &StaffClient, rewrap: bool) -> Result<Walk> {
    let mut progress = Progress::start("Walking over the orders");
    let (mut walk, mut after) = (Walk::default(), String::new());
    loop {
        let asked = WalkSealed {
            after,
            limit: WALK_ORDERS_MAX,
            rewrap,
        };
        let step = client.post(staff::WALK_SEALED, &asked)?;
        let next = step.after.clone();
        walk.add(step);
        progress.tick(&format!("{} orders", walk.orders));
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    progress.finish("done");
    Ok(walk)
}

impl Walk {
    fn add(&mut self, step: WalkedSealed) {
        self.keys = step.keys;
        self.orders += u64::from(step.orders);
        self.open += u64::from(step.open);
        self.rewrapped += u64::from(step.rewrapped);
        self.unopened.extend(step.unopened);
        for (key, count) in step.needs {
            *self.needs.entry(key).or_default() += u64::from(count);
        }
    }
}

/// Keys besides the newest that orders need.
fn needs_others(walk: &Walk) -> impl Iterator<Item = (&String, &u64)> {
    let newest = walk.keys.first();
    walk.needs
        .iter()
        .filter(move |(key, _)| Some(*key) != newest)
}

fn shown(walk: &Walk) -> String {
    let mut text = format!("{} orders\n", walk.orders);
    let Some((newest, older)) = walk.keys.split_first() else {
        writeln!(
            text,
            "the shop has no data keys: names and addresses lie open in its stores"
        )
        .expect("a String takes all text");
        return text;
    };
    writeln!(text, "the key {newest} seals").expect("a String takes all text");
    for key in older {
        match walk.needs.get(key) {
            Some(count) => writeln!(text, "the key {key} is needed by {count} orders"),
            None => writeln!(
                text,
                "the key {key} can go: nothing needs it. Take it out of DATA_KEYS (data_keys) once \
                 every instance has the key {newest}"
            ),
        }
        .expect("a String takes all text");
    }
    for (key, count) in needs_others(walk).filter(|(key, _)| !older.contains(key)) {
        writeln!(
            text,
            "the key {key} is needed by {count} orders, and the shop does not have it"
        )
        .expect("a String takes all text");
    }
    if walk.open > 0 {
        let open = walk.open;
        writeln!(
            text,
            "{open} orders have something open: `souk keys rewrap` seals it"
        )
        .expect("a String takes all text");
    }
    for order in walk.unopened.iter().take(LINES_MAX) {
        writeln!(text, "- order {order} is opened by no key of the shop")
            .expect("a String takes all text");
    }
    if walk.unopened.len() > LINES_MAX {
        let more = walk.unopened.len() - LINES_MAX;
        writeln!(text, "  … and {more} more").expect("a String takes all text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk_with(keys: &[&str], needs: &[(&str, u64)], open: u64) -> Walk {
        Walk {
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
            orders: 9,
            needs: needs.iter().map(|&(key, n)| (key.to_owned(), n)).collect(),
            open,
            ..Walk::default()
        }
    }

    #[test]
    fn a_key_can_go_when_nothing_needs_it_and_not_before() {
        let before = walk_with(&["b", "a"], &[("a", 4), ("b", 5)], 0);
        let text = shown(&before);
        assert!(text.contains("the key a is needed by 4 orders"), "{text}");
        assert!(!text.contains("can go"), "{text}");
        assert_eq!(needs_others(&before).count(), 1);
        let after = walk_with(&["b", "a"], &[("b", 9)], 0);
        let text = shown(&after);
        assert!(text.contains("the key a can go"), "{text}");
        assert_eq!(needs_others(&after).count(), 0);
    }

    #[test]
    fn a_key_that_is_missing_and_what_lies_open_are_named() {
        let text = shown(&walk_with(&["b"], &[("a", 2), ("b", 7)], 3));
        assert!(text.contains("a is needed by 2 orders, and the shop does not have it"));
        assert!(text.contains("3 orders have something open"), "{text}");
        let none = shown(&walk_with(&[], &[], 9));
        assert!(none.contains("no data keys"), "{none}");
    }
}
