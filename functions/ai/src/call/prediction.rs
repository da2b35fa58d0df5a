//! Calls of a provider that makes predictions (Replicate): made, looked at until they have ended, cancelled when nobody waits for
//! them. What goes in and comes out is said in `dialect::prediction`.

use shared::platform::{self, Answer, Platform, SendError};

use crate::call::attempt::{LONGEST_REPLY, Sending, Tried, begun, refused, send, unsent};
use crate::dialect::prediction::{State, id, state, stream_url};
use crate::fault::failure::Failure;

/// Milliseconds between two looks.
const PAUSE_MS: u32 = 500;
/// Milliseconds that a look, or cancelling, may take.
const LOOK_MS: u32 = 10_000;
/// So often what was used is looked for after a stream.
const LOOKS: u32 = 6;

/// Where a prediction is, and the key it was made with.
#[derive(Debug)]
pub(crate) struct Prediction {
    url: String,
    auth: Option<(String, String)>,
}

/// Makes a prediction: one that ends before anything is told, or one that flows.
pub(super) async fn predict(platform: &Platform, sending: &Sending<'_>) -> Tried {
    let begun_ms = platform.now_ms();
    let left = || {
        let passed = u32::try_from(platform.now_ms().saturating_sub(begun_ms)).unwrap_or(u32::MAX);
        sending.left_ms.saturating_sub(passed)
    };
    let mut answer = match send(platform, sending).await {
        Ok(answer) if (200..300).contains(&answer.status()) => answer,
        Ok(answer) => return refused(sending, answer).await,
        Err(error) => return unsent(&error, sending.stream),
    };
    let mut prediction = None;
    loop {
        let (bytes, handle) = match answer.read(LONGEST_REPLY, left().max(1)).await {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => return given_up(platform, prediction, Tried::Failed(Failure::InvalidReply)),
            Err(error) => return given_up(platform, prediction, unsent(&error, false)),
        };
        let json = std::str::from_utf8(&bytes).unwrap_or_default();
        let Some((found, state)) = id(json).zip(state(json)) else {
            return given_up(platform, prediction, Tried::Failed(Failure::InvalidReply));
        };
        let known = prediction.get_or_insert_with(|| Prediction::of(sending, &found));
        match state {
            State::Failed => return Tried::Failed(Failure::Failed),
            _ if sending.stream => return flow(platform, sending, prediction, stream_url(json).as_deref()).await,
            State::Succeeded => return Tried::Whole("application/json", bytes, handle),
            State::Running if left() <= PAUSE_MS => {
                return given_up(platform, prediction, Tried::Failed(Failure::TotalTimeout));
            }
            State::Running => platform.pause(PAUSE_MS).await,
        }
        answer = match known.call(platform, "GET", "", !sending.stays).await {
            Ok(answer) => answer,
            Err(error) => return given_up(platform, prediction, unsent(&error, false)),
        };
    }
}

/// Whether the key for `base` may go to `url`, too: the same host, or one beside it (`api.` and `stream.` of one domain).
fn akin(base: &str, url: &str) -> bool {
    let host = |url: &str| url.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default().to_owned());
    let (Some(base), Some(other)) = (host(base), host(url)) else { return false };
    let domain =
        |host: &str| host.split_once('.').map(|(_, domain)| domain.to_owned()).filter(|rest| rest.contains('.'));
    base == other || (!base.contains(':') && domain(&base).is_some() && domain(&base) == domain(&other))
}

