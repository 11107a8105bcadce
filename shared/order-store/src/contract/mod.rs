//! The contract of the ports as suites of tests, one for each role, for every engine.
//!
//! A test crate implements [`Fixture`] for an engine and calls
//! [`store_contract!`](crate::store_contract) with that type: one `#[test]` for each statement of
//! every role. An engine that has an archive passes
//! [`order_archive_contract!`](crate::order_archive_contract) as well. The books are audited after
//! every statement.
//!
//! Not here: how an engine is started, statement budgets and query plans (`tests/contract`).

mod archive;
mod audit;
mod concurrency;
mod edits;
mod life;
mod limits;
mod offers;
mod options;
mod orders;
mod payments;
mod pickup;
mod price_ledger;
mod prices;
mod publications;
mod queues;
mod refusals;
mod repairs;
mod sales;
mod sealing;
mod sessions;
mod shop;
mod sold_out_holds;

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
    ($d:tt $of:ident as $name:ident: $($file:ident { $($statement:ident,)+ })+) => {
        /// The statements, for tests that do not use the macro.
        pub mod $of {
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
        macro_rules! $name {
            ($d fixture:ty) => {
                $($(
                    #[test]
                    fn $statement() {
                        $d crate::contract::$of::$statement::<$d fixture>();
                    }
                )+)+
            };
        }
    };
}

suite! { $ orders_contract as order_store_contract:
    orders {
        an_accepted_submit_writes_order_stock_movements_and_outbox,
        an_order_for_nothing_is_confirmed_whatever_way_of_paying_it_names,
        an_order_below_what_can_be_paid_is_refused_and_nothing_is_written,
        submit_twice_returns_the_same_order,
        a_key_used_for_other_content_is_refused_and_nothing_is_written,
        an_order_is_found_by_its_number_as_it_was_accepted,
        an_order_keeps_the_titles_and_prices_of_its_moment,
        what_buyers_write_comes_back_unchanged,
        the_exact_last_unit_sells,
        the_order_that_takes_the_last_unit_says_so,
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
        a_total_that_not_every_client_can_hold_is_refused_and_nothing_is_written,
        a_number_that_is_taken_is_an_error_and_nothing_is_written,
    }
    prices {
        an_order_keeps_the_quote_that_its_buyer_was_shown,
        an_order_that_costs_something_else_is_refused_and_nothing_is_written,
        facts_that_were_replaced_are_sold_for_a_while,
        of_two_buyers_one_has_the_last_use_of_a_promotion,
        a_code_of_a_series_is_used_once,
        a_buyer_uses_a_promotion_as_often_as_is_allowed,
        a_use_is_kept_by_an_order_that_is_paid_and_goes_back_otherwise,
        an_order_that_is_reinstated_takes_its_use_again_or_is_not,
    }
    options {
        options_are_in_the_price_and_lines_of_one_sku_share_its_units,
        options_that_there_are_not_are_refused_and_nothing_is_written,
        units_with_options_that_are_taken_off_give_back_their_surcharges,
        texts_of_options_are_kept_with_the_other_personal_fields,
    }
    pickup {
        an_order_keeps_where_its_buyer_collects,
        an_order_without_a_point_of_its_delivery_is_refused_and_nothing_is_written,
    }
    life {
        a_hold_lapses_at_its_deadline_and_not_before,
        an_order_on_delivery_is_never_held,
        a_cancelled_order_puts_its_units_back,
        a_cancelled_backorder_takes_back_the_units_that_were_never_there,
        a_parcel_is_packed_shipped_delivered_and_returned,
        an_illegal_change_says_what_is_legal_and_writes_nothing,
        a_change_is_made_once_for_each_key,
        a_replayed_order_shows_where_it_stands,
        changes_at_the_same_moment_are_made_one_after_the_other,
        expiry_and_payment_at_the_same_moment_end_a_hold_once,
        buyers_and_cancellations_at_the_same_moment_strand_no_unit,
        units_come_in_once_and_only_what_can_be_ordered_is_missing,
        the_history_and_the_ledger_name_the_token_that_asked,
    }
    edits {
        units_are_taken_off_with_what_they_cost,
        an_edit_is_made_once_for_each_key,
        a_buyer_changes_nothing_once_the_order_is_packed,
        a_buyer_who_gives_an_order_up_gets_everything_back,
        what_was_authorised_before_units_went_is_taken_and_their_price_goes_back,
        a_card_that_pays_the_amount_of_before_buys_nothing,
        units_that_are_still_to_be_made_are_the_first_to_go,
        units_that_go_are_no_longer_unpaid,
        another_address_is_in_the_order_and_in_no_event,
        buyers_and_payments_at_the_same_moment_lose_no_unit,
    }
    sealing {
        an_order_is_sealed_anew_and_nothing_else_of_it_changes,
        a_walk_over_sealed_orders_meets_each_once,
    }
    payments {
        a_transfer_that_arrives_sells_the_held_units,
        a_card_is_authorised_captured_and_refunded,
        a_parcel_goes_when_the_money_is_there_or_with_a_reason,
        a_dispute_takes_money_away_until_the_bank_decides,
        money_in_dispute_sends_no_parcel_and_stays_with_no_cancelled_order,
        a_provider_may_report_everything_twice_and_in_another_order,
        a_late_payment_sells_what_is_still_there,
        a_late_payment_for_what_is_gone_is_left_to_be_voided,
        a_late_capture_for_what_is_gone_is_to_be_refunded,
    }
    limits {
        an_order_has_at_most_the_units_that_are_allowed,
        a_buyer_and_a_client_have_at_most_so_many_unpaid_units,
        a_default_does_not_limit_a_buyer_on_the_shops_own_machine,
        what_is_paid_sent_or_over_is_given_back,
        a_share_of_a_sku_stays_for_those_who_pay,
        unpaid_orders_at_the_same_moment_exceed_no_limit,
        orders_at_the_same_moment_leave_the_share_of_a_sku,
        an_order_is_changed_whatever_became_of_its_allowances,
        what_was_never_paid_is_deleted_after_a_while,
        an_order_is_kept_as_long_as_a_message_wants_to_find_it,
    }
    concurrency {
        concurrent_submits_for_n_units_sell_exactly_n,
        concurrent_submits_with_one_key_give_one_order,
        twins_for_the_last_unit_are_never_refused_as_sold_out,
        concurrent_submits_with_one_key_and_other_contents_give_one_order,
        orders_with_crossing_lines_are_all_placed,
    }
    sales {
        a_sale_sells_from_its_opening_until_its_end,
        a_buyer_gets_so_many_units_of_a_sale,
        orders_of_one_buyer_at_the_same_moment_exceed_no_limit,
        units_of_a_sale_are_held_as_long_as_it_says,
        no_order_makes_a_sale_longer_or_its_limit_higher,
        an_order_of_two_sales_keeps_to_both,
    }
}

