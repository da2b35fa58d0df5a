//! The simulated provider of `tests/simulator`, for stacks without a provider
//! key. Not here: what it answers.

use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::node::Node;
use crate::process::{self, Running};
use crate::workspace::Workspace;

const PROGRAM: &str = "tests/simulator/main.ts";
const LISTENING: &str = "simulator listening on ";
const PATIENCE: Duration = Duration::from_secs(60);

/// A running simulator; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Simulator {
    running: Running,
    url: String,
}

impl Simulator {
    /// Starts it on a free port of loopback.
    pub(crate) fn start(workspace: &Workspace, node: &Node) -> Result<Self> {
        if !workspace.path(PROGRAM).is_file() {
            bail!("{PROGRAM} is missing and no provider is configured in .dev.vars");
        }
        let mut command = node.command("node");
        command
            .args(["--disable-warning=ExperimentalWarning", PROGRAM, "--port", "0"])
            .current_dir(workspace.root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let stdout = running.child().stdout.take().context("the simulator has no output")?;
        let (sender, receiver) = channel();
        // Read to the end, or a full pipe would stop the simulator.
        thread::spawn(move || {
            process::each_line(stdout, |line| {
                if let Some(url) = line.strip_prefix(LISTENING) {
                    let _ = sender.send(url.trim().trim_end_matches('/').to_owned());
                }
            });
        });
        let url = receiver.recv_timeout(PATIENCE).context("the simulator did not start")?;
        Ok(Self { running, url })
    }

    /// Its origin, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The id of its process group.
    pub(crate) fn id(&self) -> i32 {
        self.running.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        self.running.ended()
    }
}
