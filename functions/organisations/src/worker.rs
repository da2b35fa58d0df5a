//! The Worker's event.

shared::fetch_event!();
