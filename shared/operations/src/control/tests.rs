//! Changes, one after the other, and what the journal says of them.

use super::*;
use crate::applied::REPORTED_MS;
use crate::journal::verify;
use crate::ladder::Rung;
use crate::sale::SaleSecret;

pub(super) fn level(number: u8) -> Command {
    Command::Level {
        level: Level::new(number).unwrap(),
        until_ms: None,
    }
}

pub(super) fn set(switch: Switch, setting: Setting, until_ms: i64) -> Command {
    Command::Set(Manual {
        switch,
        setting,
        until_ms,
    })
}

pub(super) fn sale(id: &str, numbers: &[u32]) -> Sale {
    let session = |&number: &u32| Session {
        number,
        gathers_at_ms: i64::from(number) * 1_000,
        opens_at_ms: i64::from(number) * 1_000 + 500,
        closes_at_ms: i64::from(number) * 1_000 + 1_000,
    };
    Sale {
        id: id.to_owned(),
        sessions: numbers.iter().map(session).collect(),
        control: Control::Running,
        skus: vec![format!("sale:{id}:TEA")],
        limit: 1,
        overbook_permille: 1_000,
        buy_within_ms: 300_000,
        secret: SaleSecret([9; 32]),
        is_paused_by_plan: false,
    }
}

/// A shop's evening: each change is stored, its records are kept.
#[derive(Default)]
pub(super) struct Evening {
    pub(super) state: Operations,
    pub(super) journal: String,
}

impl Evening {
    pub(super) fn store(&mut self, change: Change) -> Record {
        self.keep(change.next, std::slice::from_ref(&change.record));
        change.record
    }

    pub(super) fn keep(&mut self, next: Operations, records: &[Record]) {
        let blob = minicbor::to_vec(&next).unwrap();
        self.state = minicbor::decode(&blob).unwrap();
        assert_eq!(self.state, next);
        for record in records {
            self.journal += &serde_json::to_string(record).unwrap();
            self.journal += "\n";
        }
    }

    pub(super) fn change(&mut self, command: Command, now_ms: i64) -> Record {
        let change = self.state.change(command, "Ada", "", now_ms);
        self.store(change.unwrap())
    }

    pub(super) fn refused(&self, command: Command, now_ms: i64) -> Refused {
        self.state.change(command, "Ada", "", now_ms).unwrap_err()
    }

    pub(super) fn state_of(&self, switch: Switch, now_ms: i64) -> Setting {
        let pulse = self.state.clone().next_pulse(Vec::new(), now_ms);
        pulse.state_of(switch, now_ms)
    }
}

#[test]
fn every_change_says_what_it_did_and_the_journal_holds_together() {
    let mut evening = Evening::default();
    let record = evening.change(level(1), 5);
    assert_eq!(record.what, "level 1");
    let effect = "recommendations reduced, search_counts off, insights off";
    assert_eq!(record.effect, effect);
    let change = evening
        .state
        .change(level(0), "Ada", "it is calm", 6)
        .unwrap();
    let record = evening.store(change);
    assert_eq!(record.what, "level 0: it is calm");
    assert_eq!(
        record.effect,
        "recommendations on, search_counts on, insights on"
    );
    let record = evening.change(Command::Limits(Vec::new()), 7);
    assert_eq!(record.effect, "none");
    let head = evening.state.journal().head();
    let verified = verify(&evening.journal, Some(head)).unwrap();
    assert_eq!(verified.records, 3);
}

#[test]
fn what_the_staff_set_wins_and_ends_with_a_record() {
    let mut evening = Evening::default();
    evening.change(level(5), 0);
    evening.change(set(Switch::Search, Setting::On, 100), 1);
    assert_eq!(evening.state_of(Switch::Search, 50), Setting::On);
    assert_eq!(evening.state.end_due(99), None);
    // An edge ends it by itself; here it gets its record.
    assert_eq!(evening.state_of(Switch::Search, 100), Setting::Closed);
    let change = evening.state.end_due(100).unwrap();
    let record = evening.store(change);
    assert_eq!(
        (record.who.as_str(), record.what.as_str()),
        (CLOCK, "end of search on")
    );
    assert_eq!(record.effect, "search closed");
    assert_eq!(evening.state.end_due(100), None);
    assert!(evening.state.manual().is_empty());
}

