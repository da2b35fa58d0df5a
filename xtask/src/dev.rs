//! `cargo xtask dev`: from a fresh clone to a running stack, and rebuilding while
//! people work. Not here: the steps themselves, each has its module.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::admin;
use crate::build::Builder;
use crate::dev_vars::Vars;
use crate::flags::Flags;
use crate::logs;
use crate::plan::is_free;
use crate::process;
use crate::runtime::Event;
use crate::stack::{Options, Stack, Upstream};
use crate::watch::Watch;
use crate::workspace::{FUNCTIONS, Profile, Workspace};

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the terminal wants, beside the stack's own options.
#[derive(Debug)]
struct View {
    watch: bool,
    json_logs: bool,
}

/// Carries out the command until it is interrupted.
pub(crate) fn command(flags: Flags) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let (options, view) = read(flags, &workspace)?;
    if options.port != 0 && !is_free(options.port) {
        bail!("port {} is taken: choose another with --port", options.port);
    }
    let builder = Builder::prepare(workspace)?;
    builder.build(FUNCTIONS, options.profile)?;
    let profile = options.profile;
    let mut stack = Stack::start(&builder, options)?;
    introduce(&mut stack)?;
    let watch = view.watch.then(|| Watch::new(&builder.workspace, profile));
    let result = attend(&mut stack, &builder, profile, watch, &view);
    drop(stack);
    if process::interrupted() {
        return Ok(ExitCode::SUCCESS);
    }
    result.map(|()| ExitCode::SUCCESS)
}

fn read(mut flags: Flags, workspace: &Workspace) -> Result<(Options, View)> {
    let port = flags.value("--port")?.unwrap_or_else(|| "8787".to_owned());
    let port = port.parse().with_context(|| format!("`{port}` is no port"))?;
    let persist = flags.value("--persist")?.unwrap_or_else(|| ".selvage".to_owned());
    let persist = workspace.path(persist);
    let profile = if flags.switch("--release") { Profile::Release } else { Profile::Quick };
    let upstream = match flags.value("--simulator")?.as_deref() {
        None => Upstream::Automatic,
        Some("off") => Upstream::Configured,
        Some(url) => Upstream::At(url.to_owned()),
    };
    let vars = flags.values("--var")?.iter().map(|pair| split(pair)).collect::<Result<Vars>>()?;
    let apart = flags.values("--apart")?;
    if let Some(other) = apart.iter().find(|name| *name != "hash") {
        bail!("`{other}` has state, or is called by clients: only `hash` runs apart");
    }
    let watch = !flags.switch("--no-watch");
    let json_logs = flags.switch("--json-logs");
    flags.words()?;
    Ok((Options { port, persist, profile, upstream, vars, apart }, View { watch, json_logs }))
}

fn split(pair: &str) -> Result<(String, String)> {
    let (name, value) = pair.split_once('=').with_context(|| format!("--var {pair} is not KEY=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn introduce(stack: &mut Stack) -> Result<()> {
    println!();
    println!("  gateway    {}", stack.gateway);
    for (name, url) in stack.functions.iter().filter(|(name, _)| *name != "gateway") {
        println!("  {name:<10} {url}");
    }
    println!("  reference  {}/docs", stack.gateway);
    println!("  mailbox    {}/dev/mailbox", stack.gateway);
    match (&stack.simulator, &stack.simulator_url) {
        (Some(_), Some(url)) => {
            println!("  models     simulated at {url}: .dev.vars names no provider");
        }
        (None, Some(url)) => println!("  models     simulated at {url}"),
        _ => println!("  models     the providers of .dev.vars"),
    }
    let origin = stack.gateway.clone();
    match admin::local_link(&mut stack.runtime, &origin) {
        Ok(Some(link)) => {
            println!("  admin      {link}  (once, within 24 hours, as {})", admin::LOCAL_EMAIL);
        }
        Ok(None) => {}
        Err(error) => eprintln!("no link for an admin: {error:#}"),
    }
    println!("  state      {}", stack.description().with_file_name("").display());
    println!();
    println!("ready {}", stack.gateway);
    Ok(())
}

/// Shows what happens and rebuilds what changes until something ends.
fn attend(stack: &mut Stack, builder: &Builder, profile: Profile, mut watch: Option<Watch>, view: &View) -> Result<()> {
    let mut looked = Instant::now();
    while !process::interrupted() {
        if let Some(event) = stack.runtime.next(Duration::from_millis(100)) {
            show(stack, event, view)?;
        }
        if stack.simulator.as_mut().is_some_and(|simulator| simulator.ended()) {
            bail!("the simulator ended");
        }
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            if watch.as_mut().is_some_and(|watch| !watch.changed().is_empty()) {
                refresh(stack, builder, profile);
            }
        }
    }
    Ok(())
}

fn show(stack: &mut Stack, event: Event, view: &View) -> Result<()> {
    match event {
        Event::Log { message, .. } if view.json_logs => println!("{message}"),
        Event::Log { level, message } => println!("{}", logs::short(&level, &message)),
        Event::Migrated(name) => eprintln!("migrated {name}"),
        Event::Reloaded(told) => stack.announced(&told)?,
        Event::Restarted(told) => {
            eprintln!("workerd ended and was started again");
            stack.announced(&told)?;
        }
        Event::Failed(reason) => bail!("the Workers' runtime failed: {reason}"),
        Event::Ended => bail!("the Workers' runtime ended"),
        Event::Other(line) => eprintln!("{line}"),
        Event::Ready(_) | Event::Done(..) | Event::Refused(..) => {}
    }
    Ok(())
}

/// Builds what changed and loads it. A failure leaves the old Workers running.
fn refresh(stack: &mut Stack, builder: &Builder, profile: Profile) {
    let started = Instant::now();
    let outcome = builder.build(FUNCTIONS, profile).and_then(|_| stack.reload());
    match outcome {
        Ok(()) => eprintln!("reloaded in {:.1} s", started.elapsed().as_secs_f64()),
        Err(error) => eprintln!("{error:#}; the Workers run on as they were"),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_variable_may_hold_an_equals_sign() {
        assert_eq!(split("A=b=c").unwrap(), ("A".to_owned(), "b=c".to_owned()));
        assert!(split("A").is_err());
    }
}
