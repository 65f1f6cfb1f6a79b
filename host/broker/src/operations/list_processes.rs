//! Lists processes and their files.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::process_list::{self, FileKinds, ListedProcess, MOST_PROCESSES};
use crate::processes::Whose;
use crate::sealed;
use crate::state::Kept;
use nethost_gate::Ticket;

/// So many numbers go into one message.
const AT_ONCE: usize = 8192;

/// The act.
pub(crate) struct ListProcesses;

/// The processes, in several messages.
#[derive(Serialize, Deserialize)]
pub(crate) struct WantedProcesses {
    /// Some of them. None at all: all that there are.
    pub(crate) numbers: Vec<u32>,
    /// None: more follow. Otherwise these were the last, and which of their files are told.
    pub(crate) kinds: Option<FileKinds>,
}

/// Those that were told before the last.
struct Told(Vec<u32>);

impl Kept for Told {
    fn size(&self) -> usize {
        size_of_val(&*self.0)
    }
}

impl Operation for ListProcesses {
    const NAME: &'static str = "list-processes";
    const LENDS: bool = false;
    type Args = WantedProcesses;
    /// The report comes along after the last numbers.
    type Reply = ();

    fn perform(
        permit: &Ticket,
        wanted: WantedProcesses,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let whose = Whose::of(permit, context.state);
        let whose = whose.ok_or_else(|| refused("no permit to read processes"))?;
        let told = context.state.kept::<Told>(context.handle);
        let mut numbers = told.map_or_else(Vec::new, |told| std::mem::take(&mut told.0));
        if numbers.len() + wanted.numbers.len() > MOST_PROCESSES {
            return Err(refused("too many processes"));
        }
        numbers.extend(wanted.numbers);
        let Some(kinds) = wanted.kinds else {
            context.state.keep(context.handle, Told(numbers))?;
            return Ok(((), None));
        };
        context.state.let_go(context.handle);
        context.charge(permit)?;
        let room = context.state.room();
        let list = || {
            let listed = process_list::list(&numbers, kinds, &whose, room)?;
            Ok(((), Some(sealed::write(&listed)?)))
        };
        Ok(context.state.rights().act_apart(list)?)
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        WantedProcesses {
            numbers: vec![1],
            kinds: Some(FileKinds::default()),
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "process.read"
    }
}

impl Broker {
    /// Processes, among those that were permitted, and files of them.
    pub fn processes<C: Capability>(
        &self,
        permit: &Permit<C>,
        numbers: &[u32],
        kinds: FileKinds,
    ) -> io::Result<Vec<ListedProcess>> {
        let mut chunks = numbers.chunks(AT_ONCE).peekable();
        loop {
            let wanted = WantedProcesses {
                numbers: chunks.next().unwrap_or_default().to_vec(),
                kinds: chunks.peek().is_none().then_some(kinds),
            };
            if let (_, Some(report)) = self.perform::<ListProcesses, C>(permit, &[], wanted)? {
                return sealed::read(report);
            }
            if chunks.peek().is_none() {
                return Err(io::Error::from_raw_os_error(libc::EPROTO));
            }
        }
    }
}