#[test]
fn a_setting_is_replaced_and_taken_back() {
    let mut evening = Evening::default();
    evening.change(set(Switch::Filters, Setting::Off, 100), 1);
    evening.change(set(Switch::Filters, Setting::Reduced, 50), 2);
    assert_eq!(evening.state_of(Switch::Filters, 3), Setting::Reduced);
    let record = evening.change(Command::Unset(Switch::Filters), 4);
    assert_eq!(record.effect, "filters on");
}

#[test]
fn a_level_with_an_end_goes_back() {
    let mut evening = Evening::default();
    let command = Command::Level {
        level: Level::new(3).unwrap(),
        until_ms: Some(100),
    };
    evening.change(command, 0);
    assert_eq!(evening.state.end_due(99), None);
    let change = evening.state.end_due(100).unwrap();
    evening.store(change);
    assert_eq!(evening.state.level(), Level::default());
}

#[test]
fn what_cannot_be_is_refused() {
    let evening = Evening::default();
    for (switch, setting) in [
        (Switch::Checkout, Setting::Closed),
        (Switch::Checkout, Setting::On),
        (Switch::Suggestions, Setting::Reduced),
    ] {
        let impossible = Refused::Impossible { switch, setting };
        assert_eq!(evening.refused(set(switch, setting, 10), 0), impossible);
    }
    for until_ms in [-1, 0, MANUAL_MS_MAX + 1] {
        let command = set(Switch::Filters, Setting::Off, until_ms);
        assert_eq!(evening.refused(command, 0), Refused::Ends);
        let command = Command::Level {
            level: Level::default(),
            until_ms: Some(until_ms),
        };
        assert_eq!(evening.refused(command, 0), Refused::Ends);
    }
}

#[test]
fn a_measured_ladder_replaces_the_assumed_one() {
    let mut evening = Evening::default();
    let rung = Rung {
        level: Level::new(1).unwrap(),
        switch: Switch::Filters,
        setting: Setting::Off,
    };
    let ladder = Ladder::new(vec![rung]).unwrap();
    let record = evening.change(Command::Ladder(ladder), 0);
    assert_eq!(record.what, "ladder 1 filters off");
    evening.change(level(1), 1);
    assert_eq!(evening.state_of(Switch::Filters, 2), Setting::Off);
    assert_eq!(evening.state_of(Switch::Insights, 2), Setting::On);
}

#[test]
fn a_sale_can_be_moved_until_it_gathers_and_closes_for_good() {
    let mut evening = Evening::default();
    evening.change(Command::Schedule(sale("drop", &[1, 2])), 0);
    evening.change(Command::Schedule(sale("drop", &[3, 5])), 999);
    let begun = Refused::SaleBegun("drop".to_owned());
    let again = Command::Schedule(sale("drop", &[7]));
    assert_eq!(evening.refused(again, 3_000), begun);
    // A session that is still to come may move, and the secret of the draws stays.
    let later = Sale {
        secret: SaleSecret([8; 32]),
        limit: 2,
        ..sale("drop", &[3, 6])
    };
    evening.change(Command::Schedule(later), 3_000);
    let kept = &evening.state.sales()[0];
    assert_eq!((kept.limit, &kept.secret), (2, &SaleSecret([9; 32])));
    let control = |control| Command::Control {
        sale: "drop".to_owned(),
        control,
    };
    let record = evening.change(control(Control::Paused), 3_000);
    assert_eq!(record.what, "pause sale drop");
    evening.change(control(Control::Running), 3_100);
    evening.change(control(Control::Closed), 3_200);
    let closed = Refused::SaleClosed("drop".to_owned());
    assert_eq!(evening.refused(control(Control::Running), 3_300), closed);
    let again = Command::Schedule(sale("drop", &[3, 6]));
    assert_eq!(evening.refused(again, 3_300), closed);
    let unknown = Command::Control {
        sale: "other".to_owned(),
        control: Control::Paused,
    };
    let no_sale = Refused::UnknownSale("other".to_owned());
    assert_eq!(evening.refused(unknown, 3_300), no_sale);
}

