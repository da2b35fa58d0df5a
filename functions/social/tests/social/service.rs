//! What the tests of this function have in common.

use std::task::{Context, Poll, Waker};

use serde_json::Value;
use shared::platform::Scripted;

/// Base64url of 32 bytes.
pub(crate) const REFRESH_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// JSON with status 200.
pub(crate) fn told(value: &Value) -> Scripted {
    Ok((200, vec![], value.to_string().into_bytes()))
}

/// Runs what never waits on the host.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing waits on the host"),
    }
}
