//! Questions to the help, and its answers.

use souk_protocol::staff::{AnswerCount, HelpReport, SearchReport};
use souk_protocol::tallies::Tally;

use super::shop::{Fixture, Shop, TODAY, answer, question, row, tally};
use crate::{DAYS_KEPT, QUERIES_A_DAY_MAX};

/// An answer as the report has it: opened, helpful, not helpful.
fn told(slug: &str, [opened, helpful, not_helpful]: [i64; 3]) -> AnswerCount {
    AnswerCount {
        slug: slug.to_owned(),
        locale: "en".to_owned(),
        opened,
        helpful,
        not_helpful,
    }
}

pub(super) fn questions_and_answers_add_up_apart_from_searches<F: Fixture>(shop: &Shop<F>) {
    let batch = [
        tally("delivery", 3),
        Tally {
            zero: 1,
            contacts: 2,
            ..question("delivery", 5)
        },
        Tally {
            helpful: 1,
            ..answer("delivery", 4)
        },
        Tally {
            not_helpful: 2,
            ..answer("returns-2026-11-29", 0)
        },
    ];
    shop.add(&batch, TODAY);
    shop.add(&batch, TODAY - 1);
    let expected = HelpReport {
        searches: 10,
        answered: 8,
        contacts: 4,
        answers: vec![
            told("returns-2026-11-29", [0, 0, 4]),
            told("delivery", [8, 2, 0]),
        ],
        zero: Vec::new(),
    };
    assert_eq!(shop.help_report(2), expected);
    assert_eq!(shop.report(2).top, [row("delivery", 6, Some(0))]);
}

pub(super) fn contacts_of_a_question_are_at_most_its_answered_searches<F: Fixture>(shop: &Shop<F>) {
    let batch = [
        Tally {
            contacts: 9,
            ..question("delivery", 2)
        },
        Tally {
            contacts: 1,
            ..question("returns", 6)
        },
        Tally {
            contacts: 3,
            ..question("never shown", 0)
        },
    ];
    shop.add(&batch, TODAY);
    let report = shop.help_report(1);
    assert_eq!((report.answered, report.contacts), (8, 3));
}

pub(super) fn a_question_without_an_answer_is_told_from_three_counts_on<F: Fixture>(
    shop: &Shop<F>,
) {
    let zero = |query: &str, zero: u32| Tally {
        zero,
        ..question(query, zero)
    };
    shop.add(&[zero("gift wrap", 2), zero("opening hours", 4)], TODAY);
    assert_eq!(shop.help_report(1).zero, [row("opening hours", 4, None)]);
    shop.add(&[zero("gift wrap", 1)], TODAY);
    let both = [row("opening hours", 4, None), row("gift wrap", 3, None)];
    assert_eq!(shop.help_report(1).zero, both);
    assert_eq!(shop.help_report(1).searches, 7);
}

pub(super) fn a_report_about_the_help_covers_its_days_alone<F: Fixture>(shop: &Shop<F>) {
    shop.add(&[question("delivery", 1), answer("delivery", 1)], TODAY + 1);
    for ago in 0..90 {
        shop.add(
            &[question("delivery", 1), answer("delivery", 1)],
            TODAY - ago,
        );
    }
    for days in [1, 7, 90] {
        let report = shop.help_report(days);
        assert_eq!(report.searches, days);
        assert_eq!(report.answers, [told("delivery", [days, 0, 0])], "{days}");
    }
}

pub(super) fn a_day_keeps_so_many_questions_and_answers<F: Fixture>(shop: &Shop<F>) {
    shop.add(
        &[question("asked often", 7), answer("opened-often", 9)],
        TODAY,
    );
    let mut invented = 0;
    while invented < 2 * QUERIES_A_DAY_MAX {
        let questions = (0..500).map(|number| question(&format!("q {}", invented + number), 1));
        let answers = (0..500).map(|number| answer(&format!("a-{}", invented + number), 1));
        let batch: Vec<_> = questions.chain(answers).collect();
        shop.add(&batch, TODAY);
        invented += 1_000;
        let stored = shop.fixture.stored();
        assert!(stored <= QUERIES_A_DAY_MAX + 1, "{stored} rows");
    }
    let report = shop.help_report(1);
    assert!(report.searches > 7 + 1_000, "{}", report.searches);
    assert_eq!(report.answers[0], told("opened-often", [9, 0, 0]));
    assert_eq!(shop.report(1), SearchReport::default());
}

pub(super) fn questions_and_answers_are_forgotten_after_ninety_days<F: Fixture>(shop: &Shop<F>) {
    for day in [TODAY - DAYS_KEPT, TODAY - DAYS_KEPT + 1] {
        shop.add(&[question("delivery", 1), answer("delivery", 1)], day);
    }
    shop.add(&[tally("cup", 1)], TODAY);
    assert_eq!(shop.fixture.stored(), 3);
    assert_eq!(shop.help_report(DAYS_KEPT).searches, 1);
}

pub(super) fn what_is_no_slug_or_may_hold_personal_data_is_not_kept<F: Fixture>(shop: &Shop<F>) {
    let planted = [
        question("li@lei.example", 9),
        question("where is 4711 0815 42", 9),
        answer("a/b", 9),
        answer("", 9),
        Tally {
            locale: "not a language".to_owned(),
            ..answer("delivery", 9)
        },
    ];
    shop.add(&planted, TODAY);
    assert_eq!(shop.fixture.stored(), 0);
    assert_eq!(shop.help_report(90), HelpReport::default());
}