#[test]
fn sessions_have_numbers_of_their_own_and_do_not_overlap() {
    let mut evening = Evening::default();
    evening.change(Command::Schedule(sale("drop", &[1, 2])), 0);
    let mut overlapping = sale("other", &[5, 6]);
    overlapping.sessions[1].gathers_at_ms -= 1;
    for wrong in [sale("other", &[]), sale("other", &[2]), overlapping] {
        let refused = Refused::Sessions("other".to_owned());
        assert_eq!(evening.refused(Command::Schedule(wrong), 0), refused);
    }
    let sale = &evening.state.sales()[0];
    let number = |now_ms| sale.session_at(now_ms).map(|session| session.number);
    let numbers = [0, 1_999, 2_000, 9_999].map(number);
    assert_eq!(numbers, [Some(1), Some(1), Some(2), Some(2)]);
}

#[test]
fn each_pulse_has_a_stamp_of_its_own() {
    let mut state = Operations::default();
    let first = state.next_pulse(Vec::new(), 1);
    let second = state.next_pulse(Vec::new(), 1);
    assert!(second.supersedes(Some(&first)));
    // A clock that goes back.
    let third = state.next_pulse(Vec::new(), 0);
    assert!(third.supersedes(Some(&second)));
}

#[test]
fn a_store_that_is_made_anew_begins_above_its_former_stamps() {
    let mut former = Operations::default();
    let pulses = (0..50).map(|number| former.next_pulse(Vec::new(), 1_800_000_000_000 + number));
    let last = pulses.last().unwrap();
    let first = Operations::default().next_pulse(Vec::new(), 1_800_000_001_000);
    assert!(first.supersedes(Some(&last)));
}

#[test]
fn edges_are_kept_informed_while_something_is_not_as_ever() {
    let mut evening = Evening::default();
    assert!(!evening.state.is_active());
    assert_eq!(evening.state.next_end_ms(), None);
    evening.change(set(Switch::Filters, Setting::On, 100), 1);
    let command = Command::Level {
        level: Level::new(2).unwrap(),
        until_ms: Some(50),
    };
    evening.change(command, 2);
    assert_eq!(evening.state.level_until_ms(), Some(50));
    assert_eq!(evening.state.next_end_ms(), Some(50));
    assert_eq!(evening.state.journal().records(), 2);
    for (now_ms, is_active, next_end_ms) in [(50, true, Some(100)), (100, false, None)] {
        let change = evening.state.end_due(now_ms).unwrap();
        evening.store(change);
        assert_eq!(evening.state.is_active(), is_active);
        assert_eq!(evening.state.next_end_ms(), next_end_ms);
    }
}

#[test]
fn edges_report_while_something_wants_it() {
    let mut evening = Evening::default();
    let sampled = |evening: &Evening, now_ms| {
        let pulse = evening.state.clone().next_pulse(Vec::new(), now_ms);
        !pulse.sampling.is_empty()
    };
    assert!(!sampled(&evening, 0));
    evening.change(Command::Limits(Vec::new()), 1);
    assert!(!sampled(&evening, 2), "no switch was moved");
    evening.change(Command::Schedule(sale("drop", &[3_000])), 3);
    let session_ms = 3_000_000;
    let around = [
        session_ms - 1,
        session_ms,
        session_ms + 999,
        session_ms + 1_000,
    ];
    let reported = around.map(|now_ms| sampled(&evening, now_ms));
    assert_eq!(reported, [false, true, true, false]);
    evening.change(level(1), 5_000_000);
    assert!(sampled(&evening, 9_000_000));
    evening.change(level(0), 9_000_000);
    let after = [
        9_000_000,
        9_000_000 + REPORTED_MS - 1,
        9_000_000 + REPORTED_MS,
    ];
    let reported = after.map(|now_ms| sampled(&evening, now_ms));
    assert_eq!(reported, [true, true, false]);
    evening.state.look_on(9_900_000);
    assert!(sampled(&evening, 9_899_999) && !sampled(&evening, 9_900_000));
}
