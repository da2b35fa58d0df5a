//! What becomes of keys when one is replaced. First the new one is known everywhere and used nowhere; then it is
//! used, and the old one still counts; last, when nothing is about that the old one made, it goes. Pure: values in,
//! values out. Not here: where they are kept and who gets them (`rotate`).

use anyhow::{Context, Result, bail};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::dev_vars::{self, Vars};
use crate::keys;

/// What can be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Signing,
    Pepper,
    Store,
    Refresh,
    Link,
    Audit,
}

/// How far it has come, as a comment in the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The file has the new key; perhaps not every function.
    Known,
    /// The file uses the new key; perhaps not every function.
    Using,
    /// It is used everywhere.
    Used,
}

const STEPS: [(Step, &str); 3] = [(Step::Known, "known"), (Step::Using, "using"), (Step::Used, "used")];

impl Which {
    /// All of them, with their names and variables.
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Signing, "signing", "AUTH_KEYS"),
        (Self::Pepper, "pepper", "PEPPERS"),
        (Self::Store, "store", "STORE_KEY"),
        (Self::Refresh, "refresh", "REFRESH_KEY"),
        (Self::Link, "link", "LINK_KEY"),
        (Self::Audit, "audit", "AUDIT_KEYS"),
    ];

    /// The one of this name.
    pub(crate) fn of(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|(_, known, _)| *known == name);
        let names = Self::ALL.map(|(_, known, _)| known).join(", ");
        found.map(|(which, _, _)| which).with_context(|| format!("there is no key `{name}`; there are {names}"))
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(which, _, _)| *which == self).map_or("", |(_, name, _)| name)
    }

    fn variable(self) -> &'static str {
        Self::ALL.into_iter().find(|(which, _, _)| *which == self).map_or("", |(_, _, variable)| variable)
    }

    /// The variables that are given out in this step; `None` for retiring. Who verifies knows before who signs.
    pub(crate) fn variables(self, step: Option<Step>) -> Vec<&'static str> {
        match (self, step) {
            (Self::Signing, Some(Step::Known)) => vec!["AUTH_JWKS"],
            (Self::Signing, Some(_)) => vec!["AUTH_KEYS"],
            (Self::Signing, None) => vec!["AUTH_KEYS", "AUTH_JWKS"],
            _ => vec![self.variable()],
        }
    }

    /// Seconds for which something may come that the old key has made.
    pub(crate) fn life_s(self, vars: &Vars) -> u64 {
        let seconds = |name: &str, otherwise| vars.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        match self {
            // The longest access token, and a minute until every isolate is new.
            Self::Signing => seconds("ACCESS_TOKEN_SECONDS", 600) + 60,
            // A retry comes within ten seconds.
            Self::Refresh | Self::Audit => 300,
            // Replies under idempotency keys, and letters that wait, live for a day.
            Self::Store | Self::Link => 86_400 + 60,
            // Hashes live for ever; they are counted instead.
            Self::Pepper => 60,
        }
    }

    /// A query that counts what needs the old key, as `n`; `None` where time alone decides.
    pub(crate) fn still_needed(self, vars: &Vars) -> Result<Option<String>> {
        Ok(match self {
            Self::Store => {
                let current = texts(vars, self).into_iter().next().context("STORE_KEY is empty")?;
                let id = store_id(&current)?;
                Some(format!(
                    "SELECT (SELECT count(*) FROM totp_factors WHERE secret NOT LIKE '{id}.%') \
                     + (SELECT count(*) FROM provider_keys WHERE sealed NOT LIKE '{id}.%') \
                     + (SELECT count(*) FROM captures WHERE sealed <> '' AND sealed NOT LIKE '{id}.%') AS n"
                ))
            }
            Self::Pepper => {
                let peppers = list(vars, self)?;
                let old = peppers.iter().skip(1).filter_map(|pepper| pepper.get("id").and_then(Value::as_str));
                let clean = old.filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
                let likes: Vec<String> = clean.map(|id| format!("password LIKE '%,keyid={id}$%'")).collect();
                let likes = if likes.is_empty() { "0".to_owned() } else { likes.join(" OR ") };
                Some(format!("SELECT count(*) AS n FROM users WHERE {likes}"))
            }
            _ => None,
        })
    }
}

/// The name that sealed texts have of the secret that sealed them, as `shared::vault` makes it.
fn store_id(secret: &str) -> Result<String> {
    let bytes = BASE64URL_NOPAD.decode(secret.as_bytes()).context("STORE_KEY is no base64url")?;
    let digest = Sha256::new().chain_update("selvage store key ").chain_update(bytes).finalize();
    Ok(HEXLOWER.encode(&digest).chars().take(8).collect())
}

