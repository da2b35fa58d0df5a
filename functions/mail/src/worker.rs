//! The Worker's events.

use crate::consumer;
use crate::schedule;

shared::fetch_event!();

// Letters, one after the other.
shared::queue_event!("mail", consumer::deliver);

// Every five minutes.
shared::schedule_event!("mail", schedule::run);
