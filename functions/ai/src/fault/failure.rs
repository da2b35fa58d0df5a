//! What went wrong between us and an upstream, as the client is told: as a reply when
//! nothing was sent yet, as an event when the stream had begun.
//!
//! Errors an upstream itself replied with are in `upstream_error`.

use serde::Serialize;

/// The body of an error in the OpenAI dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// A sentence for people.
    pub message: String,
    /// The class of error.
    #[serde(rename = "type")]
    pub kind: String,
    /// The member of the request at fault.
    pub param: Option<String>,
    /// A stable code for programs.
    pub code: Option<String>,
}

impl ErrorBody {
    /// `{"error": …}`.
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: &'a ErrorBody,
        }
        // Four strings always serialise; the fallback keeps the shape.
        serde_json::to_string(&Envelope { error: self }).unwrap_or_else(|_| r#"{"error":{}}"#.to_owned())
    }

    /// The event `data: {"error": …}` that ends a broken stream. No `[DONE]` follows it.
    #[must_use]
    pub fn to_event(&self) -> Vec<u8> {
        // JSON has no raw line ends, so one data line is enough.
        format!("data: {}\n\n", self.to_json()).into_bytes()
    }
}

/// A fault of the connection rather than of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection within the deadline, or it was refused.
    Unreachable,
    /// Nothing came before the first-token deadline.
    FirstTokenTimeout,
    /// Nothing came for the idle deadline, in mid-stream.
    IdleTimeout,
    /// The call exceeded its total deadline.
    TotalTimeout,
    /// The stream ended before its terminal marker.
    Truncated,
    /// An event exceeded the bound.
    EventTooLarge,
    /// A success whose body is not what it should be.
    InvalidReply,
    /// The provider says that it failed, after it had begun.
    Failed,
    /// All who could answer have failed too often just now, and were not asked.
    Resting,
}

impl Failure {
    /// The status of the reply, when none was sent yet.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::FirstTokenTimeout | Self::IdleTimeout | Self::TotalTimeout => 504,
            Self::Resting => 503,
            Self::Unreachable | Self::Truncated | Self::EventTooLarge | Self::InvalidReply | Self::Failed => 502,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "upstream_unreachable",
            Self::FirstTokenTimeout => "upstream_first_token_timeout",
            Self::IdleTimeout => "upstream_idle_timeout",
            Self::TotalTimeout => "upstream_total_timeout",
            Self::Truncated => "upstream_truncated",
            Self::EventTooLarge | Self::InvalidReply => "upstream_invalid",
            Self::Failed => "upstream_error",
            Self::Resting => "upstream_resting",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Unreachable => "The model's provider could not be reached.",
            Self::FirstTokenTimeout => "The model's provider did not begin to answer in time.",
            Self::IdleTimeout => "The model's provider stopped sending.",
            Self::TotalTimeout => "The answer took longer than allowed.",
            Self::Truncated => "The model's provider ended the answer before it was complete.",
            Self::EventTooLarge => "The model's provider sent an event that is too large.",
            Self::Failed => "The model's provider failed to answer.",
            Self::Resting => "The model's provider has failed too often just now; try again later.",
            Self::InvalidReply => "The model's provider sent a reply that cannot be read.",
        }
    }

    /// The error as the client reads it.
    #[must_use]
    pub fn body(self) -> ErrorBody {
        ErrorBody {
            message: self.message().to_owned(),
            kind: "upstream_error".to_owned(),
            param: None,
            code: Some(self.code().to_owned()),
        }
    }

    /// The event that ends a stream with this failure.
    #[must_use]
    pub fn event(self) -> Vec<u8> {
        self.body().to_event()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_whole_event_with_an_error() {
        let event = String::from_utf8(Failure::Truncated.event()).unwrap();
        let json = event.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["error"]["code"], "upstream_truncated");
        assert_eq!(value["error"]["type"], "upstream_error");
        assert_eq!(value["error"]["param"], serde_json::Value::Null);
    }

    #[test]
    fn line_ends_in_a_message_do_not_break_the_event() {
        let body = ErrorBody { message: "a\n\nb\r".to_owned(), ..Failure::Truncated.body() };
        let event = body.to_event();
        assert_eq!(event.iter().filter(|byte| b"\r\n".contains(byte)).count(), 2);
    }

    #[test]
    fn timeouts_are_504_and_the_rest_502() {
        assert_eq!(Failure::IdleTimeout.status(), 504);
        assert_eq!(Failure::Unreachable.status(), 502);
    }
}