suite! { $ sessions_contract as session_store_contract:
    sessions {
        a_ticket_has_one_order,
        orders_with_one_ticket_at_the_same_moment_are_one,
        an_order_that_comes_to_nothing_gives_its_ticket_back,
        orders_of_a_session_are_listed_in_their_order,
        units_beside_those_of_the_session_are_not_counted,
        a_session_stands_as_its_accounts_do,
        a_ticket_that_is_none_is_rejected_and_nothing_is_written,
        readers_of_a_session_miss_no_order_and_meet_none_twice,
        a_session_is_forgotten_a_week_after_its_last_order,
    }
}

suite! { $ stock_contract as stock_store_contract:
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
    price_ledger {
        what_differs_is_recorded_and_nothing_else,
        what_is_withdrawn_is_recorded_once_without_prices,
        of_two_definitions_in_one_message_the_last_is_recorded,
        records_come_in_pages,
        prices_that_no_rule_can_read_are_refused_and_nothing_is_written,
    }
    sold_out_holds {
        a_sku_under_a_sold_out_hold_sells_nothing_until_it_is_over,
        a_sold_out_hold_comes_with_the_keys_of_every_order_with_the_sku,
        a_sold_out_hold_that_lasts_longer_keeps_its_number_and_its_keys,
        only_a_sku_that_is_sold_out_gets_a_sold_out_hold,
        a_sku_with_too_many_keys_gets_no_sold_out_hold,
        a_sku_under_a_sold_out_hold_is_not_backordered_either,
        an_order_that_exists_is_found_under_any_sold_out_hold,
        a_sold_out_hold_stops_no_other_change,
        a_sold_out_hold_that_a_wrong_clock_has_set_counts_for_nothing,
        orders_and_sold_out_holds_at_the_same_moment_hide_no_key,
    }
    concurrency {
        offers_may_change_while_orders_are_placed,
    }
}

