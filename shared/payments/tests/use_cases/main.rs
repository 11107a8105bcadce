//! Payments as a whole: the real use case between the real origin (on SQLite in memory) and the
//! payment sandbox, with the time and every failure in the hands of the test.

mod faults;
mod late;
mod origin;
mod paying;
mod refunds;
mod shop;
mod webhooks;
