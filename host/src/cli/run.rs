//! `nethost run`: from a name and arguments to an exit code.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;

use wasmtime::component::{Component, Linker, ResourceTable, ResourceTableError};
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::{I32Exit, WasiCtx};

use super::{BROKEN_PIPE, FAILURE, Options, ask, fail, service};
use crate::bindings::Tool;
use crate::capability;
use crate::console::{BrokenPipe, Console, WriteFailed};
use crate::limits::{self, Exceeded, Limiter, Pulse, Watch};
use crate::linker;
use crate::lockdown;
use crate::memory;
use crate::plugin::cache::Cache;
use crate::plugin::load::{self, Found};
use crate::signals::Signals;
use crate::store::Run;
use nethost_audit as audit;
use nethost_broker::{self as broker, Broker, GONE, Link, Session};
use nethost_core::RecordError;
use nethost_core::User;
use nethost_core::output;
use nethost_core::system_error;
use nethost_core::text;
use nethost_gate::Gate;
use nethost_policy as policy;
use nethost_policy::{Limits, Names, Policies, Policy, PolicyWatch, SYSTEM_FILE, Subject};
use nethost_service::{log, still, watched_files};

/// What keeps a plugin from running, or ends it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Load(#[from] load::Error),
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error(transparent)]
    Ask(#[from] ask::Error),
    #[error(transparent)]
    Lockdown(#[from] lockdown::Error),
    #[error(transparent)]
    Service(#[from] service::Error),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("{plugin}: {source}")]
    Link {
        plugin: String,
        source: linker::Error,
    },
    #[error("{operation}: {}", system_error::words(.source))]
    System {
        operation: &'static str,
        source: std::io::Error,
    },
    #[error("engine: {0:#}")]
    Engine(wasmtime::Error),
}

/// The broker has ended before the plugin.
#[derive(Debug, thiserror::Error)]
#[error("{GONE}")]
struct BrokerGone;

/// How a plugin ended.
enum Ending {
    /// With an exit code of its own.
    Exit(u8),
    /// With a message to print.
    Message(String),
    /// The host stopped it.
    Stopped(String, u8),
    /// Its output could not be written.
    Unwritten(String),
}

/// Runs a plugin.
pub(super) fn run(options: &Options, typed: &str, args: Vec<String>) -> ExitCode {
    match try_run(options, typed, args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = fail(&error.to_string());
            if let Error::Ask(ask::Error::Missing { policy, .. }) = &error {
                let _ = output::error().write_all(policy.as_bytes());
            }
            code
        }
    }
}

fn try_run(options: &Options, typed: &str, args: Vec<String>) -> Result<u8, Error> {
    let system = |operation| move |source| Error::System { operation, source };
    let found = load::find(typed)?;
    let args: Vec<String> = found.args.iter().cloned().chain(args).collect();
    let subject = Subject {
        name: found.name.clone(),
        digest: found.digest.clone(),
        bundled: found.bundled,
        args: args.clone(),
        user: User::current(),
    };
    let mut policies = policies(options, &found)?;
    if let Err(error) = ask::settle(&found, &subject, &mut policies) {
        let log = log::open(options.audit.as_deref(), &policies, &subject)?;
        let gate = Gate::new(&policies, &subject, Arc::new(log));
        gate.record_start(&args, &nethost_service::lacking())?;
        gate.record_end(FAILURE, Some(&error.reason()))?;
        return Err(error.into());
    }
    let link = match service::connect(options, &policies, &subject)? {
        Some(link) => link,
        None => broker::start(|| {
            let log = log::open(options.audit.as_deref(), &policies, &subject)?;
            Ok::<_, Error>(Session {
                gate: Gate::new(&policies, &subject, Arc::new(log)),
                capabilities: capability::all(),
                args: args.clone(),
                watch: watch(&policies, &found, &subject),
                confined: policies.audit().required,
                unconfined: nethost_service::lacking(),
            })
        })
        .map_err(system("broker"))?,
    };
    let link = Arc::new(link);

    // From here on the broker has a process of its own, and opens the log while this one loads the plugin.
    let compiled = found.compiled(&Cache::of_user())?;
    link.begin().map_err(system("broker"))?;
    let gate = Gate::behind(&policies, &subject, Arc::clone(&link));
    let limits = policies.limits(&subject);
    limits::limit_descriptors(&limits).map_err(system("setrlimit"))?;
    let last_words = |reason: &str| link.last_words(FAILURE, reason);
    memory::bound(&limits, &found.name, last_words).map_err(system("bounding memory"))?;
    lockdown::enter(&linker::needs(compiled.imports()), compiled.file())?;
    // Nothing of the plugin, nor of what was compiled of it, is in this process before its privileges are gone.
    let engine = Engine::new(&nethost_engine::config()).map_err(Error::Engine)?;
    let component = found.component(&engine, &compiled)?;
    lockdown::complete()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(system("runtime"))?;
    let signals = {
        let _within = runtime.enter();
        Signals::listen(&engine).map_err(system("signals"))?
    };
    // On record, by now, before the plugin's first instruction.
    gate.record_start(&args, &[])?;
    let ending = runtime.block_on(execute(
        &component,
        &gate,
        &link,
        &signals,
        &found.name,
        args,
        limits,
    ));
    // A lookup that nobody waits for any more must not delay the end. What else is left is memory, which the
    // kernel takes back faster than whoever has it would give it back.
    std::mem::forget(runtime);

    let ended = ending.map_err(|source| Error::Link {
        plugin: found.typed.clone(),
        source,
    });
    let (exit, stopped) = match &ended {
        Ok(ending) => ending.recorded(),
        Err(error) => (FAILURE, Some(error.to_string())),
    };
    let recorded = gate.record_end(exit, stopped.as_deref());
    std::mem::forget((component, engine));
    // On record first: whoever reads the message may let it wait.
    if let Ok(ending) = &ended {
        ending.tell(&found.name);
    }
    recorded?;
    ended.map(|_| exit)
}

pub(super) fn policies(options: &Options, found: &Found) -> Result<Policies, Error> {
    let capabilities = capability::request_names();
    let names = Names {
        capabilities: &capabilities,
        plugins: &[],
    };
    let system = Path::new(SYSTEM_FILE);
    let mut policies = Policies::load(Some(system), options.policy.as_deref(), names)?;
    policies.chosen = policies.chosen.map(Policy::of_operator);
    policies.flags = nethost_service::flags(&options.allow, &options.deny, names)?;
    policies.manifest.clone_from(&found.rules);
    Ok(policies)
}

/// Has the broker look whether what allows this run is still there: the system's policy, the user, and what was
/// granted to the plugin for good.
fn watch(policies: &Policies, found: &Found, subject: &Subject) -> Option<PolicyWatch> {
    let mut files = watched_files();
    let grants = ask::granted_for_good(found);
    files.extend(grants.iter().map(|grants| grants.path().to_owned()));
    let (at_start, before) = (policies.clone(), subject.clone());
    let listed = User::listed(before.user.uid);
    let reload = move || {
        let capabilities = capability::request_names();
        let names = Names {
            capabilities: &capabilities,
            plugins: &[],
        };
        let reread = at_start.reread(Path::new(SYSTEM_FILE), names);
        let mut policies = reread.map_err(|error| error.to_string())?;
        if let Some(grants) = &grants {
            let all = grants.all().map_err(|error| error.to_string())?;
            if !all.iter().any(|one| one.version.digest == before.digest) {
                policies.granted.clear();
            }
        }
        Ok(still(policies, &before, User::current(), &listed))
    };
    Some(PolicyWatch::new(files, policies, subject, reload))
}

async fn execute(
    component: &Component,
    gate: &Arc<Gate>,
    link: &Arc<Link>,
    signals: &Arc<Signals>,
    name: &str,
    args: Vec<String>,
    limits: Limits,
) -> Result<Ending, linker::Error> {
    let engine = component.engine();
    let linker = linker::link(engine, component)?;
    let pulse = Arc::new(Pulse::new(&limits));
    let output = Console::output(Arc::clone(&pulse));
    let run = Run {
        wasi: wasi(output.clone(), name, &args),
        output,
        table: table(&limits),
        gate: Arc::clone(gate),
        broker: Arc::new(Broker::Remote(Arc::clone(link))),
        signals: Arc::clone(signals),
        limits: Limiter::new(limits),
    };
    let mut store = Store::new(engine, run);
    store.limiter(|run| &mut run.limits);
    store.set_epoch_deadline(1);
    let mut watch = Watch::new(limits, Arc::clone(&pulse));
    let (insistent, heard, broker) = (Arc::clone(signals), Arc::clone(gate), Arc::clone(link));
    store.epoch_deadline_callback(move |_| {
        if broker.is_gone() {
            return Err(BrokerGone.into());
        }
        if let Some(signal) = insistent.ends() {
            return Err(Exceeded::Signal(signal).into());
        }
        watch.look(heard.heard())?;
        Ok(UpdateDeadline::Continue(1))
    });
    let ended = tokio::select! {
        ended = watched(&mut store, component, &linker, args, &pulse, limits) => {
            ended.map(|result| result.unwrap_or_else(|error| match memory::most(&limits) {
                Some(most) if memory::is_exhausted(&error) => {
                    stopped(&Exceeded::Data(most).into())
                }
                _ => stopped(&error),
            }))
        }
        exceeded = limits::time_is_over(limits) => Ok(stopped(&exceeded.into())),
        signal = signals.end() => Ok(stopped(&Exceeded::Signal(signal).into())),
        _ = link.gone() => Ok(Ending::Stopped(GONE.into(), FAILURE)),
    };
    // Whatever the plugin made of it that it was refused everything.
    let ended = match link.ended() {
        Some(why) => Ok(Ending::Stopped(why.into(), FAILURE)),
        None => ended,
    };
    // What the plugin left open is closed, and so recorded. What is left then is memory, which the kernel takes
    // back faster at the end than whoever has it gives it back.
    store.data_mut().table = ResourceTable::new();
    if gate.open_permits() == 0 {
        std::mem::forget((store, linker));
    }
    ended
}

/// Runs the plugin. Each time it waits is a sign of life.
async fn watched(
    store: &mut Store<Run>,
    component: &Component,
    linker: &Linker<Run>,
    args: Vec<String>,
    pulse: &Pulse,
    limits: Limits,
) -> Result<wasmtime::Result<Ending>, linker::Error> {
    let is_tool = component.get_export_index(None, "run").is_some();
    let plugin = async {
        if is_tool {
            let tool = Tool::instantiate_async(&mut *store, component, linker)
                .await
                .map_err(linker::mismatch)?;
            Ok(store
                .run_concurrent(async |accessor| tool.call_run(accessor, args).await)
                .await
                .flatten()
                .map(|result| match result {
                    Ok(code) => Ending::Exit(code),
                    Err(message) => Ending::Message(message),
                }))
        } else {
            let command = Command::instantiate_async(&mut *store, component, linker)
                .await
                .map_err(linker::mismatch)?;
            Ok(command
                .wasi_cli_run()
                .call_run(store)
                .await
                .map(|result| Ending::Exit(result.is_err().into())))
        }
    };
    let mut plugin = std::pin::pin!(plugin);
    std::future::poll_fn(|context| {
        pulse.beats.fetch_add(1, Relaxed);
        let polled = plugin.as_mut().poll(context);
        match limits::descriptors_exceeded(&limits) {
            Some(exceeded) => Poll::Ready(Ok(Err(exceeded.into()))),
            None => polled,
        }
    })
    .await
}

/// A table that WASI's own resources cannot fill without end either: each socket brings streams and
/// pollables.
fn table(limits: &Limits) -> ResourceTable {
    let mut table = ResourceTable::new();
    if let Some(handles) = limits.handles {
        let entries = handles.saturating_mul(4).saturating_add(64);
        table.set_max_capacity(usize::try_from(entries).unwrap_or(usize::MAX));
    }
    table
}

fn wasi(output: Console, name: &str, args: &[String]) -> WasiCtx {
    let error = output.error();
    WasiCtx::builder()
        .inherit_stdin()
        .stdout(output)
        .stderr(error)
        .arg(name)
        .args(args)
        .build()
}

/// As the GNU tools exit when their output cannot be written.
const UNWRITTEN: u8 = 1;

/// What a trap means to the operator.
fn stopped(error: &wasmtime::Error) -> Ending {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Ending::Exit(u8::try_from(*code).unwrap_or(FAILURE));
    }
    match error.downcast_ref() {
        // As a shell reports a program that a signal has ended, and as quietly.
        Some(Exceeded::Signal(signal)) => {
            return Ending::Stopped(String::new(), 128 + u8::try_from(*signal).unwrap_or(0));
        }
        Some(limit) => return Ending::Stopped(limit.to_string(), FAILURE),
        None => {}
    }
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
        return Ending::Stopped("it opened too many handles at once".into(), FAILURE);
    }
    if error.downcast_ref::<BrokerGone>().is_some() {
        return Ending::Stopped(GONE.into(), FAILURE);
    }
    if let Some(failed) = error.downcast_ref::<WriteFailed>() {
        return Ending::Unwritten(failed.to_string());
    }
    if error.downcast_ref::<BrokenPipe>().is_some() {
        return Ending::Stopped(String::new(), BROKEN_PIPE);
    }
    Ending::Stopped(
        format!(
            "it crashed: {}",
            error.root_cause().to_string().replace('\n', " ")
        ),
        FAILURE,
    )
}

impl Ending {
    /// The exit code, and why the host stopped the plugin.
    fn recorded(&self) -> (u8, Option<String>) {
        match self {
            Self::Exit(code) => (*code, None),
            Self::Message(_) => (FAILURE, None),
            Self::Unwritten(why) => (UNWRITTEN, Some(why.clone())),
            Self::Stopped(reason, code) if reason.is_empty() => {
                let stopped = match *code {
                    BROKEN_PIPE => BrokenPipe.to_string(),
                    code => Exceeded::Signal(i32::from(code) - 128).to_string(),
                };
                (*code, Some(stopped))
            }
            Self::Stopped(reason, code) => (*code, Some(text::line(reason))),
        }
    }

    /// Prints what the operator must know.
    fn tell(&self, name: &str) {
        match self {
            Self::Message(message) | Self::Unwritten(message) => {
                // Nothing is left to do when it cannot be printed.
                let _ = writeln!(output::error(), "{}: {message}", text::line(name));
            }
            Self::Stopped(reason, _) if !reason.is_empty() => {
                output::say("nethost", &format!("{name} was stopped: {reason}"));
            }
            Self::Exit(_) | Self::Stopped(..) => {}
        }
    }
}
