//! The Worker's events.

use crate::dispatch;

shared::fetch_event!();

// Steps, and those that were tried too often.
shared::queue_event!("evaluations", dispatch::take, dispatch::bury);

// Each minute.
shared::schedule_event!("evaluations", dispatch::wake);
