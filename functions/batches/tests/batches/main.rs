//! Jobs on the host: the queue is a list that the test empties, the AI function answers as told.

#![cfg(test)]

mod batches;
mod endings;
mod service;
mod statements;
