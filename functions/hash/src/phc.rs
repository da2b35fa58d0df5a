//! PHC strings of Argon2id with the id of the pepper (github.com/P-H-C/phc-string-format):
//! `$argon2id$v=19$m=19456,t=2,p=1,keyid=p1$salt$hash`. What is read from a database is
//! bounded before it costs anything.

use base64ct::{Base64Unpadded, Encoding};

/// Memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// OWASP's and the design's choice: 19 MiB, two passes, one lane.
pub const TODAY: Cost = Cost { memory: 19_456, passes: 2, lanes: 1 };

/// A stored hash costs at most this, whatever it says.
const LARGEST: Cost = Cost { memory: 65_536, passes: 4, lanes: 4 };

/// A PHC string, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phc {
    /// What computing it costs.
    pub cost: Cost,
    /// The pepper's id; `None` in hashes made without one.
    pub pepper: Option<String>,
    /// The salt.
    pub salt: Vec<u8>,
    /// The hash.
    pub hash: Vec<u8>,
}

impl Phc {
    /// Reads a PHC string of Argon2id version 19 within the bounds; `None` for every other.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
        let (params, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let mut cost = Cost { memory: 0, passes: 0, lanes: 0 };
        let mut pepper = None;
        for param in params.split(',') {
            match param.split_once('=')? {
                ("m", value) => cost.memory = value.parse().ok()?,
                ("t", value) => cost.passes = value.parse().ok()?,
                ("p", value) => cost.lanes = value.parse().ok()?,
                ("keyid", value) => pepper = Some(value.to_owned()),
                _ => return None,
            }
        }
        let (salt, hash) = (Base64Unpadded::decode_vec(salt).ok()?, Base64Unpadded::decode_vec(hash).ok()?);
        let bounded = (8..=LARGEST.memory).contains(&cost.memory)
            && (1..=LARGEST.passes).contains(&cost.passes)
            && (1..=LARGEST.lanes).contains(&cost.lanes)
            && (8..=64).contains(&salt.len())
            && (16..=64).contains(&hash.len());
        (bounded && parts.next().is_none()).then_some(Self { cost, pepper, salt, hash })
    }

    /// The PHC string.
    pub fn write(&self) -> String {
        let Cost { memory, passes, lanes } = self.cost;
        let keyid = self.pepper.as_ref().map_or_else(String::new, |id| format!(",keyid={id}"));
        let (salt, hash) = (Base64Unpadded::encode_string(&self.salt), Base64Unpadded::encode_string(&self.hash));
        format!("$argon2id$v=19$m={memory},t={passes},p={lanes}{keyid}${salt}${hash}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Phc {
        Phc { cost: TODAY, pepper: Some("p1".into()), salt: vec![1; 16], hash: vec![2; 32] }
    }

    #[test]
    fn a_phc_string_reads_back() {
        assert_eq!(Phc::read(&sample().write()), Some(sample()));
        let plain = Phc { pepper: None, ..sample() };
        assert_eq!(Phc::read(&plain.write()), Some(plain));
    }

    #[test]
    fn stored_parameters_are_bounded() {
        let text = sample().write();
        for bad in ["m=4194304", "m=1", "m=-1", "m=x"] {
            assert_eq!(Phc::read(&text.replace("m=19456", bad)), None, "{bad}");
        }
        for (good, bad) in [("t=2", "t=1000000"), ("p=1", "p=255"), ("argon2id", "argon2i"), ("v=19", "v=16")] {
            assert_eq!(Phc::read(&text.replace(good, bad)), None, "{bad}");
        }
        for bad in [
            "",
            "$",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1$$",
            "$argon2id$v=19$m$AAAA$AAAA",
        ] {
            assert_eq!(Phc::read(bad), None, "{bad}");
        }
    }
}
