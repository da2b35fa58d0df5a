//! The program that holds the Workers (`xtask/runtime/stack.ts`), seen from here:
//! a plan goes in, events come out, commands are answered. Not here: what a plan
//! says (`stack`).

use std::collections::VecDeque;
use std::io::Write;
use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::node::Node;
use crate::process::{self, Running};
use crate::workspace::Workspace;

/// What the runtime tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// Every Worker answers; origins and process ids are inside.
    Ready(Value),
    /// The Workers were loaded again because they were asked to.
    Reloaded(Value),
    /// workerd ended and was started again; state is kept, requests under way were lost.
    Restarted(Value),
    /// A Worker wrote a line.
    Log {
        /// `log`, `info`, `warn`, `error`, `debug`.
        level: String,
        /// The line as it was written.
        message: String,
    },
    /// A migration was applied.
    Migrated(String),
    /// A command was carried out; rows of a query.
    Done(u64, Vec<Value>),
    /// A command failed, with the reason.
    Refused(u64, String),
    /// The runtime cannot go on, with the reason.
    Failed(String),
    /// Something that is no event: a warning of a library.
    Other(String),
    /// The runtime is gone.
    Ended,
}

/// The running runtime; dropping it ends every Worker.
#[derive(Debug)]
pub(crate) struct Runtime {
    // Dropped before `running`: the end of stdin is what asks it to end.
    stdin: Option<ChildStdin>,
    running: Running,
    events: Receiver<Event>,
    backlog: VecDeque<Event>,
    last_id: u64,
}

impl Runtime {
    /// Starts the program with this plan. It is ready when `Event::Ready` comes.
    pub(crate) fn start(workspace: &Workspace, node: &Node, plan: &Value) -> Result<Self> {
        let mut command = node.command("node");
        command
            .arg("--disable-warning=ExperimentalWarning")
            .arg(workspace.path("xtask/runtime/stack.ts"))
            .current_dir(workspace.root())
            // wrangler, which reads the configurations, would tell about each.
            .env("WRANGLER_LOG", "error")
            .env("WRANGLER_WRITE_LOGS", "false")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut running = Running::start(&mut command)?;
        let stdin = running.stdin()?;
        let stdout = running.child().stdout.take().context("the runtime has no output")?;
        let (sender, events) = channel();
        thread::spawn(move || forward(stdout, &sender));
        let stdin = Some(stdin);
        let mut runtime = Self { stdin, running, events, backlog: VecDeque::new(), last_id: 0 };
        runtime.write(plan)?;
        Ok(runtime)
    }

    /// The id of its process group.
    pub(crate) fn id(&self) -> i32 {
        self.running.id()
    }

    /// The next event, or none within `patience`.
    pub(crate) fn next(&mut self, patience: Duration) -> Option<Event> {
        if let Some(event) = self.backlog.pop_front() {
            return Some(event);
        }
        match self.events.recv_timeout(patience) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Event::Ended),
        }
    }

    /// Runs a query on the local database; the rows as JSON objects.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<Value>> {
        self.call(json!({ "command": "query", "sql": sql, "params": [] }))
    }

    /// Loads the Workers again; the caller sees `Event::Reloaded`.
    pub(crate) fn reload(&mut self, workers: &Value) -> Result<()> {
        self.call(json!({ "command": "reload", "workers": workers })).map(|_| ())
    }

    fn call(&mut self, mut command: Value) -> Result<Vec<Value>> {
        self.last_id += 1;
        let own = self.last_id;
        if let Some(fields) = command.as_object_mut() {
            fields.insert("id".to_owned(), own.into());
        }
        self.write(&command)?;
        loop {
            match self.events.recv() {
                Ok(Event::Done(id, rows)) if id == own => return Ok(rows),
                Ok(Event::Refused(id, reason)) if id == own => bail!("{reason}"),
                Ok(Event::Failed(reason)) => bail!("{reason}"),
                Ok(other) => self.backlog.push_back(other),
                Err(_) => bail!("the Workers' runtime ended"),
            }
        }
    }

    fn write(&mut self, line: &Value) -> Result<()> {
        let stdin = self.stdin.as_mut().context("the runtime is ending")?;
        writeln!(stdin, "{line}").context("the Workers' runtime does not listen")
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stdin = None;
        self.running.end(Duration::from_secs(5));
    }
}

fn forward(stdout: impl std::io::Read, sender: &Sender<Event>) {
    process::each_line(stdout, |line| {
        // Nobody listens any more: then it does not matter.
        let _ = sender.send(parse(line));
    });
}

fn parse(line: &str) -> Event {
    let Ok(value) = serde_json::from_str::<Value>(line) else {
        return Event::Other(line.to_owned());
    };
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = || value.get("id").and_then(Value::as_u64).unwrap_or_default();
    match text("event").as_str() {
        "ready" => Event::Ready(value),
        "reloaded" => Event::Reloaded(value),
        "restarted" => Event::Restarted(value),
        "log" => Event::Log { level: text("level"), message: text("message") },
        "migrated" => Event::Migrated(text("name")),
        "done" => Event::Done(id(), value.get("rows").and_then(Value::as_array).cloned().unwrap_or_default()),
        "refused" => Event::Refused(id(), text("message")),
        "failed" => Event::Failed(text("message")),
        _ => Event::Other(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, parse};

    #[test]
    fn events_are_read() {
        let log = r#"{"event":"log","level":"warn","message":"m"}"#;
        assert_eq!(parse(log), Event::Log { level: "warn".to_owned(), message: "m".to_owned() });
        assert_eq!(parse(r#"{"event":"done","id":3,"rows":[]}"#), Event::Done(3, Vec::new()));
    }

    #[test]
    fn what_is_no_event_is_kept_as_it_came() {
        assert_eq!(parse("▲ [WARNING] x"), Event::Other("▲ [WARNING] x".to_owned()));
    }
}
