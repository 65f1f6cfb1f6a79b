//! `nethost run`: from a name and arguments to an exit code.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use wasmtime::component::{Component, ResourceTable};
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::{I32Exit, WasiCtx};

use super::{BROKEN_PIPE, FAILURE, Options, ask, fail};
use crate::audit::{self, Event, Log};
use crate::bindings::Tool;
use crate::broker::Broker;
use crate::capability;
use crate::capability::wasi_sockets::AddressCheck;
use crate::console::{BrokenPipe, Console};
use crate::gate::Gate;
use crate::limits::{Exceeded, Limiter, Pulse, Watch};
use crate::linker;
use crate::plugin::cache::Cache;
use crate::plugin::load::{self, Found};
use crate::policy::{Effect, Policies, Rule, SYSTEM_FILE, Subject};
use crate::signals::Signals;
use crate::store::Run;

/// What keeps a plugin from running, or ends it.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Load(#[from] load::Error),
    #[error(transparent)]
    Policy(#[from] crate::policy::Error),
    #[error(transparent)]
    Ask(#[from] ask::Error),
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error("{plugin}: {source}")]
    Link {
        plugin: String,
        source: linker::Error,
    },
    #[error(
        "the policy requires an audit log and there is no HOME to keep one in; name one with --audit"
    )]
    NoLog,
    #[error("{operation}: {source}")]
    System {
        operation: &'static str,
        source: std::io::Error,
    },
    #[error("engine: {0:#}")]
    Engine(wasmtime::Error),
}

/// How a plugin ended.
enum Ending {
    /// With an exit code of its own.
    Exit(u8),
    /// With a message to print.
    Message(String),
    /// The host stopped it.
    Stopped(String, u8),
}

/// Runs a plugin.
pub(super) fn run(options: &Options, typed: &str, args: Vec<String>) -> ExitCode {
    match try_run(options, typed, args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => fail(&error.to_string()),
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
    };
    let mut policies = policies(options, &found)?;
    if let Err(error) = ask::settle(options, &found, &subject, &mut policies) {
        let log = open_log(options, &policies, &found)?;
        log.write(&Event::RunStart { args: &args })?;
        log.write(&Event::RunEnd {
            exit: FAILURE,
            stopped: Some(&error.reason()),
        })?;
        return Err(error.into());
    }
    let engine = Engine::new(&nethost_engine::config()).map_err(Error::Engine)?;
    let component = found.component(&engine, &Cache::of_user())?;
    let log = open_log(options, &policies, &found)?;
    log.write(&Event::RunStart { args: &args })?;
    let gate = Gate::new(policies, subject, log);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(system("runtime"))?;
    let signals = {
        let _within = runtime.enter();
        Signals::listen(&engine).map_err(system("signals"))?
    };
    let ending = runtime.block_on(execute(
        &engine,
        &component,
        &gate,
        &signals,
        &found.name,
        args,
    ));
    // A lookup that nobody waits for any more must not delay the end.
    runtime.shutdown_background();

    let ended = match ending {
        Ok(ending) => Ok(report(ending, &found.name)),
        Err(source) => Err(Error::Link {
            plugin: found.typed.clone(),
            source,
        }),
    };
    let (exit, stopped) = match &ended {
        Ok((code, stopped)) => (*code, stopped.clone()),
        Err(error) => (FAILURE, Some(error.to_string())),
    };
    let end = Event::RunEnd {
        exit,
        stopped: stopped.as_deref(),
    };
    gate.log().write(&end)?;
    ended.map(|(code, _)| code)
}

fn policies(options: &Options, found: &Found) -> Result<Policies, Error> {
    let capabilities = capability::request_names();
    let mut policies = Policies::load(
        Path::new(SYSTEM_FILE),
        options.policy.as_deref(),
        &capabilities,
    )?;
    for (effect, flag, texts) in [
        (Effect::Allow, "--allow", &options.allow),
        (Effect::Deny, "--deny", &options.deny),
    ] {
        for text in texts {
            policies
                .flags
                .push(Rule::from_flag(effect, flag, text, &capabilities)?);
        }
    }
    policies.manifest.clone_from(&found.rules);
    Ok(policies)
}

fn open_log(options: &Options, policies: &Policies, found: &Found) -> Result<Log, Error> {
    let plugin = audit::Plugin {
        name: found.name.clone(),
        version: found.bundled.then(|| env!("CARGO_PKG_VERSION").to_owned()),
        digest: found.digest.clone(),
        signer: found.bundled.then(|| "bundled".to_owned()),
    };
    let run = this_run(Some(plugin)).map_err(|source| Error::System {
        operation: "getrandom",
        source,
    })?;
    let required = policies.audit_required() || options.audit.is_some();
    match options.audit.clone().or_else(audit::default_path) {
        Some(path) => {
            let state = audit::state_of(&path).map_err(|source| Error::System {
                operation: "audit log",
                source,
            })?;
            let settings = audit::Settings {
                required,
                ..audit::Settings::new(path, state)
            };
            Ok(Log::open(&settings, run)?)
        }
        None if required => Err(Error::NoLog),
        None => {
            eprintln!("nethost: warning: no HOME to keep an audit log in; name one with --audit");
            Ok(Log::off(run))
        }
    }
}

