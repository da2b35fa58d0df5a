//! A stream that is written here, on the host: what was written when all is told.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::future::LocalBoxFuture;

/// What is written and when.
pub type Telling = Box<dyn FnOnce(Pen) -> LocalBoxFuture<'static, ()>>;

/// A stream that is ready to be written.
pub struct Live {
    telling: Telling,
}

/// The writing end.
pub struct Pen(Rc<RefCell<String>>);

impl Live {
    /// A stream of what this writes.
    pub fn new(_: &super::Platform, telling: Telling) -> Self {
        Self { telling }
    }

    /// All of it. On the host nothing waits, so it is told in one go; what does wait is cut off there.
    pub(super) fn told(self) -> Vec<u8> {
        let text = Rc::<RefCell<String>>::default();
        let mut telling = (self.telling)(Pen(Rc::clone(&text)));
        match telling.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(()) | Poll::Pending => text.take().into_bytes(),
        }
    }
}

impl Pen {
    /// Writes a text; the client never leaves.
    pub async fn write(&self, text: &str) -> bool {
        self.0.borrow_mut().push_str(text);
        true
    }
}
