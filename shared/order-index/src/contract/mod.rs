//! The contract of [`OrderIndex`](crate::OrderIndex) as a suite of tests, for every engine.
//!
//! A test crate implements [`Fixture`] for an engine and calls
//! [`order_index_contract!`](crate::order_index_contract) with that type: one `#[test]` for each
//! statement.
//!
//! Not here: how an engine is started, statement budgets (`tests/contract`).

mod counts;
mod dead;
mod histories;
mod imports;
mod index;
mod learnt;
mod order_of_arrival;
mod refusals;
mod worklists;

pub use histories::{Story, stories};
pub use index::Fixture;

use index::Index;

/// The list of statements: a statement that is missing here is dead code, which the compiler
/// reports. `$d` is a dollar sign for the macro inside.
macro_rules! suite {
    ($d:tt $($file:ident { $($statement:ident,)+ })+) => {
        /// The statements, for tests that do not use the macro.
        pub mod statements {
            $($(
                #[doc = concat!("`", stringify!($statement), "`")]
                pub fn $statement<F: super::Fixture>() {
                    super::$file::$statement(&super::Index::<F>::empty());
                }
            )+)+
        }

        /// One `#[test]` for each statement of the contract, on the engine of a
        /// [`Fixture`](crate::contract::Fixture).
        #[macro_export]
        macro_rules! order_index_contract {
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
    order_of_arrival {
        a_history_in_order_gives_the_state_of_the_machine,
        messages_of_many_orders_go_in_together,
        the_same_messages_again_change_nothing,
        copies_in_one_call_are_counted_once,
        an_event_that_comes_early_waits_for_the_ones_before,
        every_order_of_arrival_gives_the_same_index,
        two_couriers_at_once_count_everything_once,
    }
    refusals {
        a_message_that_cannot_be_true_is_refused_and_the_others_go_in,
        a_refused_message_is_refused_in_every_copy,
        another_event_in_a_place_that_is_taken_is_refused,
        what_follows_a_refused_message_waits_for_a_right_one,
        numbers_out_of_bounds_are_refused,
        an_early_event_that_turns_out_impossible_waits_for_a_person,
    }
    worklists {
        an_empty_index_is_empty,
        a_worklist_shows_one_status_oldest_or_newest_first,
        a_worklist_shows_what_is_disputed_until_it_is_decided,
        pages_follow_each_other_without_gap_or_repetition,
        pages_end_where_moments_are_equal_too,
        totals_count_every_order_once,
        mails_that_failed_are_listed_the_last_one_first,
        the_last_event_tells_how_late_the_index_is,
        neither_names_nor_tokens_are_in_the_index,
    }
    counts {
        an_order_counts_once_in_whatever_order_and_however_often_it_arrives,
        an_order_counts_while_its_units_are_sold,
        an_order_of_many_products_says_nothing_of_pairs,
        a_product_counts_once_in_an_order_whatever_its_variants,
        a_cleared_index_is_filled_anew_with_the_same_counts,
        a_pair_of_one_order_is_forgotten_and_everything_that_is_very_old,
        what_is_cancelled_after_it_was_forgotten_leaves_nothing,
        the_pairs_of_most_orders_stay_when_there_are_too_many,
        what_is_ordered_most_weighs_the_days,
        a_build_is_kept_only_in_place_of_the_one_that_was_read,
    }
    learnt {
        the_pairs_of_most_orders_are_given_once_each,
        an_sku_is_sold_out_since_the_first_look_of_those_that_saw_it_so,
        what_is_in_stock_again_begins_anew,
        an_index_that_is_filled_anew_knows_since_when_skus_are_sold_out,
    }
    imports {
        pairs_are_read_in_pages_without_gap_or_repetition,
        an_import_stands_beside_the_shops_own_orders_until_the_next_one,
        a_part_of_an_import_may_be_sent_again,
        what_is_no_import_is_refused,
    }
    dead {
        a_dead_lettered_message_is_kept_once_and_requeued,
        a_message_that_is_still_wrong_stays_dead_lettered,
        what_is_no_message_stays_dead_lettered,
        a_cleared_index_is_filled_anew,
    }
}
