//! What was registered, as calls see it.

#![cfg(test)]

mod copies;
mod plans;
mod through;
