//! The Worker's events.

shared::fetch_event!();

// The `scheduled` event: tells the objects limits they were not told. Its failure is logged; the next minute tries again.
shared::schedule_event!("users", crate::limits::mend);
