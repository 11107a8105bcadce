//! The state machine of an order, from outside: every case in a table, and what holds for any life.

mod cases;
mod edits;
mod properties;
mod providers;
mod table;
mod words;
