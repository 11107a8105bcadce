//! The contract of [`OrderStore`] as a suite of tests, for every engine that implements it.
//!
//! A test crate implements [`Fixture`] for an engine and calls
//! [`order_store_contract!`](crate::order_store_contract) with that type: one `#[test]` for each
//! statement. Whatever a statement does, the books are audited after it.
//!
//! Not here: how an engine is started, statement budgets and query plans (`tests/contract`).

mod audit;
mod concurrency;
mod offers;
mod orders;
mod publications;
mod refusals;
mod shop;

pub use shop::{Drift, Fixture};

use shop::Shop;

/// A statement on a shop of its own, and the audit of its books afterwards.
fn check<F: Fixture>(statement: fn(&Shop<F>)) {
    let shop = Shop::<F>::empty();
    statement(&shop);
    shop.assert_the_books_balance();
}

/// The list of statements: a statement that is missing here is dead code, which the compiler
/// reports. `$d` is a dollar sign for the macro inside.
macro_rules! suite {
    ($d:tt $($file:ident { $($statement:ident,)+ })+) => {
        /// The statements, for tests that do not use the macro.
        pub mod statements {
            $($(
                #[doc = concat!("`", stringify!($statement), "`")]
                pub fn $statement<F: super::Fixture>() {
                    super::check::<F>(super::$file::$statement);
                }
            )+)+
        }

        /// One `#[test]` for each statement of the contract, on the engine of a
        /// [`Fixture`](crate::contract::Fixture).
        #[macro_export]
        macro_rules! order_store_contract {
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
    orders {
        an_accepted_submit_writes_order_stock_movements_and_outbox,
        submit_twice_returns_the_same_order,
        a_key_used_for_other_content_is_refused_and_nothing_is_written,
        an_order_is_found_by_its_number_as_it_was_accepted,
        an_order_keeps_the_titles_and_prices_of_its_moment,
        what_buyers_write_comes_back_unchanged,
        the_exact_last_unit_sells,
        who_takes_the_last_unit_is_told,
        a_key_is_recognised_after_everything_has_sold_out,
        backorder_sells_beyond_the_stock_and_the_account_still_balances,
        units_are_backordered_line_by_line,
        transfer_holds_and_on_delivery_sells,
        the_total_is_the_lines_and_the_delivery,
        an_empty_slug_is_left_out_of_the_order,
        large_amounts_are_exact,
    }
    refusals {
        an_unknown_sku_is_named,
        a_changed_price_is_named_with_the_one_that_counts,
        a_price_in_another_currency_is_a_changed_price,
        sold_out_names_the_first_line_and_what_is_left,
        refusals_are_looked_for_in_their_declared_order,
        a_refusal_writes_nothing,
        a_refused_key_may_be_used_again,
        lines_with_one_sku_share_its_stock,
        several_lines_are_placed_together_or_not_at_all,
        a_withdrawn_offer_is_unknown_and_its_stock_stays_on_the_books,
        an_order_out_of_bounds_is_rejected_and_nothing_is_written,
        an_order_in_two_currencies_is_rejected_and_nothing_is_written,
        a_total_that_does_not_fit_is_rejected_and_nothing_is_written,
        a_number_that_is_taken_is_an_error_and_nothing_is_written,
    }
    offers {
        defining_again_keeps_the_stock_and_updates_title_and_price,
        first_units_are_counted_once,
        a_sku_twice_in_one_message_is_counted_once,
        a_thousand_offers_fit_into_one_message,
        names_may_have_quotes_and_any_script,
        withdrawn_and_defined_again_is_offered_again,
        withdrawing_what_is_unknown_changes_nothing,
        offers_that_could_never_be_sold_are_rejected,
        accounts_come_in_the_order_of_their_skus_without_the_unknown,
        unavailable_is_exactly_what_cannot_be_ordered,
    }
    audit {
        the_audit_counts_what_is_on_the_books,
        the_audit_finds_a_planted_drift,
    }
    concurrency {
        concurrent_submits_for_n_units_sell_exactly_n,
        concurrent_submits_with_one_key_give_one_order,
        twins_for_the_last_unit_are_never_told_that_it_is_sold_out,
        concurrent_submits_with_one_key_and_other_contents_give_one_order,
        orders_with_crossing_lines_are_all_placed,
        offers_may_change_while_orders_come_in,
        of_two_publications_that_race_one_is_superseded,
    }
    publications {
        nothing_is_published_at_first,
        a_version_is_begun_and_activated,
        an_activation_that_expects_another_version_is_superseded,
        activating_the_published_version_again_is_done_already,
        activating_an_unknown_version_is_refused,
        rolling_back_activates_an_old_version,
        the_same_manifest_is_taken_up_again,
        taking_up_the_published_manifest_leaves_it_published,
        the_published_version_is_not_dropped,
        a_version_is_dropped_after_its_grace_and_not_before,
        numbers_ascend_and_are_not_used_again,
    }
}
