//! `cargo xtask rotate`: replaces a key without signing anybody out. Here: the file that holds the keys, who is
//! given them in which order, and whether an old one may go. Not here: what becomes of the values (`rotation`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use crate::clock;
use crate::deploy::{ENVIRONMENTS, Temporary};
use crate::dev_vars::{self, Vars};
use crate::flags::Flags;
use crate::node::{self, Node};
use crate::process;
use crate::rotation::{self, Step, Which};
use crate::vars;
use crate::workspace::{FUNCTIONS, Workspace};

/// Functions that are given a secret at the same time.
const AT_ONCE: usize = 4;

/// Where the keys are.
enum Place {
    /// `.dev.vars`, and the state of the local stack.
    Local(PathBuf),
    /// An environment, and seconds until every isolate has what it was given.
    Environment(String, u64),
}

struct Rotation {
    workspace: Workspace,
    node: Node,
    which: Which,
    file: PathBuf,
    place: Place,
}

/// Carries out the command.
pub(crate) fn command(mut flags: Flags) -> Result<ExitCode> {
    let which = Which::of(&flags.word().context("which key? `cargo xtask help` lists them")?)?;
    let (retire, force) = (flags.switch("--retire"), flags.switch("--force"));
    let environment = flags.value("--env")?;
    let file = flags.value("--secrets-file")?.map(PathBuf::from);
    let wait = flags.value("--wait")?.unwrap_or_else(|| "60".to_owned());
    let wait = wait.parse().with_context(|| format!("`{wait}` is no number of seconds"))?;
    let persist = flags.value("--persist")?.unwrap_or_else(|| ".selvage".to_owned());
    flags.words()?;
    let workspace = Workspace::find()?;
    let (file, place) = match environment {
        None => {
            dev_vars::ensure(&workspace)?;
            (file.unwrap_or_else(|| workspace.path(".dev.vars")), Place::Local(workspace.path(persist)))
        }
        Some(name) if ENVIRONMENTS.contains(&name.as_str()) => {
            let file = file.context("--secrets-file is needed: Cloudflare does not give secrets back")?;
            (file, Place::Environment(name, wait))
        }
        Some(other) => bail!("there is no environment `{other}`; there are {}", ENVIRONMENTS.join(", ")),
    };
    let node = node::ensure(&workspace)?;
    let rotation = Rotation { workspace, node, which, file, place };
    if retire {
        rotation.retire(force)?
    } else {
        rotation.replace()?
    }
    Ok(ExitCode::SUCCESS)
}

impl Rotation {
    fn text(&self) -> Result<String> {
        fs::read_to_string(&self.file).with_context(|| format!("{} cannot be read", self.file.display()))
    }

    /// Writes what changes, and how far it has come. Before anybody is given it: a key that is nowhere but in
    /// Cloudflare is lost.
    fn keep(&self, changes: &Vars, mark: Option<Step>) -> Result<()> {
        let mark = mark.map(|step| (step, clock::now_ms() / 1000));
        let text = rotation::marked(&rotation::edited(&self.text()?, changes), self.which, mark);
        let draft = self.file.with_extension("new");
        dev_vars::write_private(&draft, &text)?;
        fs::rename(&draft, &self.file).with_context(|| format!("{} cannot be replaced", self.file.display()))
    }

    /// Goes on from where an earlier run broke off.
    fn replace(&self) -> Result<()> {
        let begun = rotation::mark(&self.text()?, self.which).map(|(step, _)| step);
        if !matches!(begun, Some(Step::Known | Step::Using)) {
            self.keep(&rotation::known(self.which, &self.vars()?)?, Some(Step::Known))?;
        }
        if begun != Some(Step::Using) {
            self.give_out(Some(Step::Known), "knows the new key")?;
            if let Place::Environment(_, wait) = self.place {
                eprintln!("waiting {wait} s, until every isolate knows it");
                thread::sleep(Duration::from_secs(wait));
            }
            self.keep(&rotation::used(self.which, &self.vars()?)?, Some(Step::Using))?;
        }
        self.give_out(Some(Step::Using), "uses the new key")?;
        self.keep(&Vars::new(), Some(Step::Used))?;
        let (name, life) = (self.which.name(), self.which.life_s(&self.vars()?));
        println!("the new {name} key is used; the old one still counts and can go in {life} s: --retire");
        self.hint();
        Ok(())
    }

