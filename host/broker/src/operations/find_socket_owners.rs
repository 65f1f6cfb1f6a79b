//! Finds out which processes have sockets open.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use serde::{Deserialize, Serialize};
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::processes::Whose;
use crate::sealed;
use crate::socket_owners::{self, MOST_SOCKETS, OwnerExtent, SocketOwners};
use crate::state::Kept;
use nethost_gate::Ticket;

/// So many inodes go into one message.
const AT_ONCE: usize = 4096;

/// The act.
pub(crate) struct FindSocketOwners;

/// The sockets, in several messages.
#[derive(Serialize, Deserialize)]
pub(crate) struct WantedSockets {
    /// Some of them.
    pub(crate) inodes: Vec<u64>,
    /// None: more follow. Otherwise these were all, and how many owners are wanted.
    pub(crate) extent: Option<OwnerExtent>,
}

/// Those that were told before the last.
struct Told(Vec<u64>);

impl Kept for Told {
    fn size(&self) -> usize {
        size_of_val(&*self.0)
    }
}

impl Operation for FindSocketOwners {
    const NAME: &'static str = "find-socket-owners";
    const LENDS: bool = false;
    type Args = WantedSockets;
    /// The report comes along after the last sockets.
    type Reply = ();

    fn perform(
        permit: &Ticket,
        wanted: WantedSockets,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let whose = Whose::of(permit, context.state);
        let whose = whose.ok_or_else(|| refused("no permit to read processes"))?;
        let told = context.state.kept::<Told>(context.handle);
        let mut inodes = told.map_or_else(Vec::new, |told| std::mem::take(&mut told.0));
        if inodes.len() + wanted.inodes.len() > MOST_SOCKETS {
            return Err(refused("too many sockets"));
        }
        inodes.extend(wanted.inodes);
        let Some(extent) = wanted.extent else {
            context.state.keep(context.handle, Told(inodes))?;
            return Ok(((), None));
        };
        context.state.let_go(context.handle);
        context.charge(permit)?;
        let find = || {
            let found = socket_owners::find(&mut inodes, extent, &whose)?;
            Ok(((), Some(sealed::write(&found)?)))
        };
        Ok(context.state.rights().act_apart(find)?)
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        WantedSockets {
            inodes: vec![7],
            extent: Some(OwnerExtent::Every),
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "process.read"
    }
}

impl Broker {
    /// The owners of sockets, among the processes that were permitted.
    pub fn socket_owners<C: Capability>(
        &self,
        permit: &Permit<C>,
        inodes: &[u64],
        extent: OwnerExtent,
    ) -> io::Result<SocketOwners> {
        let mut chunks = inodes.chunks(AT_ONCE).peekable();
        loop {
            let wanted = WantedSockets {
                inodes: chunks.next().unwrap_or_default().to_vec(),
                extent: chunks.peek().is_none().then_some(extent),
            };
            if let (_, Some(report)) = self.perform::<FindSocketOwners, C>(permit, &[], wanted)? {
                return sealed::read(report);
            }
            if chunks.peek().is_none() {
                return Err(io::Error::from_raw_os_error(libc::EPROTO));
            }
        }
    }
}
