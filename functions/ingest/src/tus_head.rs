//! What tus says in headers (tus.io/protocols/resumable-upload, 1.0). Pure reading.

use base64ct::{Base64, Encoding};
use shared::problem::{Code, Problem};
use uploads::{Purpose, Visibility};

use crate::wish::Wish;

/// Algorithms of checksums by tus' names, and the runtime's.
const ALGORITHMS: [(&str, &str); 4] = [("sha1", "SHA-1"), ("sha256", "SHA-256"), ("sha512", "SHA-512"), ("md5", "MD5")];

/// What the body of one request must come to.
#[derive(Debug, PartialEq, Eq)]
pub struct Checksum {
    /// The runtime's name of the algorithm.
    pub algorithm: &'static str,
    /// The digest.
    pub sum: Vec<u8>,
}

/// `Upload-Checksum: sha256 <base64>`.
///
/// # Errors
/// 400 for an algorithm that is not known here, or a checksum that cannot be read.
pub fn checksum(field: &str) -> Result<Checksum, Problem> {
    let bad = || {
        Problem::from(Code::MalformedRequest)
            .detail("Upload-Checksum is `sha1`, `sha256`, `sha512` or `md5` and base64.")
    };
    let (name, sum) = field.trim().split_once(' ').ok_or_else(bad)?;
    let (_, algorithm) = ALGORITHMS.into_iter().find(|(known, _)| *known == name).ok_or_else(bad)?;
    let sum = Base64::decode_vec(sum.trim()).map_err(|_| bad())?;
    Ok(Checksum { algorithm, sum })
}

/// A number of bytes in a header.
///
/// # Errors
/// 400 where there is none, or something else.
pub fn number(name: &'static str, field: Option<&str>) -> Result<u64, Problem> {
    let digits = field.filter(|text| text.len() <= 15 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let number = digits.and_then(|text| text.parse().ok());
    number.ok_or_else(|| Problem::from(Code::MalformedRequest).detail(format!("{name} must be a number of bytes.")))
}

/// What is to be, by `Upload-Metadata`: pairs of a name and base64, with commas between. Names that are not known are passed
/// over, because clients send along what others want.
///
/// # Errors
/// 400 for what cannot be read; 422 for values that do not fit.
pub fn wish(metadata: &str, length: u64) -> Result<Wish, Problem> {
    let mut wish = Wish {
        filename: String::new(),
        purpose: Purpose::UserData,
        length,
        sha256: None,
        visibility: Visibility::Private,
        tags: Vec::new(),
        organisation_id: None,
        seconds: None,
    };
    let mut second_name = None;
    let invalid = |name: &str| Problem::invalid(format!("Upload-Metadata/{name}"), "invalid", "has no such value");
    for pair in metadata.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = read_pair(pair)?;
        match name {
            "filename" => wish.filename = value,
            "name" => second_name = Some(value),
            "purpose" => wish.purpose = Purpose::named(&value).ok_or_else(|| invalid(name))?,
            "visibility" => wish.visibility = Visibility::named(&value).ok_or_else(|| invalid(name))?,
            "tags" => {
                wish.tags = value.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
            }
            "sha256" => wish.sha256 = Some(value),
            "organisation_id" => wish.organisation_id = Some(value),
            _ => {}
        }
    }
    if wish.filename.is_empty() {
        wish.filename = second_name.unwrap_or_else(|| "upload".to_owned());
    }
    Ok(wish)
}

fn read_pair(pair: &str) -> Result<(&str, String), Problem> {
    let bad =
        || Problem::from(Code::MalformedRequest).detail("Upload-Metadata is names and base64, with commas between.");
    let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
    let bytes = Base64::decode_vec(value.trim()).map_err(|_| bad())?;
    Ok((name, String::from_utf8(bytes).map_err(|_| bad())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_says_what_is_to_be_and_strange_names_are_passed_over() {
        let wish = wish("filename d29ybGQucG5n,is_confidential,tags YSwgYg==, visibility cHVibGlj", 7).unwrap();
        assert_eq!((wish.filename.as_str(), wish.length), ("world.png", 7));
        assert_eq!((wish.tags, wish.visibility), (vec!["a".to_owned(), "b".to_owned()], Visibility::Public));
        assert_eq!(super::wish("name YS50eHQ=", 1).unwrap().filename, "a.txt");
        assert_eq!(super::wish("", 1).unwrap().filename, "upload");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in ["filename d29ybGQ", "filename ????", "filename //8="] {
            assert_eq!(wish(bad, 1).unwrap_err().code, Code::MalformedRequest, "{bad}");
        }
        assert_eq!(wish("purpose eA==", 1).unwrap_err().code, Code::ValidationFailed);
        for bad in ["", "sha256", "crc32 AAAA", "sha1 %"] {
            assert!(checksum(bad).is_err(), "{bad}");
        }
        assert_eq!(checksum("sha1 AAAA").unwrap(), Checksum { algorithm: "SHA-1", sum: vec![0; 3] });
        for bad in [None, Some(""), Some("-1"), Some("1.0"), Some("9999999999999999"), Some("+1")] {
            assert!(number("Upload-Length", bad).is_err(), "{bad:?}");
        }
    }
}