suite! { $ messages_contract as message_queue_contract:
    queues {
        every_event_is_a_message_for_the_back_office,
        a_claimed_message_comes_back_after_its_timeout,
        a_late_settlement_changes_nothing,
        a_poisoned_message_is_set_aside_and_replayed,
        a_retry_is_due_when_it_said,
        claims_at_the_same_moment_share_no_message,
        the_provider_gets_messages_about_its_orders,
        an_event_with_a_mail_is_a_message_for_the_mails,
        a_claim_may_be_for_one_order,
    }
}

suite! { $ publications_contract as publication_store_contract:
    publications {
        nothing_is_published_at_first,
        a_version_is_begun_and_activated,
        an_activation_that_expects_another_version_is_superseded,
        activating_the_published_version_again_is_done_already,
        activating_an_unknown_version_is_refused,
        rolling_back_activates_an_old_version,
        formats_are_published_and_rolled_back_beside_each_other,
        the_same_manifest_is_taken_up_again,
        taking_up_the_published_manifest_leaves_it_published,
        the_published_version_is_not_dropped,
        a_version_is_dropped_after_its_grace_and_not_before,
        numbers_ascend_and_are_not_used_again,
        terms_are_kept_with_those_before_them,
        terms_of_prices_are_kept_with_those_before_them_and_no_others,
        a_promotion_stays_revoked_through_publishes_until_that_is_taken_back,
        a_new_order_under_other_terms_than_shown_is_refused,
        an_order_by_a_method_that_is_not_offered_is_refused,
    }
    concurrency {
        of_two_publications_that_race_one_is_superseded,
    }
}

suite! { $ books_contract as books_audit_contract:
    audit {
        a_store_has_a_name_that_stays_and_that_no_other_one_has,
        the_audit_counts_what_is_on_the_books,
        the_audit_finds_a_planted_drift,
    }
    limits {
        an_allowance_that_drifts_is_found_and_counted_again,
    }
    prices {
        uses_that_drift_are_found_and_counted_again,
    }
    repairs {
        an_account_that_drifts_agrees_again_by_rows_that_are_appended,
        what_does_not_drift_is_left_as_it_is,
        a_repair_is_made_once_for_each_key,
        a_preview_tells_what_would_be_done_and_writes_nothing,
        units_that_never_came_in_are_not_made_up,
        what_may_be_sold_before_it_is_there_is_still_to_come,
        messages_that_are_missing_are_queued_again,
        what_only_a_person_can_know_stays_named,
        orders_and_repairs_at_the_same_moment_stay_exact,
    }
}

suite! { $ archive_contract as order_archive_contract:
    archive {
        an_order_that_is_over_and_old_is_archived_and_found_as_before,
        an_order_that_goes_on_or_was_not_delivered_stays,
        an_archived_order_is_changed_like_any_other,
        the_walk_comes_back_to_the_beginning,
        a_sold_out_hold_has_the_keys_of_orders_in_the_archive,
        a_repair_counts_the_orders_in_the_archive,
        an_archived_order_is_sealed_anew_in_the_archive,
    }
    prices {
        an_order_in_the_archive_keeps_its_use,
    }
    sessions {
        an_order_that_is_archived_or_deleted_stays_in_the_list,
    }
}

/// The contract of every role, for an engine that has them all. The archive is not among them.
#[macro_export]
macro_rules! store_contract {
    ($fixture:ty) => {
        $crate::order_store_contract!($fixture);
        $crate::stock_store_contract!($fixture);
        $crate::message_queue_contract!($fixture);
        $crate::publication_store_contract!($fixture);
        $crate::books_audit_contract!($fixture);
        $crate::session_store_contract!($fixture);
    };
}
