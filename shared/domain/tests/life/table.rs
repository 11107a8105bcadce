//! Holds the table against the state machine.

use souk_domain::{
    Funds, LineState, OrderAction, OrderEdit, OrderState, OrderStatus, PaymentMethod, Shelf,
    decide, legal,
};

use crate::cases::{Case, STATES};
use crate::edits;
use crate::words::{self, ACTIONS, HELD_UNTIL_MS, TOTAL};

/// Four units in two lines; two of them were not there.
pub(crate) fn placed(method: PaymentMethod) -> OrderState {
    let line = |quantity, backordered| LineState {
        quantity,
        backordered,
        removed: 0,
        returned: 0,
    };
    let status = method.first_status(TOTAL);
    OrderState {
        status,
        method,
        total: TOTAL,
        placed_total: TOTAL,
        hold_until_ms: (status == OrderStatus::AwaitingPayment).then_some(HELD_UNTIL_MS),
        funds: Funds::default(),
        payment: None,
        lines: vec![line(3, 2), line(1, 0)],
    }
}

/// A state is written as how one gets there: the way of paying, then actions.
pub(crate) fn state(path: &str) -> OrderState {
    let (method, actions) = path.split_once(": ").unwrap_or((path, ""));
    let method = match method {
        "delivery" => PaymentMethod::OnDelivery,
        "transfer" => PaymentMethod::Transfer,
        "card" => PaymentMethod::Card,
        other => panic!("{other} is no way of paying"),
    };
    let actions = actions.split(", ").filter(|action| !action.is_empty());
    actions.fold(placed(method), |state, word| {
        let events = decide(&state, &words::action(word), Shelf::MayHave);
        let events = events.unwrap_or_else(|refused| panic!("{path}: {word}: {refused:?}"));
        events.iter().fold(state, |state, event| state.after(event))
    })
}

/// What an action does where the table has no line for it.
fn by_default(state: &OrderState, action: &str) -> &'static str {
    let is_card = state.method == PaymentMethod::Card;
    match action {
        // There is no hold, nothing to give back, and no word of the provider that would be news.
        "expire early" | "expire due" => "nothing",
        "bounce" => "mail failed",
        "refund 40" | "refund 101" | "refund 0" | "settle 40" | "fail 40" => "at most or exactly 0",
        "report 40" | "report 101" if is_card && state.payment.is_some() => "at most or exactly 0",
        "dispute 40" | "dispute 101" | "win 40" | "lose 40"
            if is_card && state.payment.is_some() =>
        {
            "nothing"
        }
        "decline" | "void" if is_card => "nothing",
        "give up" if state.status == OrderStatus::Cancelled => "nothing",
        "give up" | "keep 2" | "keep 3" | "keep 4" | "move" | "move away"
            if !is_before_packing(state) =>
        {
            "not editable"
        }
        "keep 2" if state.funds.refundable() > 0 => "1 off for 10, owed 10",
        "keep 2" => "1 off for 10",
        "keep 3" => "nothing",
        "keep 4" => "no such units",
        "move" => "moved",
        "move away" => "another price",
        _ => "not now",
    }
}

/// Written down once more, so that the rule is not held against itself.
fn is_before_packing(state: &OrderState) -> bool {
    matches!(
        state.status,
        OrderStatus::AwaitingPayment | OrderStatus::Confirmed
    )
}

/// What the action of a word does, in words.
fn outcome(state: &OrderState, action: &str, shelf: Shelf) -> String {
    outcome_of(state, &words::action(action), shelf)
}

/// What an action does, in words.
pub(crate) fn outcome_of(state: &OrderState, action: &OrderAction, shelf: Shelf) -> String {
    match decide(state, action, shelf) {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => {
            let words: Vec<_> = events.iter().map(words::word).collect();
            words.join(", ")
        }
        Err(refused) => words::refusal(refused.problem),
    }
}

