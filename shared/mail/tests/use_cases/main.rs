//! Mails before the real origin and a provider that speaks Resend's API: which mail an event leads to,
//! in which language, once, whatever gets lost in between.

mod faults;
#[path = "../../../payments/tests/use_cases/origin.rs"]
mod origin;
mod reports;
mod sending;
mod shop;
mod store;
