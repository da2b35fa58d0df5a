//! Images and files: a `data:` URL (RFC 2397) on one side, bytes in base64 with their type on the other.

use std::borrow::Cow;

use crate::dialect::node::inner;
use crate::json::pointer;

/// Where the bytes of an image or a file are.
pub(crate) enum Source<'a> {
    /// At this address, a JSON string.
    Url(&'a str),
    /// Here, in base64; `data` is what stands between a string's quotes.
    Base64 { media: Cow<'a, str>, data: &'a str },
    /// Here, as text: a JSON string.
    Text(&'a str),
}

impl<'a> Source<'a> {
    /// What the JSON string `url` names; `None` for a `data:` URL that is not in base64.
    pub(crate) fn of_url(url: &'a str) -> Option<Self> {
        let bare = inner(url);
        let Some(rest) = bare.strip_prefix("data:") else {
            return Some(Self::Url(url));
        };
        let (head, data) = rest.split_once(',')?;
        // `image\/png` is as good as `image/png`.
        let head = if head.contains('\\') { Cow::Owned(head.replace("\\/", "/")) } else { Cow::Borrowed(head) };
        let media = head.strip_suffix(";base64")?;
        let media = media.split(';').next().unwrap_or_default().to_owned();
        Some(Self::Base64 { media: Cow::Owned(media), data })
    }

    /// The URL that says the same, as what stands between a string's quotes; `None` for text.
    pub(crate) fn url(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Url(url) => Some(Cow::Borrowed(inner(url))),
            Self::Base64 { media, data } => Some(Cow::Owned(["data:", media, ";base64,", data].concat())),
            Self::Text(_) => None,
        }
    }
}

/// A media type as it may be written into JSON: letters, digits and the few signs of RFC 6838.
pub(crate) fn media(raw: &str) -> Option<Cow<'_, str>> {
    let media = pointer::text(raw)?;
    let good = media.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.".contains(&b));
    good.then_some(media)
}