    fn retire(&self, force: bool) -> Result<()> {
        let (vars, name) = (self.vars()?, self.which.name());
        let Some((Step::Used, since)) = rotation::mark(&self.text()?, self.which) else {
            bail!("{} does not say that the {name} key was replaced", self.file.display());
        };
        let left = (since + self.which.life_s(&vars)).saturating_sub(clock::now_ms() / 1000);
        if left > 0 && !force {
            bail!("something that the old {name} key made may still come: wait {left} s, or say --force");
        }
        if let Some(sql) = self.which.still_needed(&vars)?.filter(|_| !force) {
            let needed = self.count(&sql)?;
            if needed > 0 {
                bail!(
                    "{needed} people's secrets still need the old {name} key; each sign-in changes one, --force locks the others out"
                );
            }
        }
        self.keep(&rotation::retired(self.which, &vars)?, None)?;
        self.give_out(None, "has forgotten the old key")?;
        println!("the old {name} key is gone");
        self.hint();
        Ok(())
    }

    fn vars(&self) -> Result<Vars> {
        Ok(dev_vars::parse(&self.text()?))
    }

    fn hint(&self) {
        if matches!(self.place, Place::Local(_)) {
            println!("a running `cargo xtask dev` takes it up by itself; one with --no-watch wants a restart");
        }
    }

    /// Gives every function of an environment what it reads of this key. The order of functions does not matter, that
    /// of variables does; wrangler takes its seconds, so several are given at once.
    fn give_out(&self, step: Option<Step>, what: &str) -> Result<()> {
        let Place::Environment(environment, _) = &self.place else { return Ok(()) };
        let vars = self.vars()?;
        for variable in self.which.variables(step) {
            let value = vars.get(variable).with_context(|| format!("{variable} is not in the file"))?;
            let reads = |name: &&&str| vars::secrets_of(name).contains(&variable);
            let functions: Vec<&str> = FUNCTIONS.iter().filter(reads).copied().collect();
            for some in functions.chunks(AT_ONCE) {
                let given: Vec<Result<()>> = thread::scope(|scope| {
                    let give = |name| scope.spawn(move || self.give(name, environment, variable, value));
                    let running: Vec<_> = some.iter().copied().map(give).collect();
                    running
                        .into_iter()
                        .map(|one| one.join().unwrap_or_else(|_| bail!("giving {variable} broke off")))
                        .collect()
                });
                given.into_iter().collect::<Result<()>>()?;
                eprintln!("{} {what}", some.join(", "));
            }
        }
        Ok(())
    }

    fn give(&self, function: &str, environment: &str, variable: &str, value: &str) -> Result<()> {
        let folder = self.workspace.config_dir(function);
        let file = Temporary::new(folder.join(".secrets.rotate.json"));
        let secret = Map::from_iter([(variable.to_owned(), Value::from(value))]);
        dev_vars::write_private(&file.path, &Value::Object(secret).to_string())?;
        let mut wrangler = self.node.command("wrangler");
        wrangler.args(["secret", "bulk"]).arg(&file.path).args(["--env", environment]).current_dir(&folder);
        process::output(&mut wrangler, &format!("giving {variable} to `{function}`")).map(|_| ())
    }

    /// Asks the database of this place.
    fn count(&self, sql: &str) -> Result<u64> {
        let rows = match &self.place {
            Place::Local(state) => match crate::admin::query_running(state, sql)? {
                Some(reply) => reply.get("rows").cloned().unwrap_or_default(),
                None => self.count_by_wrangler(sql, &["--local", "--persist-to", &state.to_string_lossy()])?,
            },
            Place::Environment(name, _) => self.count_by_wrangler(sql, &["--remote", "--env", name])?,
        };
        let n = rows.get(0).and_then(|row| row.get("n")).and_then(Value::as_u64);
        n.context("the database did not say how many need the old key")
    }

    fn count_by_wrangler(&self, sql: &str, place: &[&str]) -> Result<Value> {
        let mut wrangler = self.node.command("wrangler");
        wrangler.args(["d1", "execute", "DB", "--yes", "--json", "--command", sql]).args(place);
        let folder: &Path = &self.workspace.config_dir("auth");
        let told = process::output(wrangler.current_dir(folder), "asking the database")?;
        let start = told.find('[').unwrap_or_default();
        let told: Value = serde_json::from_str(told.get(start..).unwrap_or_default()).context("`d1 execute`")?;
        Ok(told.get(0).and_then(|first| first.get("results")).cloned().unwrap_or_default())
    }
}
