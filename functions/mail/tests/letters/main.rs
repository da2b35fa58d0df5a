//! Letters on the host: what is written, what becomes of a message of the queue, and what is said to a mail
//! server, over a migrated SQLite and scripted answers. What only the runtime can show is tested there.

#![cfg(test)]

mod api;
mod configured;
mod delivery;
mod mailbox;
mod message;
mod office;
mod schedule;
mod server;
mod statements;
mod words;
