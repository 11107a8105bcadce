//! The contract of [`OperationsStore`](crate::OperationsStore) as a suite of tests, for every engine.
//!
//! A test crate implements [`Fixture`] for an engine and calls
//! [`operations_store_contract!`](crate::operations_store_contract) with that type: one `#[test]` for
//! each statement.
//!
//! Not here: how an engine is started (`tests/contract`).

mod journal;
mod rates;
mod rooms;
mod shop;
mod signals;
mod states;

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
        macro_rules! operations_store_contract {
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
    states {
        an_empty_store_has_everything_on,
        a_state_is_read_back_with_all_that_it_has,
        a_state_without_a_record_is_stored,
        of_two_writers_with_the_same_version_one_writes,
        writers_at_the_same_moment_lose_nothing,
        setting_up_again_changes_nothing,
    }
    rates {
        a_client_has_its_quota_in_every_process,
        clients_at_the_same_moment_get_no_more_than_the_quota,
        a_client_whose_quota_is_whole_is_forgotten,
    }
    rooms {
        a_room_begins_empty_and_is_read_back,
        a_step_takes_what_it_has_read_and_nothing_else,
        a_step_that_lost_keeps_no_room,
        batches_beyond_the_bound_are_refused,
        rooms_of_other_sessions_are_forgotten,
    }
    signals {
        signals_begin_empty_and_are_read_back,
        a_step_takes_the_samples_that_it_has_read_and_no_others,
        a_step_that_lost_keeps_no_signals,
        samples_beyond_the_bound_are_refused,
        a_series_is_read_from_a_place_and_has_its_length,
        a_clock_that_was_set_back_begins_a_series_there,
    }
    journal {
        what_the_journal_prints_is_verified,
        a_journal_is_read_in_pages,
        a_record_that_does_not_follow_leaves_nothing,
        a_record_is_neither_changed_nor_removed,
    }
}
