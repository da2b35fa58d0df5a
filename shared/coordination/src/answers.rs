//! What a call and the object of answers say to each other: one line of words, and a sealed text behind it. All words are
//! our own: hexadecimal keys, ids, numbers, base64.

/// An answer is asked for, or the right to make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The answer's key.
    pub key: String,
    /// Who asks.
    pub holder: String,
    /// Milliseconds they have to make it.
    pub lease_ms: u64,
    /// A kept answer, or one being made, will do.
    pub read: bool,
}

/// An answer is here to be kept; with a vector, under what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put<'a> {
    /// The answer's key.
    pub key: String,
    /// Seconds it is kept.
    pub ttl_s: u64,
    /// The questions it is compared with, and its own vector.
    pub near: Option<(String, String)>,
    /// The sealed answer.
    pub sealed: &'a str,
}

/// An answer to a question that means the same is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The questions it is compared with.
    pub scope: String,
    /// How alike it must be, in thousandths.
    pub threshold: u32,
    /// Its vector.
    pub vector: String,
}

impl Claim {
    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} {} {} {}", self.key, self.holder, self.lease_ms, u8::from(self.read))
    }

    /// Reads a text.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let [key, holder, lease_ms, read] = words(text)?;
        Some(Self {
            key: key.to_owned(),
            holder: holder.to_owned(),
            lease_ms: lease_ms.parse().ok()?,
            read: read == "1",
        })
    }
}

impl<'a> Put<'a> {
    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { key, ttl_s, near, sealed } = self;
        let (scope, vector) = near.as_ref().map_or(("-", "-"), |(scope, vector)| (scope, vector));
        format!("{key} {ttl_s} {scope} {vector}\n{sealed}")
    }

    /// Reads a text.
    #[must_use]
    pub fn of_text(text: &'a str) -> Option<Self> {
        let (line, sealed) = text.split_once('\n')?;
        let [key, ttl_s, scope, vector] = words(line)?;
        let near = (scope != "-").then(|| (scope.to_owned(), vector.to_owned()));
        Some(Self { key: key.to_owned(), ttl_s: ttl_s.parse().ok()?, near, sealed })
    }
}

impl Near {
    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} {} {}", self.scope, self.threshold, self.vector)
    }

    /// Reads a text.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let [scope, threshold, vector] = words(text)?;
        Some(Self { scope: scope.to_owned(), threshold: threshold.parse().ok()?, vector: vector.to_owned() })
    }
}

/// Exactly so many words.
#[must_use]
pub fn words<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.split(' ').collect::<Vec<&str>>().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let claim = Claim { key: "k".into(), holder: "call_1".into(), lease_ms: 9, read: true };
        assert_eq!(Claim::of_text(&claim.to_text()), Some(claim));
        for near in [None, Some(("s".to_owned(), "AAA=".to_owned()))] {
            let put = Put { key: "k".into(), ttl_s: 60, near, sealed: "a b\nc" };
            assert_eq!(Put::of_text(&put.to_text()), Some(put));
        }
        let near = Near { scope: "s".into(), threshold: 950, vector: "AAA=".into() };
        assert_eq!(Near::of_text(&near.to_text()), Some(near));
        assert_eq!((Claim::of_text("a b"), Put::of_text("a b c d"), Near::of_text("")), (None, None, None));
    }
}