/// Takes up the stream of a prediction. Its address may be another's, which gets no key.
async fn flow(platform: &Platform, sending: &Sending<'_>, prediction: Option<Prediction>, url: Option<&str>) -> Tried {
    let base = sending.target.upstream.url(sending.endpoint).unwrap_or_default();
    let sealed = |url: &&str| url.starts_with("https://") || !base.starts_with("https://");
    let Some(url) = url.filter(sealed) else {
        return given_up(platform, prediction, Tried::Failed(Failure::InvalidReply));
    };
    let deadline_ms = sending.deadlines.first_token.min(sending.left_ms);
    let auth = sending.target.auth_header(sending.key.as_deref()).filter(|_| akin(&base, url));
    let mut headers = vec![("accept", "text/event-stream"), ("user-agent", "selvage")];
    headers.extend(auth.as_ref().map(|(name, value)| (*name, value.as_str())));
    let call = platform::Call {
        target: platform::Target::Internet,
        method: "GET",
        url,
        headers: &headers,
        body: None,
        deadline_ms,
        ends_with_client: !sending.stays,
    };
    let tried = match platform.send(&call).await {
        Ok(answer) if answer.status() == 200 => begun(answer, deadline_ms).await,
        Ok(_) => Tried::Failed(Failure::Failed),
        Err(error) => unsent(&error, true),
    };
    match tried {
        Tried::Begun(answer, _) => Tried::Begun(answer, prediction),
        tried => given_up(platform, prediction, tried),
    }
}

/// Nobody waits for the prediction any more.
fn given_up(platform: &Platform, prediction: Option<Prediction>, tried: Tried) -> Tried {
    if let Some(prediction) = prediction {
        prediction.cancel_later(&platform.background());
    }
    tried
}

impl Prediction {
    fn of(sending: &Sending<'_>, id: &str) -> Self {
        let auth = sending.target.auth_header(sending.key.as_deref());
        let url = sending.target.upstream.beside("/predictions/", id);
        Self { url, auth: auth.map(|(name, value)| (name.to_owned(), value)) }
    }

    async fn call(
        &self,
        platform: &Platform,
        method: &str,
        step: &str,
        ends_with_client: bool,
    ) -> Result<Answer, SendError> {
        let url = [&self.url, step].concat();
        let mut headers = vec![("user-agent", "selvage")];
        headers.extend(self.auth.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let call = platform::Call {
            target: platform::Target::Internet,
            method,
            url: &url,
            headers: &headers,
            body: None,
            deadline_ms: LOOK_MS,
            ends_with_client,
        };
        platform.send(&call).await
    }

    /// Cancels it behind the reply.
    pub(super) fn cancel_later(self, platform: &Platform) {
        let (at, background) = (platform.background(), platform.background());
        at.wait_until(async move { self.cancel(&background).await });
    }

    /// Cancels it; one that has ended stays as it is.
    pub(crate) async fn cancel(&self, platform: &Platform) {
        // What cannot be reached cannot be cancelled, and ends by itself.
        let _ = self.call(platform, "POST", "/cancel", false).await;
    }

    /// The prediction, once it has ended.
    pub(crate) async fn ended(&self, platform: &Platform) -> Option<Vec<u8>> {
        for _ in 0..LOOKS {
            let answer = self.call(platform, "GET", "", false).await.ok()?;
            let (bytes, _) = answer.read(LONGEST_REPLY, LOOK_MS).await.ok()?.ok()?;
            if state(std::str::from_utf8(&bytes).ok()?)? != State::Running {
                return Some(bytes);
            }
            platform.pause(PAUSE_MS).await;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::akin;

    #[test]
    fn a_key_goes_to_hosts_of_the_same_domain_alone() {
        let base = "https://api.replicate.com/v1/models/{model}/predictions";
        for url in ["https://stream.replicate.com/v1/x", "https://api.replicate.com/v1/x"] {
            assert!(akin(base, url), "{url}");
        }
        for url in
            ["https://replicate.com.example/x", "https://example.com/x", "https://evil.com/api.replicate.com", "x", ""]
        {
            assert!(!akin(base, url), "{url}");
        }
        assert!(akin("http://127.0.0.1:80/v1", "http://127.0.0.1:80/stream"));
        assert!(!akin("http://127.0.0.1:80/v1", "http://127.0.0.1:81/stream"));
        assert!(!akin("https://a.com/v1", "https://b.com/v1"));
    }
}
