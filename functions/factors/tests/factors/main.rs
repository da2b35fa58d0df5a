//! Second factors on the host: every route through the whole pipeline, over a migrated SQLite and a scripted hash
//! function. Codes and their arithmetic are tested where they are made.

#![cfg(test)]

mod enrolment;
mod round_trips;
mod service;
mod sign_in;
mod statements;
mod step_up;
mod throttle;
