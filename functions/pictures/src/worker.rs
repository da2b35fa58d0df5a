//! The Worker's events.

shared::fetch_event!();
