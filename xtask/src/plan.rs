//! The plan of a stack, as `xtask/runtime/protocol.ts` describes it: which
//! Worker gets which port, module and variables. Not here: carrying it out.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::build::Builder;
use crate::dev_vars::{self, Vars};
use crate::stack::Options;
use crate::vars;
use crate::workspace::{FUNCTIONS, Profile};

const HOST: &str = "127.0.0.1";

/// The name of the bucket's stand-in among the ports.
const BUCKET: &str = "bucket";

/// The port of each function's own origin; 0 lets the system choose.
pub(crate) type Ports = BTreeMap<&'static str, u16>;

/// The whole plan.
pub(crate) fn whole(builder: &Builder, options: &Options, companions: &[i32], workers: Vec<Value>) -> Result<Value> {
    Ok(json!({
        "host": HOST,
        "port": options.port,
        "persist": options.persist.join("v3"),
        "log": options.persist.join("workers.log"),
        "migrations": builder.workspace.path("migrations"),
        "database": { "worker": worker_name(builder, "auth")?, "binding": "DB" },
        "companions": companions,
        "workers": workers,
        "apart": options.apart,
    }))
}

/// The Workers of a plan, the gateway first: the first one answers on the main port.
pub(crate) fn workers(
    builder: &Builder,
    profile: Profile,
    ports: &Ports,
    mut variables: Vars,
    simulator: Option<&str>,
) -> Result<Vec<Value>> {
    if let Some(url) = simulator {
        variables.insert("SIMULATOR_URL".to_owned(), url.to_owned());
    }
    if let Some(port) = ports.get(BUCKET) {
        // A stand-in listens there, over the local bucket: its keys open nothing else.
        let url = format!("http://{HOST}:{port}/selvage-uploads");
        for (name, value) in
            [("R2_S3_URL", url.as_str()), ("R2_ACCESS_KEY_ID", "local"), ("R2_SECRET_ACCESS_KEY", "local")]
        {
            variables.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    FUNCTIONS
        .iter()
        .rev()
        .map(|name| {
            Ok(json!({
                "name": name,
                "worker": worker_name(builder, name)?,
                "config": builder.workspace.config(name),
                "build": builder.workspace.built(name, profile),
                "port": ports.get(name).copied().unwrap_or_default(),
                "vars": vars::of_function(name, &variables),
            }))
        })
        .collect()
}

/// All variables of a stack: `.dev.vars`, overridden by the command line.
pub(crate) fn variables(builder: &Builder, options: &Options) -> Result<Vars> {
    let mut variables = dev_vars::ensure(&builder.workspace)?;
    variables.extend(options.vars.clone());
    // Links in letters lead to the gateway; where the system chooses its port, nobody knows it yet.
    if options.port != 0 {
        variables.entry("PUBLIC_URL".to_owned()).or_insert_with(|| format!("http://{HOST}:{}", options.port));
    }
    Ok(variables)
}

/// The functions' own ports: the ones after the gateway's where they are free, so
/// that they stay the same over restarts; else the system chooses.
pub(crate) fn ports(gateway: u16) -> Ports {
    let behind = FUNCTIONS.iter().copied().filter(|name| *name != "gateway");
    let chosen = behind.zip(1..).map(|(name, offset)| {
        let wanted = gateway.checked_add(offset).filter(|port| gateway != 0 && is_free(*port));
        (name, wanted.unwrap_or_default())
    });
    chosen.collect()
}

/// The same with the port of the bucket's stand-in, whose address others are told before it listens.
pub(crate) fn with_bucket(mut ports: Ports, gateway: u16) -> Ports {
    let behind = u16::try_from(FUNCTIONS.len()).ok().and_then(|count| gateway.checked_add(count));
    let wanted = behind.filter(|port| gateway != 0 && is_free(*port));
    if let Some(port) = wanted.or_else(|| own_port(std::process::id())) {
        ports.insert(BUCKET, port);
    }
    ports
}

/// A free port that stays free until it is listened on: below those that systems give to whoever asks for any (RFC 6335 §6 begins
/// them at 49152, Linux at 32768), and begun to be looked for at another place by each process.
fn own_port(process: u32) -> Option<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 10_000;
    let start = u16::try_from(process.wrapping_mul(37) % u32::from(COUNT)).unwrap_or_default();
    (0..COUNT).map(|step| FIRST + (start + step) % COUNT).find(|port| is_free(*port))
}

/// Whether a port of loopback can be listened on.
pub(crate) fn is_free(port: u16) -> bool {
    TcpListener::bind((HOST, port)).is_ok()
}

fn worker_name(builder: &Builder, function: &str) -> Result<String> {
    let file = builder.workspace.config(function);
    let config: toml::Table =
        toml::from_str(&fs::read_to_string(&file)?).with_context(|| format!("{} cannot be read", file.display()))?;
    let name = config.get("name").and_then(toml::Value::as_str);
    name.map(str::to_owned).with_context(|| format!("{} has no name", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{own_port, ports};

    #[test]
    fn a_port_of_ones_own_is_none_that_the_system_gives_away() {
        for process in [0, 1, 4_194_304, u32::MAX] {
            assert!(own_port(process).is_some_and(|port| (20_000..30_000).contains(&port)), "{process}");
        }
    }

    #[test]
    fn a_chosen_gateway_port_leaves_every_port_to_the_system() {
        assert!(ports(0).values().all(|port| *port == 0));
    }

    #[test]
    fn the_last_port_has_no_neighbours() {
        assert!(ports(u16::MAX).values().all(|port| *port == 0));
    }
}
