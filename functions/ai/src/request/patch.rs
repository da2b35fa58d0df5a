//! The body that goes upstream, made from the client's by splicing.
//!
//! The model's name, usage asked for in streams, the provider's renames and clamps: all
//! else passes byte for byte, and when nothing has to change the client's own bytes do.

use crate::json::pointer;
use crate::json::splice::Splice;
use crate::money::decimal;
use crate::provider::catalogue::Target;
use crate::provider::{Clamp, Refuse, Rename};
use crate::request::{BodyError, Request, find, object};

/// The body that goes upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamBody {
    /// The client's own bytes: no need to copy them.
    Unchanged,
    /// These bytes instead.
    Changed(Vec<u8>),
}

impl UpstreamBody {
    /// The bytes; `unchanged` are the client's.
    #[must_use]
    pub fn or<'a>(&'a self, unchanged: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Changed(bytes) => bytes,
            Self::Unchanged => unchanged,
        }
    }
}

impl Request<'_> {
    /// The body for `target`: its model's name, usage asked for in streams, its provider's
    /// renames and clamps.
    ///
    /// # Errors
    /// [`BodyError`] when the provider's data refuses a value.
    pub fn upstream_body(&self, target: &Target) -> Result<UpstreamBody, BodyError> {
        for rule in &target.provider().refuse {
            self.check(rule)?;
        }
        let mut splice = Splice::default();
        if let Some(model) = self.member("model").filter(|_| self.model != target.model) {
            splice.replace(model.value_at.clone(), json_string(&target.model));
        }
        if self.withhold_usage() {
            self.ask_for_usage(&mut splice)?;
        }
        let applies = |rule: &&Rename| {
            rule.models.is_empty() || rule.models.iter().any(|start| target.model.starts_with(start.as_str()))
        };
        for rule in target.provider().rename.iter().filter(applies) {
            self.rename(rule, &mut splice);
        }
        for rule in &target.provider().clamp {
            self.clamp(rule, &mut splice);
        }
        if splice.is_empty() {
            return Ok(UpstreamBody::Unchanged);
        }
        Ok(UpstreamBody::Changed(splice.apply(self.text())))
    }

    fn check(&self, rule: &Refuse) -> Result<(), BodyError> {
        let Some(member) = self.member(&rule.member) else {
            return Ok(());
        };
        let Some(value) = pointer::string(member.value) else {
            return Ok(());
        };
        let among = |list: &[String]| list.iter().any(|known| *known == value);
        if among(&rule.deny) || !(rule.allow.is_empty() || among(&rule.allow)) {
            let pointer = format!("/{}", rule.member);
            return Err(BodyError::new(&pointer, "unsupported_value", rule.reason.clone()));
        }
        Ok(())
    }

    fn ask_for_usage(&self, splice: &mut Splice) -> Result<(), BodyError> {
        const MEMBER: &str = r#""include_usage":true"#;
        let options = self.member("stream_options");
        let Some(options) = options.filter(|m| !m.is_null()) else {
            let value = format!("{{{MEMBER}}}");
            match (options, self.members().last()) {
                (Some(null), _) => splice.replace(null.value_at.clone(), value),
                (None, Some(last)) => {
                    splice.insert(last.value_at.end, format!(r#","stream_options":{value}"#));
                }
                (None, None) => {}
            }
            return Ok(());
        };
        let inner = object(options.value.get(), "/stream_options")?;
        let base = options.value_at.start;
        match (find(&inner, "include_usage"), inner.last()) {
            (Some(asked), _) => {
                splice.replace(base + asked.value_at.start..base + asked.value_at.end, "true");
            }
            (None, Some(last)) => splice.insert(base + last.value_at.end, format!(",{MEMBER}")),
            (None, None) => splice.insert(base + 1, MEMBER),
        }
        Ok(())
    }

    /// Gives a member its other name. Where that name is there already it stays as it is,
    /// unless it is `null`: then the value moves.
    fn rename(&self, rule: &Rename, splice: &mut Splice) {
        let Some(from) = self.member(&rule.from).filter(|m| !m.is_null()) else {
            return;
        };
        match self.member(&rule.to) {
            None => splice.replace(from.name_at.clone(), json_string(&rule.to)),
            Some(to) if to.is_null() => {
                splice.replace(to.value_at.clone(), from.value.get());
                splice.replace(from.value_at.clone(), "null");
            }
            Some(_) => {}
        }
    }

    fn clamp(&self, rule: &Clamp, splice: &mut Splice) {
        if let Some(member) = self.member(&rule.member)
            && let Some(value) = decimal::ceil(member.value.get())
            // Above a whole number is whatever rounds up to more than it.
            && value > i64::from(rule.max)
        {
            splice.replace(member.value_at.clone(), rule.max.to_string());
        }
    }
}

fn json_string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
