//! What levels 1 to 3 switch: set by the staff, in force at once, in the journal.

use souk_operations::{Ladder, Setting, Switch};
use souk_protocol::operations::{ChangeReply, LadderRung, OperationsChange};

use crate::support::{Memory, NOW_MS, Shop, level};

fn ladder(rungs: &[(u8, &str, &str)]) -> OperationsChange {
    let rungs = rungs.iter().map(|&(level, switch, state)| LadderRung {
        level,
        switch: switch.to_owned(),
        state: state.to_owned(),
    });
    OperationsChange::Ladder {
        rungs: rungs.collect(),
    }
}

#[test]
fn a_ladder_is_in_force_at_once_and_stands_in_the_journal() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    let rungs = |shop: &Shop<'_>| shop.standing("").ladder.len();
    assert_eq!(rungs(&shop), Ladder::default().rungs().len());
    shop.change(level(1));
    shop.change(ladder(&[(2, "filters", "off"), (1, "search", "static")]));
    let pulses = shop.edges.pulses.take();
    let of = |switch| {
        let pulses = pulses.iter();
        let states = pulses.map(move |pulse| pulse.state_of(switch, NOW_MS));
        states.collect::<Vec<_>>()
    };
    assert_eq!(of(Switch::Search), [Setting::On, Setting::Static]);
    assert_eq!(of(Switch::Insights), [Setting::Off, Setting::On]);
    assert_eq!(of(Switch::Filters), [Setting::On, Setting::On]);
    let record = store.records().pop().expect("a record");
    assert_eq!(
        record.what,
        "ladder 1 search static, 2 filters off: a crowd"
    );
    let effect = "recommendations on, search_counts on, insights on, search static";
    assert_eq!(record.effect, effect);
    let standing = shop.standing("").ladder;
    let first = (
        standing[0].level,
        standing[0].switch.as_str(),
        standing[0].state.as_str(),
    );
    assert_eq!((first, standing.len()), ((1, "search", "static"), 2));
    shop.change(ladder(&[]));
    assert_eq!(rungs(&shop), 0);
    let record = store.records().pop().expect("a record");
    assert_eq!(record.what, "empty ladder: a crowd");
}

#[test]
fn what_is_no_ladder_is_refused_with_the_reason() {
    let store = Memory::default();
    let shop = Shop::over(&store);
    for (asked, words) in [
        (ladder(&[(4, "filters", "off")]), "only levels 1 to 3"),
        (ladder(&[(9, "filters", "off")]), "from 0 to 5"),
        (ladder(&[(1, "checkout", "closed")]), "'checkout' cannot be"),
        (ladder(&[(1, "filter", "off")]), "no such switch"),
        (ladder(&[(1, "filters", "less")]), "a switch is one of"),
        (
            ladder(&[(1, "filters", "off"), (2, "filters", "reduced")]),
            "goes back",
        ),
    ] {
        let reply = shop.change(asked);
        let ChangeReply::Refused { reason } = reply else {
            panic!("{reply:?} and not '{words}'");
        };
        assert!(reason.contains(words), "{reason}");
    }
    assert_eq!(store.records().len(), 0);
}
