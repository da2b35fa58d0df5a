//! Which try comes next: the same key again, another key, another provider, or none. Pure: chance and time are given.
//!
//! Architecture invariant: this is asked only while nothing was sent to the client.

use crate::provider::Class;

/// Tries of one call, all together.
const MAX_TRIES: u32 = 6;
/// Tries with the same key before another provider is asked.
const TRIES_HERE: u32 = 2;
/// The first pause between two tries with the same key, in milliseconds; doubled each time.
const PAUSE_MS: u32 = 200;

/// Who can be tried: a target of the plan, and one of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The target's place in the plan.
    pub target: usize,
    /// The key's place among those of its provider; `None` where it wants none.
    pub key: Option<usize>,
}

/// What a failed try taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// What to do after it.
    pub class: Class,
    /// Milliseconds the provider asks us to wait.
    pub wait_ms: Option<u64>,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try this one, after so many milliseconds.
    Try(Candidate, u32),
    /// Nobody is left: the client is told of the last failure.
    Stop,
}

/// The tries of one call.
#[derive(Debug)]
pub struct Tries {
    left: Vec<Candidate>,
    here: u32,
    made: u32,
    longest_wait_ms: u64,
}

impl Tries {
    /// Tries in this order; a provider that asks for a pause longer than `longest_wait_ms` is not waited for.
    #[must_use]
    pub const fn new(order: Vec<Candidate>, longest_wait_ms: u64) -> Self {
        Self { left: order, here: 0, made: 0, longest_wait_ms }
    }

    /// The first.
    #[must_use]
    pub fn first(&mut self) -> Option<Candidate> {
        let first = self.left.first().copied()?;
        (self.here, self.made) = (1, 1);
        Some(first)
    }

    /// What follows a failure. `chance` is any number; it spreads the pauses of many callers.
    pub fn after(&mut self, lesson: Lesson, chance: u32) -> Next {
        let Some(current) = self.left.first().copied() else { return Next::Stop };
        if self.made >= MAX_TRIES {
            return Next::Stop;
        }
        match lesson.class {
            Class::GiveUp => Next::Stop,
            Class::Retry => self.again(current, lesson, chance).unwrap_or_else(|| self.beyond(current, false)),
            Class::NextProvider => self.beyond(current, false),
            Class::SwitchKey => self.beyond(current, true),
            // Its rate is the key's: another key, another provider, and only then a pause.
            Class::Wait => match self.left.len() {
                0 | 1 => self.again(current, lesson, chance).unwrap_or(Next::Stop),
                _ => self.beyond(current, true),
            },
        }
    }

    /// The first candidate of another target than the one that is tried.
    #[must_use]
    pub fn other(&self) -> Option<Candidate> {
        let current = self.left.first()?;
        self.left.iter().find(|one| one.target != current.target).copied()
    }

    /// This one has been tried beside the current one.
    pub fn pass(&mut self, candidate: Candidate) {
        self.left.retain(|one| *one != candidate);
        self.made += 1;
    }

    fn again(&mut self, current: Candidate, lesson: Lesson, chance: u32) -> Option<Next> {
        if self.here >= TRIES_HERE {
            return None;
        }
        let pause = PAUSE_MS << (self.here - 1).min(4);
        // Half of it at least, one and a half of it at most.
        let spread = u64::from(pause / 2 + chance % (pause + 1));
        let pause = lesson.wait_ms.unwrap_or(0).max(spread);
        if lesson.wait_ms.is_some_and(|wait| wait > self.longest_wait_ms) {
            return None;
        }
        self.here += 1;
        self.made += 1;
        Some(Next::Try(current, u32::try_from(pause).unwrap_or(u32::MAX)))
    }

    /// The next one: with `same` another key of the same target will do.
    fn beyond(&mut self, current: Candidate, same: bool) -> Next {
        self.left.remove(0);
        if !same {
            self.left.retain(|one| one.target != current.target);
        }
        match self.left.first() {
            Some(next) => {
                self.here = 1;
                self.made += 1;
                Next::Try(*next, 0)
            }
            None => Next::Stop,
        }
    }
}

