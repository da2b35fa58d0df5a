//! The function's routes on the host, through the whole pipeline: providers and the admission object
//! are scripted. Streams torn into pieces and deadlines are tested where they are decided and in the
//! runtime.

#![cfg(test)]

mod admission;
mod answers;
mod failures;
mod kept;
mod models;
mod plain;
mod predictions;
mod replay;
mod requests;
mod screen;
mod service;
mod stream;
mod tries;
