//! The Worker's events.

shared::fetch_event!();

// The `scheduled` event: ten minutes past each hour.
shared::schedule_event!("ingest", crate::sweep::run);