/// All that a plan offers: its targets in order, each with its keys, of which the one at `start` (modulo their number)
/// comes first: callers stay with a key, so that its provider's prompt cache serves them.
#[must_use]
pub fn candidates(keys: &[usize], start: u64) -> Vec<Candidate> {
    let mut all = Vec::new();
    for (target, &count) in keys.iter().enumerate() {
        if count == 0 {
            all.push(Candidate { target, key: None });
        }
        let start = usize::try_from(start % (count as u64).max(1)).unwrap_or(0);
        all.extend((0..count).map(|i| Candidate { target, key: Some((start + i) % count) }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(class: Class) -> Lesson {
        Lesson { class, wait_ms: None }
    }

    fn run(keys: &[usize], lessons: &[Class]) -> Vec<(usize, Option<usize>)> {
        let mut tries = Tries::new(candidates(keys, 0), 1_000);
        let mut seen: Vec<Candidate> = tries.first().into_iter().collect();
        for class in lessons {
            match tries.after(lesson(*class), 7) {
                Next::Try(candidate, _) => seen.push(candidate),
                Next::Stop => break,
            }
        }
        seen.into_iter().map(|one| (one.target, one.key)).collect()
    }

    #[test]
    fn an_outage_is_tried_again_once_and_then_elsewhere() {
        use Class::Retry;
        assert_eq!(
            run(&[2, 1], &[Retry, Retry, Retry, Retry]),
            [(0, Some(0)), (0, Some(0)), (1, Some(0)), (1, Some(0))]
        );
        assert_eq!(run(&[0], &[Retry, Retry]), [(0, None), (0, None)]);
    }

    #[test]
    fn a_refused_key_or_a_rate_leads_to_the_next_key_first() {
        use Class::{SwitchKey, Wait};
        assert_eq!(run(&[2, 1], &[SwitchKey, Wait]), [(0, Some(0)), (0, Some(1)), (1, Some(0))]);
        assert_eq!(run(&[1], &[SwitchKey]), [(0, Some(0))]);
    }

    #[test]
    fn a_rate_is_waited_for_only_when_nobody_else_is_there_and_only_briefly() {
        let wait = |ms| Lesson { class: Class::Wait, wait_ms: Some(ms) };
        let mut tries = Tries::new(candidates(&[1], 0), 1_000);
        let only = tries.first().unwrap();
        assert_eq!(tries.after(wait(900), 0), Next::Try(only, 900));
        assert_eq!(tries.after(wait(900), 0), Next::Stop);
        let mut tries = Tries::new(candidates(&[1], 0), 1_000);
        tries.first().unwrap();
        assert_eq!(tries.after(wait(3_000), 0), Next::Stop);
    }

    #[test]
    fn what_is_the_clients_fault_is_not_tried_again() {
        assert_eq!(run(&[3, 3], &[Class::GiveUp]).len(), 1);
        assert_eq!(run(&[3, 3], &[Class::NextProvider, Class::NextProvider]), [(0, Some(0)), (1, Some(0))]);
    }

    #[test]
    fn tries_end_and_pauses_are_spread_around_their_length() {
        let mut tries = Tries::new(candidates(&[9, 9], 0), 1_000);
        tries.first().unwrap();
        let made = (0..50).filter(|i| tries.after(lesson(Class::SwitchKey), *i) != Next::Stop).count();
        assert_eq!(made, 5);
        for chance in [0, 1, 99, 200, u32::MAX] {
            let mut tries = Tries::new(candidates(&[1], 0), 1_000);
            tries.first().unwrap();
            let Next::Try(_, pause) = tries.after(lesson(Class::Retry), chance) else { panic!("a second try") };
            assert!((100..=300).contains(&pause), "{pause}");
        }
    }

    #[test]
    fn callers_begin_at_their_own_key() {
        let begin = |start| candidates(&[3], start)[0].key;
        assert_eq!((begin(0), begin(1), begin(5)), (Some(0), Some(1), Some(2)));
    }
}
