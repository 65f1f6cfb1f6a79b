//! Runs a plugin in the world of one case, and keeps what it did.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nethost_core::text;
use nethost_gate::Gate;
use nethost_kit::limits::{Exceeded, Limiter};
use nethost_kit::stream::Connection;
use nethost_policy::{Effect, Policies, Rule, Subject};
use nethost_runner::capabilities;
use nethost_runner::execution::{FAILURE, crashed};
use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::context::{Context, Unsupported};
use crate::files::Files;
use crate::interfaces::bindings::Mock;
use crate::network::Network;
use crate::recorder::{Requested, Requests};
use crate::scenario::{Case, Scenario};
use crate::signals::Signals;
use crate::streams::{Capture, Standard};
use crate::time::{Stuck, Time};
use crate::{Plugin, wasi};

/// How long a case may take on the real clock.
const REAL: Duration = Duration::from_secs(60);
/// How long a plugin may compute without waiting for the host.
const BUSY: Duration = Duration::from_secs(10);
/// What a shell reports for a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// What a plugin did in a case.
#[derive(Debug)]
pub struct Run {
    /// The exit code, as `nethost run` would have it.
    pub exit: u8,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, with the message of the plugin or of the host.
    pub stderr: Vec<u8>,
    /// All requests, in their order.
    pub requests: Vec<Requested>,
    /// How long it took on the virtual clock.
    pub took: Duration,
    /// Why the test cannot count, whatever is expected: the mock host lacks something, or the plugin never ended.
    pub broken: Option<String>,
    /// Why the host stopped the plugin, if it did: a trap or a limit.
    pub crash: Option<String>,
    /// Where scripted hosts received something else than their scripts say.
    pub remarks: Vec<String>,
    pub(crate) files: Option<Arc<Files>>,
}

/// How a plugin ended.
enum Ending {
    Exit(u8),
    Message(String),
    Interrupted,
    Failed(wasmtime::Error),
}

/// The plugin computes without an end.
#[derive(Debug, thiserror::Error)]
#[error("it computed for {BUSY:?} without waiting for the host")]
struct Busy;

impl Run {
    fn broken(why: String) -> Self {
        Self {
            exit: FAILURE,
            stdout: Vec::new(),
            stderr: Vec::new(),
            requests: Vec::new(),
            took: Duration::ZERO,
            broken: Some(why),
            crash: None,
            remarks: Vec::new(),
            files: None,
        }
    }
}

/// Runs a plugin in the world of a case.
pub(crate) fn run(plugin: &Plugin, scenario: &Scenario, case: &Case) -> Run {
    match try_run(plugin, scenario, case) {
        Ok(run) => run,
        Err(why) => Run::broken(why),
    }
}

fn try_run(plugin: &Plugin, scenario: &Scenario, case: &Case) -> Result<Run, String> {
    let world = scenario.world_of(case);
    let start = u64::try_from(scenario.clock.as_nanosecond())
        .map_err(|_| "clock: before 1970".to_owned())?;
    let time = Time::starting(start);
    let args: Vec<String> = plugin.args.iter().chain(&case.args).cloned().collect();
    let subject = Subject {
        name: plugin.name.clone(),
        digest: plugin.digest.clone(),
        bundled: plugin.bundled,
        args: args.clone(),
        ..Subject::default()
    };
    let policies = policies(plugin, case)?;
    let requests = Arc::new(Requests::default());
    let gate = Gate::new(&policies, &subject, requests.clone());
    let (stdout, stderr) = (Capture::default(), Capture::default());
    let input = case.stdin.as_ref().map_or(&[][..], |stdin| stdin.bytes());
    let standard = Standard::new(input, &stdout).map_err(|error| error.to_string())?;
    let limits = policies.limits(&subject);
    let files = world.files.iter();
    let files = files.map(|(path, bytes)| (path.as_str(), bytes.bytes()));
    let files = Arc::new(Files::new(files, scenario.clock.as_second())?);
    let zone = scenario.zone.as_deref().unwrap_or("UTC");
    let remarks = Arc::new(Mutex::new(Vec::new()));
    let signals = Signals::new(&time, case.interrupt_after.map(|span| span.0));
    let context = Context {
        wasi: wasi::context(input, &stdout, &stderr, &plugin.name, &args, scenario.seed),
        table: ResourceTable::new(),
        gate,
        time: Arc::clone(&time),
        network: Arc::new(Network::new(scenario, &world)?),
        standard: Connection::new(Arc::new(standard), (), ()),
        files: Arc::clone(&files),
        environment: world.environment,
        signals: Arc::clone(&signals),
        limits: Limiter::new(limits),
        zone: jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC),
        system: scenario.system.clone(),
        remarks: Arc::clone(&remarks),
    };
    let execution = execute(plugin, context, &signals, args);
    let ended = time.run(execution, case.limit.duration(), REAL);
    let mut run = Run {
        stdout: stdout.take(),
        stderr: stderr.take(),
        requests: requests.take(),
        took: Duration::from_nanos(time.elapsed()),
        remarks: std::mem::take(&mut remarks.lock().unwrap_or_else(PoisonError::into_inner)),
        files: Some(files),
        exit: FAILURE,
        broken: None,
        crash: None,
    };
    match ended {
        Ok(ending) => run.end(plugin, ending),
        Err(stuck) => run.broken = Some(stuck_in(stuck)),
    }
    Ok(run)
}

