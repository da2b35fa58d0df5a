//! The Worker's events.

use crate::work::dispatch;

shared::fetch_event!();

// Steps, and those that were tried too often.
shared::queue_event!("analyses", dispatch::take, dispatch::bury);

// Each minute.
shared::schedule_event!("analyses", dispatch::wake);
