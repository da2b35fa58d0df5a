//! The Worker's events.

shared::fetch_event!();

// The `scheduled` event: each minute.
shared::schedule_event!("audit", crate::schedule::run);
