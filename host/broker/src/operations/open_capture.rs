//! Opens the packet socket that was permitted. Its filter is attached before anything can be received.

use std::io;
use std::os::fd::OwnedFd;

use crate::capabilities::capture::CaptureSpec;
use crate::client::Broker;
use crate::operation::{Context, Error, Operation, refused};
use crate::packet_socket::{self, CaptureFacts, CaptureSetup, Chosen, Counted};
use nethost_core::{Capability, InterfaceBy, Request, Target};
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct OpenCapture;

impl Operation for OpenCapture {
    const NAME: &'static str = "open-capture";
    const LENDS: bool = false;
    type Args = CaptureSetup;
    type Reply = CaptureFacts;

    fn perform(
        permit: &Ticket,
        setup: CaptureSetup,
        context: &mut Context<'_>,
    ) -> Result<(CaptureFacts, Option<OwnedFd>), Error> {
        let request = permit.request();
        let is_of_capture = permit.capability() == "capture.live";
        let spec = CaptureSpec::of(request).filter(|_| is_of_capture);
        let spec = spec.ok_or_else(|| refused("no permit to capture"))?;
        if context.state.kept::<Counted>(context.handle).is_some() {
            return Err(refused("a capture is open under this permit"));
        }
        let blocks = packet_socket::blocks(setup, context.state.room());
        let blocks = blocks.ok_or_else(|| refused("too much is open at once"))?;
        context.charge(permit)?;
        let chosen = match &request.target {
            Target::Link(link) => Chosen::One(link),
            _ => allowed_links(permit, context)?,
        };
        let (facts, socket, counted) = packet_socket::open(chosen, &spec, setup, blocks)?;
        context.state.keep(context.handle, counted)?;
        Ok((facts, Some(socket)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        CaptureSetup {
            buffer: 0,
            immediate: false,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "capture.live"
    }
}

/// The interfaces that may be captured under a permit for all of them.
fn allowed_links(permit: &Ticket, context: &Context<'_>) -> Result<Chosen<'static>, Error> {
    let namespace = context.state.namespaces.of(permit, context.permits)?;
    let present = packet_socket::indexes()?;
    let request = |index| {
        // One that is gone has no packets.
        let link = namespace.interface(&InterfaceBy::Index(index)).ok()?;
        Some(Request::new("session.open", Target::Link(link)))
    };
    let allowed = permit.allowed_parts(|| present.into_iter().filter_map(request).collect());
    Ok(match allowed {
        None => Chosen::All,
        Some(parts) => Chosen::Only(parts.iter().filter_map(index_of).collect()),
    })
}

fn index_of(part: &Request) -> Option<u32> {
    match &part.target {
        Target::Link(link) => link.index(),
        _ => None,
    }
}

impl Broker {
    /// Opens the permitted packet socket.
    pub fn open_capture<C: Capability>(
        &self,
        permit: &Permit<C>,
        setup: CaptureSetup,
    ) -> io::Result<(CaptureFacts, OwnedFd)> {
        self.obtain::<OpenCapture, C>(permit, setup)
    }
}