fn stuck_in(stuck: Stuck) -> String {
    match stuck {
        Stuck::Forever => format!("the plugin never ended: {stuck}"),
        Stuck::Late(_) | Stuck::Slow(_) => format!("the plugin did not end: {stuck}"),
    }
}

/// What the manifest asks for, and what the case allows and denies besides.
fn policies(plugin: &Plugin, case: &Case) -> Result<Policies, String> {
    let of = |texts: &[String], effect, field| -> Result<Vec<Rule>, String> {
        texts.iter().map(|text| rule(effect, field, text)).collect()
    };
    let mut granted = plugin.rules.clone();
    granted.extend(of(&case.allow, Effect::Allow, "allow")?);
    Ok(Policies {
        flags: of(&case.deny, Effect::Deny, "deny")?,
        granted,
        ..Policies::default()
    })
}

/// A rule as scenarios write it: `icmp.echo to 192.0.2.1`, as requests are shown, or `icmp.echo=192.0.2.1`, as in flags.
fn rule(effect: Effect, field: &str, text: &str) -> Result<Rule, String> {
    let names = capabilities::request_names();
    let flag = text.replacen(" to ", "=", 1);
    Rule::from_flag(effect, field, &flag, &names).map_err(|error| error.to_string())
}

/// Whether this can be a rule.
pub(crate) fn is_rule(text: &str) -> bool {
    rule(Effect::Deny, "deny", text).is_ok()
}

async fn execute(
    plugin: &Plugin,
    context: Context,
    signals: &Signals,
    args: Vec<String>,
) -> Ending {
    let component = &plugin.component;
    let mut store = Store::new(component.engine(), context);
    store.limiter(|context| &mut context.limits);
    store.set_epoch_deadline(1);
    let began = Instant::now();
    store.epoch_deadline_callback(move |_| match began.elapsed() > BUSY {
        true => Err(Busy.into()),
        false => Ok(UpdateDeadline::Continue(1)),
    });
    let is_tool = component.get_export_index(None, "run").is_some();
    let running = async {
        if is_tool {
            let tool = Mock::instantiate_async(&mut store, component, &plugin.linker).await?;
            let result = store
                .run_concurrent(async |accessor| tool.call_run(accessor, args).await)
                .await
                .flatten()?;
            return Ok(match result {
                Ok(code) => Ending::Exit(code),
                Err(message) => Ending::Message(message),
            });
        }
        let command = CommandPre::new(plugin.linker.instantiate_pre(component)?)?;
        let command = command.instantiate_async(&mut store).await?;
        let result = command.wasi_cli_run().call_run(&mut store).await?;
        Ok(Ending::Exit(result.is_err().into()))
    };
    tokio::select! {
        ended = running => ended.unwrap_or_else(Ending::Failed),
        () = signals.ends() => Ending::Interrupted,
    }
}

impl Run {
    fn end(&mut self, plugin: &Plugin, ending: Ending) {
        match ending {
            Ending::Exit(code) => self.exit = code,
            Ending::Interrupted => self.exit = INTERRUPTED,
            Ending::Message(message) => {
                let line = format!("{}: {message}\n", text::line(&plugin.name));
                self.stderr.extend_from_slice(line.as_bytes());
            }
            Ending::Failed(error) => self.fail(plugin, &error),
        }
    }

    fn fail(&mut self, plugin: &Plugin, error: &wasmtime::Error) {
        if let Some(I32Exit(code)) = error.downcast_ref() {
            self.exit = u8::try_from(*code).unwrap_or(FAILURE);
            return;
        }
        if let Some(unsupported) = error.downcast_ref::<Unsupported>() {
            self.broken = Some(unsupported.to_string());
            return;
        }
        let why = match error.downcast_ref::<Exceeded>() {
            Some(limit) => limit.to_string(),
            None if error.downcast_ref::<Busy>().is_some() => Busy.to_string(),
            None => crashed(error),
        };
        let line = format!("nethost: {} was stopped: {why}\n", text::line(&plugin.name));
        self.crash = Some(why);
        self.stderr.extend_from_slice(line.as_bytes());
    }
}
