//! The contract of [`StaffTokens`](crate::StaffTokens) as a suite of tests, for every engine.
//!
//! A test crate implements [`Fixture`] for an engine and calls
//! [`staff_tokens_contract!`](crate::staff_tokens_contract) with that type: one `#[test]` for each
//! statement.
//!
//! Not here: how an engine is started (`tests/contract`).

mod refusals;
mod shop;
mod tokens;

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
        macro_rules! staff_tokens_contract {
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
    tokens {
        a_token_is_kept_with_all_that_is_known_of_it,
        the_same_token_again_is_kept_once,
        a_name_belongs_to_one_token,
        a_revoked_token_is_gone_and_its_name_is_free,
        a_revoked_token_never_comes_back,
        an_expired_token_is_listed_until_its_name_is_taken,
        expired_tokens_leave_room_for_others,
        there_are_so_many_tokens_and_no_more,
        a_use_moves_forward_only,
        tokens_of_one_name_at_the_same_moment_are_one_token,
        a_token_that_is_revoked_is_revoked_for_every_connection,
        a_permission_of_another_version_allows_nothing_and_hides_no_token,
    }
    refusals {
        refusals_add_up_by_their_reasons,
        a_line_is_due_at_once_and_then_once_a_minute,
        a_clock_that_goes_back_silences_no_line,
        guesses_of_all_instances_are_counted_in_windows,
        a_reason_of_another_version_is_left_out,
    }
}
