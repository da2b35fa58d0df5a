//! Starting programs and ending them. Every child leads a process group of its
//! own, so that a signal reaches what it started in turn and Ctrl-C is handled
//! here, in order, and not by everyone at once.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

static GROUPS: Mutex<Vec<i32>> = Mutex::new(Vec::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on SIGINT, SIGTERM and SIGHUP end the running children; the second
/// one ends them without asking.
pub(crate) fn listen_for_interrupts() -> Result<()> {
    ctrlc::set_handler(|| {
        let again = INTERRUPTED.swap(true, Ordering::SeqCst);
        let signal = if again { Signal::SIGKILL } else { Signal::SIGTERM };
        for group in groups().iter() {
            let _ = killpg(Pid::from_raw(*group), signal);
        }
        if again {
            std::process::exit(130);
        }
    })
    .context("the signal handler cannot be installed")
}

/// Whether a signal asked this program to end.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

fn groups() -> std::sync::MutexGuard<'static, Vec<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running program with all it started; dropping it ends the whole group.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    group: i32,
}

impl Running {
    /// Starts the command as the leader of its own process group.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        if interrupted() {
            bail!("interrupted");
        }
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command.process_group(0).spawn().with_context(|| format!("`{name}` cannot be started"))?;
        let group = i32::try_from(child.id()).context("a process id out of range")?;
        groups().push(group);
        Ok(Self { child, group })
    }

    /// The process id, which is also the id of its group.
    pub(crate) fn id(&self) -> i32 {
        self.group
    }

    /// The child itself, for its pipes.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Takes the pipe to its standard input.
    pub(crate) fn stdin(&mut self) -> Result<ChildStdin> {
        self.child.stdin.take().context("the program has no standard input")
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Whether it has ended.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Lets it end within `patience`, then ends the group.
    pub(crate) fn end(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while !self.ended() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        // The leader may be gone and the group not.
        let _ = killpg(Pid::from_raw(self.group), Signal::SIGKILL);
        let _ = self.child.wait();
    }

    /// Asks the whole group to end.
    pub(crate) fn terminate(&self) {
        let _ = killpg(Pid::from_raw(self.group), Signal::SIGTERM);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended() {
            self.terminate();
            self.end(Duration::from_secs(3));
        }
        groups().retain(|group| *group != self.group);
    }
}

/// Runs a program to its end with its output shown; `what` completes the sentence
/// "`what` failed".
pub(crate) fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = Running::start(command.stdin(Stdio::null()))?.wait()?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Runs a program to its end and returns what it wrote to stdout; what it wrote
/// to stderr is shown only in the failure.
pub(crate) fn output(command: &mut Command, what: &str) -> Result<String> {
    let captured = capture(command)?;
    if !captured.status.success() {
        bail!("{what} failed ({}):\n{}{}", captured.status, captured.stdout, captured.stderr);
    }
    Ok(captured.stdout)
}

/// What a program wrote, and how it ended.
#[derive(Debug)]
pub(crate) struct Captured {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// All of stdout.
    pub(crate) stdout: String,
    /// All of stderr.
    pub(crate) stderr: String,
}

impl Captured {
    /// Runs a program to its end and captures stdout; stderr is shown.
    pub(crate) fn of_shown_stderr(command: &mut Command) -> Result<Self> {
        let mut running = Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let stdout = running.child().stdout.take().map(read_all).unwrap_or_default();
        Ok(Self { status: running.wait()?, stdout, stderr: String::new() })
    }
}

/// Runs a program to its end and captures both streams, whatever its exit code.
pub(crate) fn capture(command: &mut Command) -> Result<Captured> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command)?;
    let stderr = running.child().stderr.take();
    let reader = thread::spawn(move || stderr.map(read_all).unwrap_or_default());
    let stdout = running.child().stdout.take().map(read_all).unwrap_or_default();
    let status = running.wait()?;
    Ok(Captured { status, stdout, stderr: reader.join().unwrap_or_default() })
}

fn read_all(pipe: impl std::io::Read) -> String {
    let mut text = String::new();
    each_line(pipe, |line| {
        text.push_str(line);
        text.push('\n');
    });
    text
}

/// Calls `take` with every line of a pipe until it ends; bytes that are no UTF-8
/// are replaced.
pub(crate) fn each_line(pipe: impl std::io::Read, mut take: impl FnMut(&str)) {
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while matches!(reader.read_until(b'\n', &mut bytes), Ok(read) if read > 0) {
        take(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']));
        bytes.clear();
    }
}
