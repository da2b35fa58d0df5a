//! The new model into the registry: a version of a model of its provider that its owner alone may call. Who asks twice gets
//! the version that is there.

use catalogue::provider::{Model, Version};
use catalogue::registry::documents::{Document, Documents};
use catalogue::registry::revision::{self, Head, LONGEST, NewRevision, TAKEN, head};
use catalogue::registry::{Kind, Registry, Where, faults};
use serde_json::{Value, json};
use shared::platform::Platform;
use shared::problem::{Code, Problem};

use crate::model::TuningRow;
use crate::provider::trainer;
use crate::wish::Request;

/// How often it begins anew when others changed the registry first.
const TRIES: u32 = 8;
/// Registers what a job brought.
///
/// # Errors
/// 503 when the database fails or the registry kept changing; 422 when the registry takes no more.
pub async fn register(platform: &Platform, job: &TuningRow, remote_model: &str) -> Result<(), Problem> {
    for _ in 0..TRIES {
        let head: Head = platform.db().first(head()).await?.unwrap_or_default();
        let registry = head.registry().map_err(Problem::internal)?;
        let (id, document) = match document(&registry, job, remote_model)? {
            Some(document) => document,
            None => return Ok(()),
        };
        let before = head.documents().map_err(Problem::internal)?;
        let mut after = before.clone();
        after.put(Document { kind: Kind::Model, id, text: document });
        let body = check(&after)?;
        let new = NewRevision {
            revision: head.revision + 1,
            at: platform.now_ms(),
            actor_id: &job.user_id,
            restored: None,
            body: &body,
        };
        let batch = revision::write(&new, &before.changes_to(&after));
        match platform.db().batch(batch).await {
            Ok(_) => return Ok(()),
            Err(error) if error.violates(TAKEN) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::from(Code::Unavailable).because("the registry kept changing"))
}

/// The model's id here: one for each owner, base and suffix.
fn model_id(base: &str, job: &TuningRow) -> Result<String, Problem> {
    let request: Request = shared::json::read(&job.request).map_err(Problem::internal)?;
    let suffix = request.suffix.map(|suffix| format!(":{suffix}")).unwrap_or_default();
    Ok(format!("tuned:{base}:{}{suffix}", job.payer()))
}

/// The model's document with the new version in it; `None` when it has it already.
fn document(registry: &Registry, job: &TuningRow, remote_model: &str) -> Result<Option<(String, String)>, Problem> {
    let (_, base, _) = trainer(registry, &format!("{}/{}", job.provider, job.model))?;
    let id = model_id(&base.id, job)?;
    let known = registry.models.iter().find(|owned| owned.provider == job.provider && owned.model.id == id);
    let versions: &[Version] = known.map_or(&[], |owned| &owned.model.versions);
    if versions.iter().any(|version| version.id == remote_model) {
        return Ok(None);
    }
    let mut all: Vec<Value> = versions.iter().map(written).collect();
    all.push(json!({"version": job.id, "id": remote_model, "priced_as": priced_as(base)}));
    let document = json!({"provider": job.provider, "id": id, "owner": job.payer(), "context": base.context,
        "max_output": base.max_output, "capabilities": base.capabilities, "versions": all, "current": job.id});
    Ok(Some((format!("{}/{id}", job.provider), document.to_string())))
}

/// The model that tuned ones of this base are priced as: one price for all of them, where somebody put one.
fn priced_as(base: &Model) -> String {
    format!("ft:{}", base.id)
}

fn written(version: &Version) -> Value {
    let mut written = json!({"version": version.version, "id": version.id});
    if let Some(members) = written.as_object_mut() {
        members.extend(version.priced_as.as_ref().map(|name| ("priced_as".to_owned(), json!(name))));
        members.extend(version.retired.then(|| ("retired".to_owned(), json!(true))));
        members.extend(version.released.as_ref().map(|day| ("released".to_owned(), json!(day))));
    }
    written
}

/// The whole registry as text, if it may be so.
fn check(after: &Documents) -> Result<String, Problem> {
    let text = after.to_json();
    let registry = Registry::from_json(&text).map_err(Problem::internal)?;
    // Where it is used was decided when its providers were put there.
    let fault = faults(&registry, Where::Local).into_iter().next();
    if let Some(fault) = fault {
        return Err(Problem::invalid(fault.pointer, fault.code, fault.reason));
    }
    if text.len() > LONGEST { Err(Problem::invalid("", "too_long", "the registry is full")) } else { Ok(text) }
}
