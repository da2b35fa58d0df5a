//! The Worker's events.

use crate::dispatch;

shared::fetch_event!();

// Steps, and those that were tried too often.
shared::queue_event!("batches", dispatch::take, dispatch::bury);

// Each minute.
shared::schedule_event!("batches", dispatch::wake);
