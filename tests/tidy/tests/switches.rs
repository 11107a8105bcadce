//! What `docs/peak.md` says of switches and levels is what the program does.

use std::collections::BTreeSet;

use souk_operations::{Ladder, Level, Setting, Switch, effect};
use souk_tidy::read;

const MANUAL: &str = "docs/peak.md";

/// The rows of the table of effects: switch, state, first level, effect.
fn rows() -> Vec<[String; 4]> {
    let manual = read(MANUAL);
    let table = manual
        .lines()
        .skip_while(|line| !line.starts_with("| switch | state |"));
    let lines = table.skip(2).take_while(|line| line.starts_with('|'));
    let mut switch = String::new();
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let cells: [&str; 4] = cells.try_into().expect("a row has four cells");
        if !cells[0].is_empty() {
            switch = cells[0].to_owned();
        }
        [&switch, cells[1], cells[2], cells[3]].map(str::to_owned)
    };
    lines.map(row).collect()
}

/// The first level at which a switch stands so.
fn first_level(switch: Switch, setting: Setting) -> String {
    let ladder = Ladder::default();
    let mut levels = (0..=Level::MAX).filter_map(Level::new);
    let first = levels.find(|&level| ladder.at(level).get(&switch) == Some(&setting));
    first.map_or("by hand".to_owned(), |level| level.number().to_string())
}

#[test]
fn the_manual_has_every_switch_with_its_level_and_its_effect() {
    let mut rows = rows();
    let protected = rows.pop().expect("the row of what is protected");
    let wanted = Switch::ALL.iter().flat_map(|&switch| {
        let row = move |&setting: &Setting| {
            let text = effect(switch, setting, "en").expect("an effect");
            let (name, state) = (switch.name(), setting.name());
            let first = first_level(switch, setting);
            [
                format!("`{name}`"),
                format!("`{state}`"),
                first,
                text.to_owned(),
            ]
        };
        switch.settings().iter().map(row)
    });
    let wanted: BTreeSet<_> = wanted.collect();
    let count = rows.len();
    let found: BTreeSet<_> = rows.into_iter().collect();
    assert_eq!((found.len(), &found), (count, &wanted));
    let names = Switch::ALL.iter().filter(|one| one.is_protected());
    let names: Vec<_> = names.map(|one| format!("`{}`", one.name())).collect();
    assert_eq!(protected[0], names.join(", "));
}
