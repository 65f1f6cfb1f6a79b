//! A run of a plugin on a record: every answer comes from it, nothing is asked for and nothing is done. Only what the
//! plugin prints is printed. So a replay needs neither network nor privilege, and no gate: the gate here denies
//! everything, and no call reaches it.
//!
//! Nothing in a replay waits for the world. If the plugin waits, and no event of the record wakes it, it waits for
//! something that the recorded run did not wait for.

use std::sync::Arc;

use wasmtime::component::Component;
use wasmtime::{Store, UpdateDeadline};

use crate::execution::{Ending, stopped, table, watched};
use crate::linker;
use crate::plugin::load::Found;
use crate::sources::{self, Reel};
use nethost_broker::Broker;
use nethost_core::{Event, RecordError, Recorder};
use nethost_gate::Gate;
use nethost_kit::Context;
use nethost_kit::console::Console;
use nethost_kit::limits::{Limiter, Pulse, Watch};
use nethost_kit::recorded::{Damaged, Stuck, Tape};
use nethost_kit::signals::Signals;
use nethost_kit::standard;
use nethost_policy::{Limits, Policies, Subject};
use nethost_record::{Difference, Header, Player, Record, Turn};

/// How a replay ended.
pub enum Replayed {
    /// As the plugin ended, or as the host stopped the recorded run.
    Ended(Ending),
    /// The plugin did something else.
    Differs(Difference),
    /// The record has no end, and the plugin did everything that is on it.
    CutOff,
    /// The record does not fit itself.
    Damaged(String),
}

/// No run: nothing is decided and nothing recorded.
struct Nobody;

impl Recorder for Nobody {
    fn record(&self, _: &Event<'_>) -> Result<(), RecordError> {
        Err(RecordError::Refused("a replay asks for nothing".into()))
    }

    fn is_here(&self) -> bool {
        false
    }

    fn policy_changed(&self, _: Option<String>) {}
}

/// Replays a record with a plugin. Call it within a runtime.
pub async fn replay(
    component: &Component,
    found: &Found,
    record: Record,
) -> Result<Replayed, linker::Error> {
    let engine = component.engine();
    // The recorded run may have taken as long as it wanted.
    let limits = Limits {
        time: None,
        ..Limits::DEFAULT
    };
    let pulse = Arc::new(Pulse::new(&limits));
    let header = record.header.clone();
    let console = Console::output(Arc::clone(&pulse)).seeming(header.terminals.output);
    let reel = Reel {
        tape: Tape::replays(Player::new(record), console.clone()),
        header,
    };
    let linker = linker::link(engine, component, Some(&reel.tape))?;
    let mut store = Store::new(engine, context(found, &reel, console, &limits));
    store.limiter(|context| &mut context.limits);
    store.set_epoch_deadline(1);
    let mut watch = Watch::new(limits, Arc::clone(&pulse));
    store.epoch_deadline_callback(move |_| {
        watch.look(0)?;
        Ok(UpdateDeadline::Continue(1))
    });
    let args = reel.header.args.clone();
    let running = watched(&mut store, component, &linker, args, &pulse, limits);
    let ended = match reel.tape.drive(running).await {
        Ok(ended) => Some(ended?),
        Err(Stuck) => None,
    };
    Ok(outcome(&reel.tape, ended, found.unwritten))
}

fn context(found: &Found, reel: &Reel, console: Console, limits: &Limits) -> Context {
    let Header { args, plugin, .. } = &reel.header;
    let policies = Policies::default();
    Context {
        wasi: sources::context(console.clone(), &plugin.name, args, Some(reel)),
        standard: standard::streams(&console),
        output: console,
        args: args.as_slice().into(),
        table: table(limits),
        gate: Gate::new(&policies, &subject(found, args), Arc::new(Nobody)),
        broker: Arc::new(Broker::in_process()),
        signals: Arc::new(Signals::none()),
        limits: Limiter::new(*limits),
        tape: Some(Arc::clone(&reel.tape)),
    }
}

fn subject(found: &Found, args: &[String]) -> Subject {
    Subject {
        name: found.name.clone(),
        digest: found.digest.clone(),
        bundled: found.bundled,
        args: args.to_vec(),
        ..Subject::default()
    }
}

/// What the end of the plugin means for the replay. None: it was stuck.
fn outcome(tape: &Tape, ended: Option<wasmtime::Result<Ending>>, unwritten: u8) -> Replayed {
    let Some(player) = tape.player() else {
        return Replayed::CutOff;
    };
    let turn = match ended {
        None => player.stuck(),
        Some(Ok(ending)) => match player.ended(ending.recorded().0) {
            Ok(()) => return Replayed::Ended(ending),
            Err(turn) => turn,
        },
        Some(Err(error)) => match (
            error.downcast_ref::<Turn>(),
            error.downcast_ref::<Damaged>(),
        ) {
            (Some(turn), _) => *turn,
            (None, Some(damaged)) => return Replayed::Damaged(damaged.to_string()),
            (None, None) => return Replayed::Ended(stopped(&error, unwritten)),
        },
    };
    match (turn, player.difference(), player.end()) {
        (Turn::Differs, Some(difference), _) => Replayed::Differs(difference),
        (_, _, Some(end)) => {
            Replayed::Ended(Ending::Stopped(end.stopped.unwrap_or_default(), end.exit))
        }
        (_, _, None) => Replayed::CutOff,
    }
}
