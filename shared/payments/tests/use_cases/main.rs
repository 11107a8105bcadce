//! Payments as a whole: the real use case between the real origin (on SQLite in memory) and two
//! providers, with the time and every failure in the hands of the test. One provider is Stripe
//! before the payment sandbox, the other one a small one of these tests.

mod abacus;
mod faults;
mod fuzz;
mod late;
mod list;
mod origin;
mod paying;
mod providers;
mod refunds;
mod shop;
mod webhooks;
