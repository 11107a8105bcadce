//! The contract of [`SearchTallies`](crate::SearchTallies) as a suite of tests, for every engine.
//!
//! A test crate implements [`Fixture`] for an engine and calls
//! [`search_tallies_contract!`](crate::search_tallies_contract) with that type: one `#[test]` for
//! each statement.
//!
//! Not here: how an engine is started (`tests/contract`).

mod bounds;
mod counts;
mod help;
mod shop;

pub use shop::Fixture;

use shop::Shop;

/// The list of statements: a statement that is missing here is dead code, which the compiler
/// reports. `$d` is a dollar sign for the macro inside.
macro_rules! suite {
    ($d:tt $($file:ident { $($statement:ident,)+ })+) => {
        /// The statements, for tests that do not use the macro.
        pub mod statements {
            $($(
                #[doc = concat!("`", stringify!($statement), "`")]
                pub fn $statement<F: super::Fixture>() {
                    super::$file::$statement(&super::Shop::<F>::empty());
                }
            )+)+
        }

        /// One `#[test]` for each statement of the contract, on the engine of a
        /// [`Fixture`](crate::contract::Fixture).
        #[macro_export]
        macro_rules! search_tallies_contract {
            ($d fixture:ty) => {
                $($(
                    #[test]
                    fn $statement() {
                        $d crate::contract::statements::$statement::<$d fixture>();
                    }
                )+)+
            };
        }
    };
}

suite! { $
    counts {
        counts_of_a_query_add_up_over_batches_and_days,
        languages_are_counted_apart,
        a_query_is_told_from_three_counts_on,
        a_report_has_the_most_frequent_hundred,
        a_report_covers_its_days_alone,
        a_popular_query_was_counted_often_on_three_days_and_found_something,
    }
    bounds {
        a_day_keeps_the_queries_that_were_counted_most_often,
        counts_are_forgotten_after_ninety_days,
        a_clock_that_goes_back_forgets_nothing,
        what_may_hold_personal_data_is_never_stored,
        what_is_no_batch_is_refused_without_its_text,
    }
    help {
        questions_and_answers_add_up_apart_from_searches,
        contacts_of_a_question_are_at_most_its_answered_searches,
        a_question_without_an_answer_is_told_from_three_counts_on,
        a_report_about_the_help_covers_its_days_alone,
        a_day_keeps_so_many_questions_and_answers,
        questions_and_answers_are_forgotten_after_ninety_days,
        what_is_no_slug_or_may_hold_personal_data_is_not_kept,
    }
}
