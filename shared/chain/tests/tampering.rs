//! Whoever edits, inserts, moves or cuts is found out.

#![cfg(test)]

use chain::{Entry, Event, Fault, Personal, Told, Verifier, commitment, genesis, hex, link};

/// An event that can be changed.
#[derive(Clone, Debug)]
struct Sealed {
    sequence: u64,
    row: u64,
    kind: &'static str,
    user: String,
    network: Option<String>,
    commitment: String,
    hash: String,
}

impl Sealed {
    fn event(&self) -> Event<'_> {
        let (id, at) = ("evt_1", "2026-11-20T10:30:00.000Z");
        Event {
            sequence: self.sequence,
            row: self.row,
            id,
            at,
            kind: self.kind,
            user_id: Some(&self.user),
            actor_id: None,
        }
    }
}

fn personal(network: &str) -> Personal<'_> {
    Personal { salt: "5a17", network, user_agent: "curl", detail: "{}" }
}

/// A chain of so many events, of as many users; the last one deletes the first account.
fn chain_of(length: u64) -> Vec<Sealed> {
    let mut all: Vec<Sealed> = Vec::new();
    for sequence in 1..=length {
        let last = sequence == length;
        let user = if last { "usr_1".to_owned() } else { format!("usr_{sequence}") };
        let kind = if last { "deleted" } else { "signed_in" };
        let network = format!("10.0.0.{sequence}");
        let committed = commitment(&personal(&network));
        let (network, row) = (Some(network), sequence);
        let (commitment, hash) = (hex(&committed), String::new());
        let mut sealed = Sealed { sequence, row, kind, user, network, commitment, hash };
        let before = all.last().and_then(|before| chain::unhex(&before.hash)).unwrap_or_else(|| genesis("test"));
        sealed.hash = hex(&link(&before, &sealed.event(), &committed));
        all.push(sealed);
    }
    all
}

fn verified(all: &[Sealed], head: u64, hash: &str) -> Result<Told, Fault> {
    let mut verifier = Verifier::new("test", head);
    for sealed in all {
        let Sealed { commitment, hash, .. } = sealed;
        let personal = sealed.network.as_deref().map(personal);
        verifier.next(&Entry { event: sealed.event(), personal, forgotten: personal.is_none(), commitment, hash })?;
    }
    verifier.end(hash)
}

fn check(change: impl FnOnce(&mut Vec<Sealed>), expected: &Fault) {
    let mut all = chain_of(6);
    let head = all[5].hash.clone();
    change(&mut all);
    assert_eq!(verified(&all, 6, &head).as_ref(), Err(expected));
}

#[test]
fn a_chain_that_nobody_touched_is_whole() {
    let all = chain_of(6);
    let told = verified(&all, 6, &all[5].hash).unwrap();
    assert_eq!(told, Told { events: 6, personal: 6, ..Told::default() });
    assert_eq!(verified(&all, 4, &all[3].hash).unwrap().behind_head, 2);
}

#[test]
fn an_edited_event_is_found() {
    check(|all| all[2].kind = "signed_out", &Fault::Changed(3));
    check(|all| all[2].user = "usr_9".to_owned(), &Fault::Changed(3));
    check(|all| all[2].row = 9, &Fault::Changed(3));
    check(|all| all[2].commitment = "é".repeat(32), &Fault::Changed(3));
    check(|all| all[2].network = Some("10.9.9.9".to_owned()), &Fault::PersonalChanged(3));
}

#[test]
fn an_edited_event_with_a_fitting_hash_is_found_at_the_next_one() {
    let rehash = |all: &mut Vec<Sealed>| {
        all[2].kind = "signed_out";
        let (before, committed) = (chain::unhex(&all[1].hash).unwrap(), chain::unhex(&all[2].commitment).unwrap());
        all[2].hash = hex(&link(&before, &all[2].event(), &committed));
    };
    check(rehash, &Fault::Changed(4));
}

#[test]
fn a_chain_that_was_made_anew_does_not_lead_to_the_head() {
    let head = chain_of(6)[5].hash.clone();
    let mut all = chain_of(7);
    all.truncate(6);
    assert_eq!(verified(&all, 6, &head), Err(Fault::OtherHead(6)));
}

#[test]
fn an_inserted_event_is_found() {
    let twice = |all: &mut Vec<Sealed>| all.insert(2, all[2].clone());
    check(twice, &Fault::OutOfOrder { expected: 4, found: 3 });
    let renumbered = |all: &mut Vec<Sealed>| {
        all.insert(2, all[2].clone());
        (1..).zip(all.iter_mut()).for_each(|(sequence, sealed)| sealed.sequence = sequence);
    };
    check(renumbered, &Fault::Changed(4));
}

#[test]
fn moved_events_are_found() {
    check(|all| all.swap(1, 3), &Fault::OutOfOrder { expected: 2, found: 4 });
    let renumbered = |all: &mut Vec<Sealed>| {
        all.swap(1, 3);
        (1..).zip(all.iter_mut()).for_each(|(sequence, sealed)| sealed.sequence = sequence);
    };
    check(renumbered, &Fault::Changed(2));
}

#[test]
fn a_cut_is_found_at_the_beginning_in_the_middle_and_at_the_end() {
    check(|all| drop(all.remove(0)), &Fault::OutOfOrder { expected: 1, found: 2 });
    check(|all| drop(all.remove(3)), &Fault::OutOfOrder { expected: 4, found: 5 });
    check(|all| drop(all.pop()), &Fault::Cut { last: 5, head: 6 });
    check(Vec::clear, &Fault::Cut { last: 0, head: 6 });
}

#[test]
fn what_is_personal_may_be_forgotten_with_the_account_and_not_otherwise() {
    let mut all = chain_of(6);
    let head = all[5].hash.clone();
    all[0].network = None;
    assert_eq!(verified(&all, 6, &head).unwrap().forgotten, 1);
    check(|all| all[1].network = None, &Fault::ForgottenWithoutDeletion(2));
}

#[test]
fn another_deployments_chain_is_none_of_this_one() {
    let all = chain_of(2);
    let mut verifier = Verifier::new("staging", 2);
    let Sealed { commitment, hash, .. } = &all[0];
    let entry = Entry { event: all[0].event(), personal: None, forgotten: false, commitment, hash };
    assert_eq!(verifier.next(&entry), Err(Fault::Changed(1)));
}

#[test]
fn verifying_goes_on_from_an_earlier_head() {
    let all = chain_of(6);
    let mut verifier = Verifier::after(3, chain::unhex(&all[2].hash).unwrap(), 6);
    for sealed in &all[3..] {
        let Sealed { commitment, hash, .. } = sealed;
        verifier.next(&Entry { event: sealed.event(), personal: None, forgotten: false, commitment, hash }).unwrap();
    }
    assert_eq!(verifier.end(&all[5].hash).unwrap().events, 3);
}
