//! An order is paid by one payment of one provider, even when other providers report payments under
//! the same name.

use souk_domain::{Money, OrderAction, Shelf};

use crate::table::{outcome_of, state};
use crate::words::payment;

/// What a report of the second provider does in a state that the first has brought about.
fn reported(path: &str, action: &OrderAction) -> String {
    outcome_of(&state(path), action, Shelf::MayHave)
}

#[test]
fn a_report_of_another_provider_neither_takes_nor_voids_what_one_has_authorised() {
    let reports = [
        OrderAction::Authorise {
            payment: payment("two"),
            amount: 100,
        },
        OrderAction::Capture {
            payment: payment("two"),
            amount: 100,
        },
        OrderAction::Void {
            payment: payment("two"),
        },
    ];
    for path in [
        "card: authorise 100",
        "card: authorise 60",
        "card: capture 100",
    ] {
        for report in &reports {
            assert_eq!(reported(path, report), "nothing", "{path}: {report:?}");
        }
    }
}

#[test]
fn a_report_of_more_than_any_order_costs_is_no_money() {
    let most = Money::AMOUNT_MAX;
    let payment = || payment("one");
    for amount in [most, most + 1, i64::MAX] {
        let refused = "at most or exactly 100".to_owned();
        let or = |done: String| {
            if amount == most {
                done
            } else {
                refused.clone()
            }
        };
        let authorise = OrderAction::Authorise {
            payment: payment(),
            amount,
        };
        assert_eq!(
            reported("card", &authorise),
            or(format!("authorised {most}"))
        );
        let payment = payment();
        let dispute = OrderAction::OpenDispute { payment, amount };
        assert_eq!(
            reported("card: capture 100", &dispute),
            or("disputed 100".to_owned())
        );
    }
}

#[test]
fn a_refund_at_another_provider_is_none_of_the_order() {
    let report = |provider| OrderAction::ReportRefund {
        payment: payment(provider),
        amount: 40,
    };
    assert_eq!(reported("card: capture 100", &report("two")), "not now");
    assert_eq!(reported("card: capture 100", &report("one")), "owed 40");
}

#[test]
fn another_provider_may_pay_an_order_whose_first_payment_was_given_up() {
    let path = "card: authorise 60, void";
    let authorise = OrderAction::Authorise {
        payment: payment("two"),
        amount: 100,
    };
    assert_eq!(reported(path, &authorise), "authorised 100, confirmed");
    let after = outcome_of(
        &souk_domain::decide(&state(path), &authorise, Shelf::MayHave)
            .expect("it is legal")
            .iter()
            .fold(state(path), |state, event| state.after(event)),
        &OrderAction::Void {
            payment: payment("one"),
        },
        Shelf::MayHave,
    );
    assert_eq!(
        after, "nothing",
        "the first one is not what is authorised now"
    );
}
