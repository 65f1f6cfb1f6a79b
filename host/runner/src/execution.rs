//! One run of a plugin, from its first instruction to its end.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;

use wasmtime::component::{Component, ResourceTable, ResourceTableError};
use wasmtime::{Store, Trap, UpdateDeadline};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::bindings::Lifecycle;
use crate::linker;
use crate::plugin::load::Found;
use crate::sources::{self, Reel};
use nethost_broker::{Broker, GONE, Link};
use nethost_core::{output, text};
use nethost_gate::Gate;
use nethost_kit::Context;
use nethost_kit::console::{BrokenPipe, Console, WriteFailed};
use nethost_kit::limits::{self, Exceeded, Limiter, Pulse, Watch};
use nethost_kit::memory;
use nethost_kit::recorded::Stuck;
use nethost_kit::recorded::component::Linker;
use nethost_kit::signals::Signals;
use nethost_kit::standard;
use nethost_policy::Limits;
use nethost_record::End;

/// The exit code if nethost itself cannot do what was asked.
pub const FAILURE: u8 = 2;
/// What a shell reports for a program that SIGPIPE ended.
pub const BROKEN_PIPE: u8 = 141;

/// The broker ended before the plugin.
#[derive(Debug, thiserror::Error)]
#[error("{GONE}")]
struct BrokerGone;

/// How a plugin ended.
pub enum Ending {
    /// With its own exit code.
    Exit(u8),
    /// With a message to print.
    Message(String),
    /// The host stopped it.
    Stopped(String, u8),
    /// The output of the plugin could not be written. For this there is an exit code of its own.
    Unwritten(String, u8),
}

/// Runs a plugin to its end, and records it if there is a reel.
#[allow(clippy::too_many_arguments)]
pub async fn execute(
    component: &Component,
    gate: &Arc<Gate>,
    link: &Arc<Link>,
    signals: &Arc<Signals>,
    found: &Found,
    args: Vec<String>,
    limits: Limits,
    reel: Option<&Reel>,
) -> Result<Ending, linker::Error> {
    let engine = component.engine();
    let tape = reel.map(|reel| &reel.tape);
    let linker = linker::link(engine, component, tape)?;
    let pulse = Arc::new(Pulse::new(&limits));
    let output = Console::output(Arc::clone(&pulse));
    let context = Context {
        wasi: sources::context(output.clone(), &found.name, &args, reel),
        standard: standard::streams(&output),
        output,
        args: args.as_slice().into(),
        table: table(&limits),
        gate: Arc::clone(gate),
        broker: Arc::new(Broker::Remote(Arc::clone(link))),
        signals: Arc::clone(signals),
        limits: Limiter::new(limits),
        tape: tape.cloned(),
    };
    let mut store = Store::new(engine, context);
    store.limiter(|context| &mut context.limits);
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
    let running = async {
        let running = watched(&mut store, component, &linker, args, &pulse, limits);
        match tape {
            None => running.await,
            Some(tape) => match tape.drive(running).await {
                Ok(ended) => ended,
                // A run that is recorded waits for the world.
                Err(Stuck) => std::future::pending().await,
            },
        }
    };
    let ended = tokio::select! {
        ended = running => {
            ended.map(|result| result.unwrap_or_else(|error| match memory::most(&limits) {
                Some(most) if memory::is_exhausted(&error) => {
                    stopped(&Exceeded::Data(most).into(), found.unwritten)
                }
                _ => stopped(&error, found.unwritten),
            }))
        }
        exceeded = limits::time_is_over(limits) => Ok(stopped(&exceeded.into(), found.unwritten)),
        signal = signals.end() => Ok(stopped(&Exceeded::Signal(signal).into(), found.unwritten)),
        _ = link.gone() => Ok(Ending::Stopped(GONE.into(), FAILURE)),
    };
    // The broker's reason counts, whatever the plugin did after everything was denied to it.
    let ended = match link.ended() {
        Some(why) => Ok(Ending::Stopped(why.into(), FAILURE)),
        None => ended,
    };
    // What the plugin left open is closed here, and so it is recorded. The rest is memory. The kernel frees all of it
    // at the end of the process, faster than its owners can.
    store.data_mut().table = ResourceTable::new();
    if gate.open_permits() == 0 {
        std::mem::forget((store, linker));
    }
    ended
}