/// Who runs what, for the audit log.
pub(super) fn this_run(plugin: Option<audit::Plugin>) -> std::io::Result<audit::Run> {
    let read = |path| {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let uid = rustix::process::getuid().as_raw();
    let passwd = read("/etc/passwd");
    let user = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.get(2).is_some_and(|field| *field == uid.to_string()));
    let mut random = [0; 16];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    Ok(audit::Run {
        run: format!("{:032x}", u128::from_ne_bytes(random)),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
        boot: read("/proc/sys/kernel/random/boot_id"),
        actor: audit::Actor {
            uid,
            user: user.and_then(|fields| fields.first().map(|name| (*name).to_owned())),
            // 4294967295 is the kernel's "none".
            session: read("/proc/self/sessionid")
                .parse()
                .ok()
                .filter(|session| *session != u32::MAX),
        },
        plugin,
        policy: None,
    })
}

async fn execute(
    engine: &Engine,
    component: &Component,
    gate: &Arc<Gate>,
    signals: &Arc<Signals>,
    name: &str,
    args: Vec<String>,
) -> Result<Ending, linker::Error> {
    let linker = linker::link(engine, component)?;
    let pulse = Arc::new(Pulse::default());
    let run = Run {
        wasi: wasi(gate, &pulse, name, &args),
        table: ResourceTable::new(),
        gate: Arc::clone(gate),
        broker: Arc::new(Broker),
        signals: Arc::clone(signals),
        limits: Limiter::default(),
    };
    let mut store = Store::new(engine, run);
    store.limiter(|run| &mut run.limits);
    store.set_epoch_deadline(1);
    let mut watch = Watch::new(Arc::clone(&pulse));
    let insistent = Arc::clone(signals);
    store.epoch_deadline_callback(move |_| {
        if insistent.has_insisted() {
            return Err(Exceeded::Interrupted.into());
        }
        watch.look()?;
        Ok(UpdateDeadline::Continue(1))
    });
    let is_tool = component.get_export_index(None, "run").is_some();
    let plugin = async {
        if is_tool {
            let tool = Tool::instantiate_async(&mut store, component, &linker)
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
            let command = Command::instantiate_async(&mut store, component, &linker)
                .await
                .map_err(linker::mismatch)?;
            Ok(command
                .wasi_cli_run()
                .call_run(&mut store)
                .await
                .map(|result| Ending::Exit(result.is_err().into())))
        }
    };
    let mut plugin = std::pin::pin!(plugin);
    // Each time the plugin waits is a sign of life.
    let watched = std::future::poll_fn(|context| {
        pulse.beats.fetch_add(1, Relaxed);
        plugin.as_mut().poll(context)
    });
    tokio::select! {
        ended = watched => ended.map(|result| result.unwrap_or_else(|error| stopped(&error))),
        () = signals.insistence() => Ok(stopped(&Exceeded::Interrupted.into())),
    }
}

fn wasi(gate: &Arc<Gate>, pulse: &Arc<Pulse>, name: &str, args: &[String]) -> WasiCtx {
    let check = Arc::new(AddressCheck::new(Arc::clone(gate)));
    WasiCtx::builder()
        .inherit_stdin()
        .stdout(Console::output(Arc::clone(pulse)))
        .stderr(Console::error(Arc::clone(pulse)))
        .arg(name)
        .args(args)
        .socket_addr_check(move |address, purpose| {
            let allowed = check.allows(address, purpose);
            Box::pin(async move { allowed })
        })
        .allow_tcp(true)
        .allow_udp(true)
        .allow_ip_name_lookup(true)
        .build()
}

/// What a trap means to the operator.
fn stopped(error: &wasmtime::Error) -> Ending {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Ending::Exit(u8::try_from(*code).unwrap_or(FAILURE));
    }
    match error.downcast_ref() {
        Some(Exceeded::Interrupted) => return Ending::Stopped(String::new(), 130),
        Some(limit) => return Ending::Stopped(limit.to_string(), FAILURE),
        None => {}
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

/// Prints what the operator must know; returns the exit code and why the host stopped the plugin.
fn report(ending: Ending, name: &str) -> (u8, Option<String>) {
    match ending {
        Ending::Exit(code) => (code, None),
        Ending::Message(message) => {
            let message = crate::console::Filter::default().pass(message.as_bytes());
            eprintln!("{name}: {message}");
            (FAILURE, None)
        }
        Ending::Stopped(reason, code) if reason.is_empty() => (
            code,
            Some(if code == BROKEN_PIPE {
                BrokenPipe.to_string()
            } else {
                Exceeded::Interrupted.to_string()
            }),
        ),
        Ending::Stopped(reason, code) => {
            let reason = crate::console::Filter::default().pass(reason.as_bytes());
            eprintln!("nethost: {name} was stopped: {reason}");
            (code, Some(reason))
        }
    }
}
