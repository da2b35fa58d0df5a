//! A stream that is written here while the client reads it: news, as they come. Not here: what another function or a
//! provider sends (`relay`).

use ::futures::future::LocalBoxFuture;
use wasm_bindgen::JsValue;

use super::{Platform, glue, task};

/// What is written and when: it is told the pen, and begins when the reply leaves.
pub type Telling = Box<dyn FnOnce(Pen) -> LocalBoxFuture<'static, ()>>;

/// A stream that is ready to be written.
pub struct Live {
    platform: Platform,
    telling: Telling,
}

/// The writing end.
pub struct Pen(JsValue);

impl Live {
    /// A stream of what this writes.
    pub fn new(platform: &Platform, telling: Telling) -> Self {
        Self { platform: platform.background(), telling }
    }

    /// Begins to write; the value is the client's side.
    pub(super) fn start(self) -> JsValue {
        let pen = glue::pen(&self.platform.request);
        let readable = glue::readable(&pen);
        let told = (self.telling)(Pen(pen.clone()));
        self.platform.wait_until(async move {
            told.await;
            let _ = task::of(&glue::close(&pen)).await;
        });
        readable
    }
}

impl Pen {
    /// Writes a text and waits until the client reads; `false` when it has left.
    pub async fn write(&self, text: &str) -> bool {
        task::of(&glue::write(&self.0, text)).await.is_ok_and(|written| written.is_truthy())
    }
}