/// Runs the plugin. Each time it waits is counted as activity.
pub(crate) async fn watched(
    store: &mut Store<Context>,
    component: &Component,
    linker: &Linker<Context>,
    args: Vec<String>,
    pulse: &Pulse,
    limits: Limits,
) -> Result<wasmtime::Result<Ending>, linker::Error> {
    let is_tool = component.get_export_index(None, "run").is_some();
    let plugin = async {
        if is_tool {
            let tool = Lifecycle::instantiate_async(&mut *store, component, linker)
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
            let command = linker.instantiate_pre(component).and_then(CommandPre::new);
            let command = command.map_err(linker::mismatch)?;
            let command = command.instantiate_async(&mut *store).await;
            let command = command.map_err(linker::mismatch)?;
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

/// A resource table with a limit, so that WASI resources cannot fill it without end: each socket also creates streams
/// and pollables.
pub(crate) fn table(limits: &Limits) -> ResourceTable {
    let mut table = ResourceTable::new();
    if let Some(handles) = limits.handles {
        let entries = handles.saturating_mul(4).saturating_add(64);
        table.set_max_capacity(usize::try_from(entries).unwrap_or(usize::MAX));
    }
    table
}

/// Converts a trap to a message for the operator.
pub(crate) fn stopped(error: &wasmtime::Error, unwritten: u8) -> Ending {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Ending::Exit(u8::try_from(*code).unwrap_or(FAILURE));
    }
    match error.downcast_ref() {
        // As a shell reports a program that a signal ended, and without a message.
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
        return Ending::Unwritten(failed.to_string(), unwritten);
    }
    if error.downcast_ref::<BrokenPipe>().is_some() {
        return Ending::Stopped(String::new(), BROKEN_PIPE);
    }
    Ending::Stopped(crashed(error), FAILURE)
}

/// What to say about a trap, with what its author can do.
pub fn crashed(error: &wasmtime::Error) -> String {
    let why = error.root_cause().to_string().replace('\n', " ");
    let remedy = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => {
            "; the plugin gave up, such as by a panic or abort(3): what it printed before says why"
        }
        Some(Trap::StackOverflow) => {
            "; it calls itself without an end, or has too much on its stack"
        }
        _ => "",
    };
    format!("it crashed: {why}{remedy}")
}

impl Ending {
    /// The exit code, and the reason if the host stopped the plugin.
    pub fn recorded(&self) -> (u8, Option<String>) {
        match self {
            Self::Exit(code) => (*code, None),
            Self::Message(_) => (FAILURE, None),
            Self::Unwritten(why, code) => (*code, Some(why.clone())),
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

    /// The end of a record.
    pub fn on_record(&self) -> End {
        let (exit, stopped) = match self {
            Self::Exit(code) => (*code, None),
            Self::Message(_) => (FAILURE, None),
            Self::Stopped(why, code) | Self::Unwritten(why, code) => (*code, Some(why.clone())),
        };
        End { exit, stopped }
    }

    /// Prints what the operator must know.
    pub fn tell(&self, name: &str) {
        match self {
            Self::Message(message) | Self::Unwritten(message, _) => {
                // If the message cannot be printed, nothing else can be done.
                let _ = writeln!(output::error(), "{}: {message}", text::line(name));
            }
            Self::Stopped(reason, _) if !reason.is_empty() => {
                output::say("nethost", &format!("{name} was stopped: {reason}"));
            }
            Self::Exit(_) | Self::Stopped(..) => {}
        }
    }
}
