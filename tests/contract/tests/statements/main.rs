//! How many statements the stores send, and that none of them reads a whole table.

mod paths;
mod postgres;
mod sales;
mod shop;
mod sqlite;
