//! Statements by number: the text of a statement is a constant, so it crosses into JavaScript once an
//! instance, and its number from then on.

use std::cell::RefCell;

use super::glue;

thread_local! {
    static KNOWN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// The number JavaScript knows a statement by.
pub(super) fn number(sql: &'static str) -> u32 {
    KNOWN.with_borrow_mut(|known| {
        let at = known.iter().position(|one| std::ptr::eq(*one, sql));
        let number = u32::try_from(at.unwrap_or(known.len())).unwrap_or(0);
        if at.is_none() {
            known.push(sql);
            glue::define_statement(number, sql);
        }
        number
    })
}