fn texts(vars: &Vars, which: Which) -> Vec<String> {
    let text = vars.get(which.variable()).map(String::as_str).unwrap_or_default();
    text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

fn list(vars: &Vars, which: Which) -> Result<Vec<Value>> {
    let name = which.variable();
    let text = vars.get(name).with_context(|| format!("{name} is not in the file"))?;
    let value: Value = serde_json::from_str(text).with_context(|| format!("{name} is no JSON"))?;
    value.as_array().cloned().filter(|list| !list.is_empty()).with_context(|| format!("{name} is no list of keys"))
}

fn is_json(which: Which) -> bool {
    matches!(which, Which::Signing | Which::Pepper | Which::Audit)
}

/// The variables of this list of keys.
fn written(which: Which, keys: Vec<Value>) -> Result<Vars> {
    let mut vars = Vars::new();
    if is_json(which) {
        let keys = Value::Array(keys);
        if which == Which::Signing {
            vars.insert("AUTH_JWKS".to_owned(), keys::public_set(&keys)?.to_string());
        }
        vars.insert(which.variable().to_owned(), keys.to_string());
    } else {
        let keys: Vec<&str> = keys.iter().filter_map(Value::as_str).collect();
        vars.insert(which.variable().to_owned(), keys.join(","));
    }
    Ok(vars)
}

fn read(which: Which, vars: &Vars) -> Result<Vec<Value>> {
    if is_json(which) {
        return list(vars, which);
    }
    let keys: Vec<Value> = texts(vars, which).into_iter().map(Value::String).collect();
    if keys.is_empty() { bail!("{} is not in the file", which.variable()) } else { Ok(keys) }
}

/// With a new key that is known and not used.
pub(crate) fn known(which: Which, vars: &Vars) -> Result<Vars> {
    let mut keys = read(which, vars)?;
    if which == Which::Signing && keys.len() > 2 {
        bail!("an older signing key is still there: retire it first, with --retire");
    }
    let new = match which {
        Which::Signing | Which::Audit => keys::signing_key()?,
        Which::Pepper => json!({ "id": next_id(&keys), "key": keys::secret()? }),
        Which::Store | Which::Refresh | Which::Link => Value::String(keys::secret()?),
    };
    keys.push(new);
    written(which, keys)
}

/// `p3` where there are `p1` and `p2`.
fn next_id(peppers: &[Value]) -> String {
    let number = |pepper: &Value| pepper.get("id")?.as_str()?.strip_prefix('p')?.parse::<u64>().ok();
    format!("p{}", peppers.iter().filter_map(number).max().unwrap_or_default() + 1)
}

/// The new key is used, the old one still counts. Of signing keys the one that was known long before is used, and
/// the new one takes its place.
pub(crate) fn used(which: Which, vars: &Vars) -> Result<Vars> {
    let mut keys = read(which, vars)?;
    if which == Which::Signing {
        keys.rotate_left(1)
    } else {
        keys.rotate_right(1)
    }
    written(which, keys)
}

/// Without the old keys. Of keys that signed heads the public part stays: the heads do, too.
pub(crate) fn retired(which: Which, vars: &Vars) -> Result<Vars> {
    let mut keys = read(which, vars)?;
    match which {
        Which::Signing => keys.truncate(2),
        Which::Audit => keys.iter_mut().skip(1).filter_map(Value::as_object_mut).for_each(|key| drop(key.remove("d"))),
        _ => keys.truncate(1),
    }
    written(which, keys)
}

/// The text of a file in the format of `.dev.vars` with these values in the place of the old ones.
pub(crate) fn edited(text: &str, changes: &Vars) -> String {
    let name_of = |line: &str| dev_vars::parse(line).into_keys().next();
    let mut rest = changes.clone();
    let mut out = String::new();
    for line in text.lines() {
        match name_of(line).filter(|name| changes.contains_key(name)) {
            // A second line of the same name would win.
            Some(name) => {
                out.push_str(&rest.remove(&name).map(|value| dev_vars::line(&name, &value)).unwrap_or_default())
            }
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out.extend(rest.iter().map(|(name, value)| dev_vars::line(name, value)));
    out
}

fn mark_of(which: Which) -> String {
    format!("# key {} ", which.name())
}

/// How far the replacement of a key has come, and since when, in seconds since 1970.
pub(crate) fn mark(text: &str, which: Which) -> Option<(Step, u64)> {
    let line = text.lines().find_map(|line| line.strip_prefix(&mark_of(which)))?;
    let (step, since) = line.split_once(" since ")?;
    let step = STEPS.into_iter().find(|(_, name)| *name == step)?;
    Some((step.0, since.trim().parse().ok()?))
}

/// The text with this mark, or with none.
pub(crate) fn marked(text: &str, which: Which, mark: Option<(Step, u64)>) -> String {
    let beginning = mark_of(which);
    let others = text.lines().filter(|line| !line.starts_with(&beginning));
    let mut out: String = others.map(|line| format!("{line}\n")).collect();
    if let Some((step, since)) = mark {
        let name = STEPS.into_iter().find(|(known, _)| *known == step).map_or("", |(_, name)| name);
        out.push_str(&format!("{beginning}{name} since {since}\n"));
    }
    out
}

#[cfg(test)]
#[path = "rotation_tests.rs"]
mod tests;
