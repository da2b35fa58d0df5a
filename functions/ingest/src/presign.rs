//! URLs that let whoever has them write one part of an object to a bucket that speaks S3: AWS Signature Version 4 in the query
//! (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). Pure.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use shared::platform::Platform;
use shared::time;
use shared::trace::push_hex;

/// Where the bucket is and by which key it is written.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// `https://<account>.r2.cloudflarestorage.com/<bucket>`, without a slash at its end.
    pub url: String,
    /// The key's id.
    pub key_id: String,
    /// Its secret.
    pub secret: String,
    /// `auto` for R2.
    pub region: String,
}

impl Bucket {
    /// By `R2_S3_URL`, `R2_ACCESS_KEY_ID` and `R2_SECRET_ACCESS_KEY`; `None` where one of them is missing.
    pub fn of(platform: &Platform) -> Option<Self> {
        let var = |name: &str| platform.var(name);
        Some(Self {
            url: var("R2_S3_URL")?.trim_end_matches('/').to_owned(),
            key_id: var("R2_ACCESS_KEY_ID")?,
            secret: var("R2_SECRET_ACCESS_KEY")?,
            region: "auto".to_owned(),
        })
    }
}

/// What a URL lets its holder do.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The method.
    pub method: &'a str,
    /// The object.
    pub object: &'a str,
    /// Further parameters of the query, sorted by name.
    pub query: &'a [(&'a str, &'a str)],
    /// Headers the request must carry beside `host`, sorted, their names in lower case and before `host`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
    /// For so many seconds.
    pub seconds: u64,
}

/// The signed URL.
pub fn url(bucket: &Bucket, grant: &Grant<'_>) -> String {
    let stamp = stamp(grant.now_ms);
    let day = stamp.get(..8).unwrap_or_default().to_owned();
    let scope = format!("{day}/{}/s3/aws4_request", bucket.region);
    let (origin, base) = split(&bucket.url);
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let path = format!("{base}/{}", escape(grant.object, true));
    let mut names: Vec<&str> = grant.headers.iter().map(|(name, _)| *name).collect();
    names.push("host");
    let signed = names.join(";");
    let mut pairs: Vec<(String, String)> =
        grant.query.iter().map(|(name, value)| (escape(name, false), escape(value, false))).collect();
    let own = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("X-Amz-Credential", format!("{}/{scope}", bucket.key_id)),
        ("X-Amz-Date", stamp.clone()),
        ("X-Amz-Expires", grant.seconds.to_string()),
        ("X-Amz-SignedHeaders", signed.clone()),
    ];
    pairs.extend(own.map(|(name, value)| (name.to_owned(), escape(&value, false))));
    pairs.sort_unstable();
    let query = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let headers: String = grant.headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("{}\n{path}\n{query}\n{headers}host:{host}\n\n{signed}\nUNSIGNED-PAYLOAD", grant.method);
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let signature = hex(&mac(&key(&bucket.secret, &day, &bucket.region), text.as_bytes()));
    format!("{origin}{path}?{query}&X-Amz-Signature={signature}")
}

fn key(secret: &str, day: &str, region: &str) -> Vec<u8> {
    let first = mac(format!("AWS4{secret}").as_bytes(), day.as_bytes());
    [region, "s3", "aws4_request"].iter().fold(first, |key, part| mac(&key, part.as_bytes()))
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // Keys of any length are taken (RFC 2104 §3).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// `20130524T000000Z`.
fn stamp(now_ms: u64) -> String {
    let text = time::rfc3339(now_ms);
    let seconds = text.split('.').next().unwrap_or_default();
    seconds.chars().filter(|letter| !matches!(letter, '-' | ':')).chain(['Z']).collect()
}

/// `https://host` and the path behind it.
fn split(url: &str) -> (&str, &str) {
    let from = url.find("://").map_or(0, |at| at + 3);
    let at = url.get(from..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| from + at);
    url.split_at_checked(at).unwrap_or((url, ""))
}

/// As AWS writes URLs: all but unreserved characters in hexadecimal, in paths without the slashes.
fn escape(text: &str, path: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (path && byte == b'/') {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
            escaped.extend([digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    push_hex(&mut text, bytes);
    text
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Grant, url};

    /// The example of AWS's own page on query authentication.
    #[test]
    fn the_published_example_comes_to_the_published_signature() {
        let bucket = Bucket {
            url: "https://examplebucket.s3.amazonaws.com".to_owned(),
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let now_ms = shared::time::parse("2013-05-24T00:00:00Z").unwrap();
        let grant = Grant { method: "GET", object: "test.txt", query: &[], headers: &[], now_ms, seconds: 86_400 };
        assert_eq!(
            url(&bucket, &grant),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z\
&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn a_bucket_in_the_path_and_a_length_are_signed_with_the_rest() {
        let bucket = Bucket {
            url: "http://127.0.0.1:9/some bucket".to_owned(),
            key_id: "id".to_owned(),
            secret: "secret".to_owned(),
            region: "auto".to_owned(),
        };
        let query = [("partNumber", "2"), ("uploadId", "a/b+c")];
        let headers = [("content-length", "7")];
        let grant =
            Grant { method: "PUT", object: "files/f/direct", query: &query, headers: &headers, now_ms: 0, seconds: 60 };
        let signed = url(&bucket, &grant);
        assert!(
            signed.contains("X-Amz-SignedHeaders=content-length%3Bhost&partNumber=2&uploadId=a%2Fb%2Bc&"),
            "{signed}"
        );
        let other = url(&bucket, &Grant { headers: &[("content-length", "8")], ..grant });
        assert_ne!(signed, other);
    }
}
