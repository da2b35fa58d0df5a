//! A stand-in of the object of answers: its own decisions, without waiting and without storage.

use std::collections::HashMap;

use coordination::answers::{Claim, Near, Put};
use coordination::vector::Vector;
use coordinators::answers::near::nearest;
use coordinators::answers::shelf::{Claimed, Shelf};
use shared::platform::Scripted;

use crate::service::answer;

#[derive(Default)]
pub(crate) struct Answers {
    shelf: Shelf,
    sealed: HashMap<String, String>,
    vectors: HashMap<String, (String, Vector)>,
}

impl Answers {
    /// What the object answers.
    pub(crate) fn hear(&mut self, url: &str, body: &str, now_ms: u64) -> Scripted {
        match url.rsplit('/').next() {
            Some("claim") => {
                let ask = Claim::of_text(body).unwrap();
                match self.shelf.claim(&ask.key, &ask.holder, now_ms + ask.lease_ms, ask.read, now_ms) {
                    Claimed::Hit => answer(200, &self.sealed[&ask.key]),
                    Claimed::Lead => answer(201, ""),
                    Claimed::Wait => answer(410, ""),
                }
            }
            Some("put") => {
                let put = Put::of_text(body).unwrap();
                self.shelf.put(&put.key, now_ms + put.ttl_s * 1_000, put.sealed.len() as u64, now_ms);
                self.sealed.insert(put.key.clone(), put.sealed.to_owned());
                if let Some((scope, vector)) = put.near {
                    self.vectors.insert(put.key, (scope, Vector::of_text(&vector).unwrap()));
                }
                answer(204, "")
            }
            Some("give_up") => {
                let (key, holder) = body.split_once(' ').unwrap();
                assert!(self.shelf.give_up(key, holder));
                answer(204, "")
            }
            Some("near") => {
                let ask = Near::of_text(body).unwrap();
                let known = self.vectors.iter().filter(|(_, (scope, _))| *scope == ask.scope);
                let known = known.map(|(key, (_, vector))| (key.as_str(), vector));
                match nearest(&Vector::of_text(&ask.vector).unwrap(), ask.threshold, known) {
                    Some(key) => answer(200, &self.sealed[key]),
                    None => answer(404, ""),
                }
            }
            _ => panic!("no such path: {url}"),
        }
    }
}