#[test]
fn every_action_in_every_state_does_what_the_table_says_and_nothing_else_is_legal() {
    let mut wrong = Vec::new();
    for &(path, status, cases) in STATES.iter().chain(edits::STATES) {
        let state = state(path);
        assert_eq!(state.status, status, "{path}");
        for action in ACTIONS {
            let found = outcome(&state, action, Shelf::MayHave);
            // A buyer gives up what may still be changed as the staff would.
            let is_given_up = action == "give up" && is_before_packing(&state);
            let like = if is_given_up { "cancel" } else { action };
            let expected = cases.iter().find(|case| case.0 == like);
            let expected =
                expected.map_or_else(|| by_default(&state, action), |&(_, expected)| expected);
            if found != expected {
                wrong.push(format!("{path} | {action}: {found}, not {expected}"));
            }
        }
        let known = |&&(action, _): &&Case| !ACTIONS.contains(&action);
        assert_eq!(cases.iter().find(known), None, "{path}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_status_of_every_way_of_paying() {
    use OrderStatus as S;
    let paths = |method: &str, status| {
        let of = STATES.iter().filter(|(path, ..)| path.starts_with(method));
        of.filter(|(_, known, _)| *known == status).count()
    };
    for status in [
        S::Confirmed,
        S::Allocated,
        S::Shipped,
        S::Delivered,
        S::Returned,
        S::Cancelled,
    ] {
        for method in ["delivery", "transfer", "card"] {
            assert!(paths(method, status) > 0, "{method} {status:?}");
        }
    }
    for status in [S::AwaitingPayment, S::Expired] {
        assert_eq!(paths("delivery", status), 0, "{status:?}");
        assert!(paths("transfer", status) > 0, "{status:?}");
        assert!(paths("card", status) > 0, "{status:?}");
    }
}

#[test]
fn money_that_comes_too_late_and_finds_no_units_goes_back() {
    let cases = [
        ("card: expire due", "authorise 100", "authorised 100"),
        (
            "card: expire due",
            "capture 100",
            "authorised 100, captured 100, owed 100",
        ),
        (
            "card: expire due, authorise 60",
            "capture 100",
            "authorised 40, captured 100, owed 100",
        ),
        (
            "transfer: expire due",
            "receive 100",
            "received 100, owed 100",
        ),
        // An order that still holds its units needs none from the shelf.
        ("card", "authorise 100", "authorised 100, confirmed"),
        ("transfer", "receive 100", "received 100, confirmed"),
    ];
    for (path, action, expected) in cases {
        assert_eq!(
            outcome(&state(path), action, Shelf::IsEmpty),
            expected,
            "{path} | {action}"
        );
    }
}

#[test]
fn the_last_unit_is_not_taken_off_but_the_order_given_up() {
    let lower = |line, quantity| {
        OrderAction::Edit(OrderEdit::Lower {
            line,
            quantity,
            price: 10,
        })
    };
    let state = state("transfer: receive 100");
    let events = decide(&state, &lower(0, 0), Shelf::MayHave).expect("one unit is left");
    let state = events.iter().fold(state, |state, event| state.after(event));
    assert_eq!(
        outcome_of(&state, &lower(1, 0), Shelf::MayHave),
        "cancelled, owed 90"
    );
    assert_eq!(outcome_of(&state, &lower(0, 0), Shelf::MayHave), "nothing");
    assert_eq!(
        outcome_of(&state, &lower(2, 0), Shelf::MayHave),
        "no such units"
    );
}

#[test]
fn an_order_that_costs_nothing_any_more_waits_for_no_payment() {
    let free = OrderAction::Edit(OrderEdit::Lower {
        line: 0,
        quantity: 0,
        price: TOTAL,
    });
    for path in ["card", "transfer"] {
        let found = outcome_of(&state(path), &free, Shelf::MayHave);
        assert_eq!(found, "3 off for 100, confirmed", "{path}");
    }
}

#[test]
fn units_that_were_never_there_are_the_first_to_go() {
    let moves = |path: &str| {
        let state = state(path);
        let events = decide(&state, &words::action("keep 2"), Shelf::MayHave).expect(path);
        let moves = events.iter().flat_map(|event| event.moves(&state));
        moves.collect::<Vec<_>>()
    };
    use souk_domain::Movement as M;
    assert_eq!(moves("transfer"), [(0, M::Release, 1), (0, M::Unorder, 1)]);
    assert_eq!(moves("delivery"), [(0, M::Restock, 1), (0, M::Unorder, 1)]);
    let twice = state("transfer: keep 1");
    assert_eq!((twice.lines[0].backordered, twice.lines[0].left()), (0, 1));
}

#[test]
fn a_refusal_says_what_is_legal() {
    let state = state("card: authorise 100, ship unpaid");
    let refused = decide(&state, &words::action("cancel"), Shelf::MayHave).unwrap_err();
    assert_eq!(refused.status, OrderStatus::Shipped);
    assert_eq!(refused.legal, legal(&state));
}
