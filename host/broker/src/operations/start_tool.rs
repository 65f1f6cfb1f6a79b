//! Starts the permitted tool with words that the operator typed.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::tool_command::tool_command;
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct StartTool;

/// Where the tool's command line is in the arguments of the run.
#[derive(Serialize, Deserialize)]
pub(crate) struct CommandPlace {
    /// The number of its first argument.
    pub(crate) first: u32,
    /// Its arguments are not split.
    pub(crate) as_words: bool,
}

/// Why a permitted tool was not started.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum NotStarted {
    /// Another one is running.
    Busy,
    /// What the operator must know.
    Because(String),
}

impl Operation for StartTool {
    const NAME: &'static str = "start-tool";
    const LENDS: bool = false;
    type Args = CommandPlace;
    /// The end of a pipe comes along if it was started.
    type Reply = Result<(), NotStarted>;

    fn perform(
        permit: &Ticket,
        CommandPlace { first, as_words }: CommandPlace,
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error> {
        let Target::Object(name) = &permit.request().target else {
            return Err(refused("no permit for a tool"));
        };
        if permit.capability() != "tool.run" {
            return Err(refused("no permit to run tools"));
        }
        context.charge(permit)?;
        let not_started = |why| Ok((Err(why), None));
        let words = match tool_command(&context.state.args, first, as_words) {
            Ok(words) => words,
            Err(error) => return not_started(NotStarted::Because(error.to_string())),
        };
        if words.first().is_none_or(|typed| typed != name.as_str()) {
            return Err(refused("the permit is for another tool"));
        }
        let Some(launcher) = &mut context.state.launcher else {
            let why = "nothing starts tools in this run".to_owned();
            return not_started(NotStarted::Because(why));
        };
        if launcher.is_busy() {
            return not_started(NotStarted::Busy);
        }
        match launcher.start(context.handle, first, as_words)? {
            Ok(output) => Ok((Ok(()), Some(output))),
            Err(why) => not_started(NotStarted::Because(why)),
        }
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        CommandPlace {
            first: 0,
            as_words: false,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "tool.run"
    }
}

impl Broker {
    /// Starts the permitted tool, whose command line begins with the argument `first` of this run. Returns the end of a pipe
    /// from which its output is read.
    pub fn start_tool<C: Capability>(
        &self,
        permit: &Permit<C>,
        first: u32,
        as_words: bool,
    ) -> io::Result<Result<OwnedFd, NotStarted>> {
        let place = CommandPlace { first, as_words };
        match self.perform::<StartTool, C>(permit, &[], place)? {
            (Ok(()), Some(output)) => Ok(Ok(output)),
            (Err(why), _) => Ok(Err(why)),
            (Ok(()), None) => Err(io::Error::from_raw_os_error(libc::EPROTO)),
        }
    }
}
