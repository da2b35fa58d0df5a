//! The Worker's events.

shared::fetch_event!();

// The `scheduled` event: some minutes past each hour.
shared::schedule_event!("files", crate::sweep::run);
