//! Mail on the host: there are no sockets, and the `send_email` binding is a scripted answer.

use super::Platform;
use crate::platform::{Envelope, Security, Target};

/// A connection that cannot be made on the host; what is said over one is tested over a stand-in.
pub struct Socket(std::convert::Infallible);

impl Socket {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub async fn connect(_: &str, _: u16, _: Security, _: u32) -> Result<Self, String> {
        Err("there are no sockets on the host".to_owned())
    }

    /// Never called: there is no socket.
    ///
    /// # Errors
    /// None.
    pub async fn read(&mut self) -> Result<Vec<u8>, String> {
        match self.0 {}
    }

    /// Never called: there is no socket.
    ///
    /// # Errors
    /// None.
    pub async fn write(&mut self, _: &[u8]) -> Result<(), String> {
        match self.0 {}
    }

    /// Never called: there is no socket.
    ///
    /// # Errors
    /// None.
    pub async fn start_tls(&mut self) -> Result<(), String> {
        match self.0 {}
    }
}

impl Platform {
    /// Asks the script: the recipient as URL, the subject as body; anything but 200 is a failure.
    ///
    /// # Errors
    /// As scripted.
    pub async fn send_email(&self, binding: &str, letter: &Envelope<'_>, _: u32) -> Result<(), String> {
        match self.scripted(Target::Service(binding), letter.to, letter.subject.as_bytes()) {
            Ok((200, ..)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}
