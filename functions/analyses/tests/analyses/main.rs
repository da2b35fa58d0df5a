//! Analyses on the host: the queue is a list that the test empties, the AI function and the receivers of webhooks answer as told.

#![cfg(test)]

mod endings;
mod making;
mod retries;
mod service;
mod statements;
mod telling;
