//! Ways to send mail: a TCP socket, and the `send_email` binding.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::{Platform, task, words};
use crate::platform::{Envelope, Security};

#[wasm_bindgen(module = "/src/platform/mail.js")]
extern "C" {
    fn dial(host: &str, port: u16, tls: &str, milliseconds: u32) -> js_sys::Promise;
    fn hear(line: &JsValue, milliseconds: u32) -> js_sys::Promise;
    fn say(line: &JsValue, bytes: &[u8], milliseconds: u32) -> js_sys::Promise;
    #[wasm_bindgen(js_name = startTls)]
    fn start_tls(line: &JsValue, milliseconds: u32) -> js_sys::Promise;
    #[wasm_bindgen(js_name = hangUp)]
    fn hang_up(line: &JsValue);
    #[wasm_bindgen(js_name = sendEmail)]
    #[allow(clippy::too_many_arguments, reason = "one crossing")]
    fn send_email(
        binding: &JsValue,
        from: &str,
        name: &str,
        to: &str,
        subject: &str,
        text: &str,
        html: &str,
        milliseconds: u32,
    ) -> js_sys::Promise;
}

/// A TCP connection; closed when it is dropped.
pub struct Socket {
    line: JsValue,
    deadline_ms: u32,
}

impl Socket {
    /// Connects. Every wait of this socket may take `deadline_ms`.
    ///
    /// # Errors
    /// When nobody answers, or the certificate is not good, in the runtime's words.
    pub async fn connect(host: &str, port: u16, security: Security, deadline_ms: u32) -> Result<Self, String> {
        let tls = match security {
            Security::Tls => "on",
            Security::StartTls => "starttls",
            Security::Plain => "off",
        };
        let line = task::of(&dial(host, port, tls, deadline_ms)).await.map_err(|error| words(&error))?;
        Ok(Self { line, deadline_ms })
    }

    /// The next bytes; none when the other side has ended.
    ///
    /// # Errors
    /// When the connection broke, or past the deadline.
    pub async fn read(&mut self) -> Result<Vec<u8>, String> {
        let bytes = task::of(&hear(&self.line, self.deadline_ms)).await.map_err(|error| words(&error))?;
        Ok(bytes.unchecked_into::<Uint8Array>().to_vec())
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// As `read`.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let written = task::of(&say(&self.line, bytes, self.deadline_ms)).await;
        written.map(|_| ()).map_err(|error| words(&error))
    }

    /// Goes on under TLS; the socket must have been made with `Security::StartTls`.
    ///
    /// # Errors
    /// When the handshake fails.
    pub async fn start_tls(&mut self) -> Result<(), String> {
        let begun = task::of(&start_tls(&self.line, self.deadline_ms)).await;
        begun.map(|_| ()).map_err(|error| words(&error))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        hang_up(&self.line);
    }
}

impl Platform {
    /// Sends a letter through the `send_email` binding of this name.
    ///
    /// # Errors
    /// When none is bound, or it refuses the letter, in its own words.
    pub async fn send_email(&self, binding: &str, letter: &Envelope<'_>, deadline_ms: u32) -> Result<(), String> {
        let bound = js_sys::Reflect::get(self.env.as_ref(), &binding.into()).ok().filter(JsValue::is_object);
        let bound = bound.ok_or_else(|| format!("nothing is bound as {binding}"))?;
        let Envelope { from, name, to, subject, text, html } = *letter;
        let sent = task::of(&send_email(&bound, from, name, to, subject, text, html, deadline_ms)).await;
        sent.map(|_| ()).map_err(|error| words(&error))
    }
}
