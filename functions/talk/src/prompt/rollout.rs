//! Which of two versions a key gets. Pure: the same key always gets the same one, and as the share of the next version
//! grows, nobody goes back.

use sha2::{Digest, Sha256};

/// The finest share is a hundredth of a percent.
const BUCKETS: u64 = 10_000;

/// Whether this key gets the next version, where `percent` of all keys do.
pub fn gets_next(prompt: &str, label: &str, key: &str, percent: u32) -> bool {
    bucket(prompt, label, key) < u64::from(percent) * (BUCKETS / 100)
}

fn bucket(prompt: &str, label: &str, key: &str) -> u64 {
    let mut hash = Sha256::new();
    for part in [prompt, label, key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    u64::from_be_bytes(first) % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::gets_next;

    fn share(percent: u32) -> usize {
        (0..2_000).filter(|n| gets_next("prm_1", "production", &format!("usr_{n}"), percent)).count()
    }

    #[test]
    fn the_share_is_about_what_was_asked_and_its_ends_are_exact() {
        assert_eq!((share(0), share(100)), (0, 2_000));
        assert!((900..1_100).contains(&share(50)), "{}", share(50));
    }

    #[test]
    fn a_key_that_got_the_next_version_keeps_it_as_the_share_grows() {
        for n in 0..500 {
            let key = format!("usr_{n}");
            let gets: Vec<bool> = (0..=100).map(|percent| gets_next("prm_1", "production", &key, percent)).collect();
            assert!(gets.is_sorted(), "{key}");
        }
    }

    #[test]
    fn labels_are_drawn_apart() {
        let differs = |n: &i32| {
            let key = n.to_string();
            gets_next("prm_1", "production", &key, 50) != gets_next("prm_1", "staging", &key, 50)
        };
        assert!((0..100).filter(differs).count() > 20);
    }
}
