//! Budgets, rates, concurrency, settlement and expiry of one organisation's book.

#![cfg(test)]

mod asking;
mod budgets;
mod limits;
mod properties;
mod raising;
mod rates;
