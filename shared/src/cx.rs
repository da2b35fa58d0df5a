//! The context of one request: its head, its ids, its caller, and the door to the
//! platform. Handlers take it by reference as their first argument.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::auth::Caller;
use crate::config::Config;
use crate::head::{Head, HeaderName};
use crate::limit;
use crate::platform::{Incoming, Platform};
use crate::route::{Dialect, Row};
use crate::trace::Trace;

/// One request's context.
pub struct Cx {
    /// The function's name.
    pub service: &'static str,
    /// Method, path, headers.
    pub head: Head,
    /// The body, not yet read.
    pub body: Incoming,
    /// Databases, objects, queues, other functions, time and chance.
    pub platform: Platform,
    /// The deployment's settings.
    pub config: Rc<Config>,
    /// Request id and trace.
    pub trace: Trace,
    /// The row that answers, once found.
    pub row: Option<&'static Row>,
    /// The path's parameters, percent-encoded.
    pub params: Vec<(String, String)>,
    /// The shape of this request's errors: the row's, once found.
    pub dialect: Cell<Dialect>,
    /// Zero bits of the proof of work that came with the request and was used up; 0 without one.
    pub proof_bits: Cell<u32>,
    caller: RefCell<Option<Rc<Caller>>>,
    headers: RefCell<Vec<(&'static str, String)>>,
}

impl Cx {
    /// The context of a request that no row was found for yet.
    pub fn new(service: &'static str, head: Head, body: Incoming, platform: Platform, config: Rc<Config>) -> Self {
        let trace = Trace::of(&head, &platform.random());
        platform.set_trace(&trace);
        Self {
            service,
            head,
            body,
            platform,
            config,
            trace,
            row: None,
            params: Vec::new(),
            dialect: Cell::new(Dialect::Problem),
            proof_bits: Cell::new(0),
            caller: RefCell::new(None),
            headers: RefCell::new(Vec::new()),
        }
    }

    /// When the request arrived, in milliseconds since 1970; the time all its decisions use.
    pub fn now_ms(&self) -> u64 {
        self.head.now_ms()
    }

    /// The caller, once authenticated.
    pub fn caller(&self) -> Option<Rc<Caller>> {
        self.caller.borrow().clone()
    }

    /// Notes who calls.
    pub fn set_caller(&self, caller: Rc<Caller>) {
        *self.caller.borrow_mut() = Some(caller);
    }

    /// Adds a header to whatever the reply will be, a problem included.
    pub fn add_header(&self, name: &'static str, value: String) {
        self.headers.borrow_mut().push((name, value));
    }

    /// The same in the place of one of this name that was added before.
    pub fn put_header(&self, name: &'static str, value: String) {
        self.headers.borrow_mut().retain(|(known, _)| *known != name);
        self.add_header(name, value);
    }

    /// A header of this name that was added, unless it was taken.
    pub fn added_header(&self, name: &str) -> Option<String> {
        self.headers.borrow().iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// The headers added so far.
    pub fn take_headers(&self) -> Vec<(&'static str, String)> {
        self.headers.take()
    }

    /// The client's network: IPv4, or IPv6 by /64, from `CF-Connecting-IP` alone.
    pub fn network(&self) -> String {
        limit::network_of(self.head.header(HeaderName::CfConnectingIp))
    }

    /// A fresh id of this kind.
    pub fn new_id(&self, prefix: &str) -> String {
        crate::id::new(prefix, self.now_ms(), self.platform.random())
    }
}
