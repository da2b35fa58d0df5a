//! One running stack: every Worker in one workerd, the simulator beside it, its
//! state and its ports. Several may run at once, each with its own folder. Not
//! here: building (`build`), the terminal (`dev`).

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::build::Builder;
use crate::dev_vars::Vars;
use crate::plan::{self, Ports};
use crate::runtime::{Event, Runtime};
use crate::simulator::Simulator;
use crate::vars;
use crate::workspace::Profile;

/// Where the answers of a model come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Upstream {
    /// A provider if one is configured, else a simulator of our own.
    #[default]
    Automatic,
    /// A simulator that someone else started.
    At(String),
    /// Only what is configured.
    Configured,
}

/// How a stack is to run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The gateway's port; 0 lets the system choose.
    pub(crate) port: u16,
    /// The folder of all state.
    pub(crate) persist: PathBuf,
    /// Which build of the Workers.
    pub(crate) profile: Profile,
    /// Where the answers of a model come from.
    pub(crate) upstream: Upstream,
    /// Variables that win over `.dev.vars`.
    pub(crate) vars: Vars,
    /// Functions that run in a workerd of their own.
    pub(crate) apart: Vec<String>,
}

/// A running stack; dropping it ends everything.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The Workers.
    pub(crate) runtime: Runtime,
    /// The simulator, if this stack started one.
    pub(crate) simulator: Option<Simulator>,
    /// The simulator's origin, whoever started it.
    pub(crate) simulator_url: Option<String>,
    /// The gateway's origin.
    pub(crate) gateway: String,
    /// The functions' own origins.
    pub(crate) functions: BTreeMap<String, String>,
    builder: Builder,
    options: Options,
    ports: Ports,
    _lock: File,
}

impl Stack {
    /// Starts everything and waits until it answers. The Workers must be built.
    pub(crate) fn start(builder: &Builder, options: Options) -> Result<Self> {
        fs::create_dir_all(&options.persist)
            .with_context(|| format!("{} cannot be made", options.persist.display()))?;
        let lock = lock(&options)?;
        let vars = plan::variables(builder, &options)?;
        let ports = plan::with_bucket(plan::ports(options.port), options.port);
        let automatic = options.upstream == Upstream::Automatic && !vars::has_provider(&vars);
        let simulator = automatic.then(|| Simulator::start(&builder.workspace, &builder.node)).transpose()?;
        let simulator_url = match (&simulator, &options.upstream) {
            (Some(own), _) => Some(own.url().to_owned()),
            (None, Upstream::At(url)) => Some(url.trim_end_matches('/').to_owned()),
            (None, _) => None,
        };
        let workers = plan::workers(builder, options.profile, &ports, vars, simulator_url.as_deref())?;
        let companions: Vec<i32> = simulator.iter().map(Simulator::id).collect();
        let whole = plan::whole(builder, &options, &companions, workers)?;
        let runtime = Runtime::start(&builder.workspace, &builder.node, &whole)?;
        let mut stack = Self {
            runtime,
            simulator,
            simulator_url,
            gateway: String::new(),
            functions: BTreeMap::new(),
            builder: builder.clone(),
            options,
            ports,
            _lock: lock,
        };
        stack.wait_until_ready()?;
        Ok(stack)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        loop {
            match self.runtime.next(Duration::from_secs(120)) {
                Some(Event::Ready(told)) => return self.announced(&told),
                Some(Event::Migrated(name)) => eprintln!("migrated {name}"),
                Some(Event::Failed(reason)) => bail!("the Workers do not start: {reason}"),
                Some(Event::Ended) => bail!("the Workers' runtime ended while it started"),
                Some(Event::Other(line)) => eprintln!("{line}"),
                Some(_) => {}
                None => bail!("the Workers did not start within two minutes"),
            }
        }
    }

    /// Takes over origins and process ids, and writes them to `stack.json`.
    pub(crate) fn announced(&mut self, told: &Value) -> Result<()> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.gateway = told.get("gateway").map(text).unwrap_or_default();
        if let Some(origins) = told.get("functions").and_then(Value::as_object) {
            self.functions = origins.iter().map(|(name, url)| (name.clone(), text(url))).collect();
        }
        let mut pids = json!({
            "xtask": std::process::id(),
            "runtime": self.runtime.id(),
            "workerd": told.get("workerd"),
            "apart": told.get("apart"),
            "simulator": self.simulator.as_ref().map(Simulator::id),
        });
        // What does not run has no process.
        if let Some(pids) = pids.as_object_mut() {
            pids.retain(|_, pid| !pid.is_null());
        }
        let description = json!({
            "gateway": self.gateway,
            "functions": self.functions,
            "simulator": self.simulator_url,
            "persist": self.options.persist,
            "log": self.options.persist.join("workers.log"),
            "pids": pids,
        });
        let text = serde_json::to_string_pretty(&description)?;
        // Written beside and renamed: a reader never sees half of it.
        let file = self.description();
        let draft = file.with_extension("json.new");
        fs::write(&draft, text)?;
        Ok(fs::rename(draft, file)?)
    }

    /// The file that tells other programs where this stack is.
    pub(crate) fn description(&self) -> PathBuf {
        self.options.persist.join("stack.json")
    }

    /// Loads the Workers again as they are built and configured now.
    pub(crate) fn reload(&mut self) -> Result<()> {
        let vars = plan::variables(&self.builder, &self.options)?;
        let url = self.simulator_url.as_deref();
        let workers = plan::workers(&self.builder, self.options.profile, &self.ports, vars, url)?;
        self.runtime.reload(&Value::Array(workers))
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.description());
    }
}

/// The lock on the folder of state: two runtimes on one database would harm it.
fn lock(options: &Options) -> Result<File> {
    let file = File::create(options.persist.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another stack is running on {}: end it, or choose another folder with --persist",
            options.persist.display()
        ),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
