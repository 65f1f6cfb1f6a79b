//! Runs one tool: its name, the decision about it, its output and its exit code.

use std::sync::Arc;
use std::time::Duration;

use super::{ToolRun, sys};
use crate::bindings::nethost::cap::tools::Finished;
use nethost_broker::{Broker, NotStarted, tool_command};
use nethost_core::{ObjectName, Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, invalid};

/// The first wait for the exit code after the end of the output. A process ends soon after its output does.
const FIRST_WAIT: Duration = Duration::from_micros(200);
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// Runs the tool whose command line begins with an argument of this run. If the call is dropped, so is the permit, and the
/// broker has the tool killed.
pub(super) async fn run(
    gate: &Arc<Gate>,
    broker: &Broker,
    args: &[String],
    first: u32,
    as_words: bool,
) -> Result<Finished, ErrorCode> {
    let words = tool_command(args, first, as_words).map_err(|error| invalid(error.to_string()))?;
    let name = words.first().and_then(|name| ObjectName::new(name));
    let name = name.ok_or_else(|| invalid("not the name of a tool"))?;
    let permit: Permit<ToolRun> = gate.authorize(Request::new("run", Target::Object(name)))?;
    let started = broker
        .start_tool(&permit, first, as_words)
        .inspect_err(|error| permit.failed(error))?;
    let output = started.map_err(|why| {
        permit.failed(&std::io::ErrorKind::NotFound.into());
        match why {
            NotStarted::Busy => ErrorCode::InvalidState,
            NotStarted::Because(why) => ErrorCode::Other(Some(why)),
        }
    })?;
    let (output, truncated) = sys::read(&permit, output).await?;
    let mut wait = FIRST_WAIT;
    loop {
        let exit = broker
            .finish_tool(&permit)
            .inspect_err(|error| permit.failed(error))?;
        if let Some(exit) = exit {
            return Ok(Finished {
                output,
                truncated,
                exit,
            });
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
