//! Returns the source address of packets to a permitted remote, according to the current routing table.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::socket;
use nethost_core::Target;
use nethost_gate::Ticket;

/// The operation. Under a permit for a remote, it is about this remote. Under a permit for a set, it is about the
/// first allowed member. Under a permit for a name lookup, it is about an address of the name.
pub(crate) struct RouteSource;

impl Operation for RouteSource {
    const NAME: &'static str = "route-source";
    const LENDS: bool = false;
    /// One of the addresses of the name. None if the permit has its own address.
    type Args = Option<IpAddr>;
    type Reply = IpAddr;

    fn perform(
        permit: &Ticket,
        address: Option<IpAddr>,
        _: &mut Context<'_>,
    ) -> Result<(IpAddr, Option<OwnedFd>), Error> {
        let request = permit.request();
        let remote = match (&request.target, address) {
            (Target::Name(_), Some(address)) if permit.stands_for(address) => (address, 0).into(),
            (Target::Set(_), None) => {
                let member = permit.first_allowed();
                member.ok_or_else(|| refused("nothing of the set is allowed"))?
            }
            (_, None) => {
                let remote = socket::remote_of(request)?;
                remote.ok_or_else(|| refused("no permit for a remote"))?
            }
            _ => return Err(refused("no permit for this address")),
        };
        let interface = request.interface.as_ref();
        Ok((socket::route_source(remote, interface, true)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        None
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        matches!(request.target, Target::Address { .. } | Target::Set(_))
    }
}

impl Broker {
    /// The source address of packets to a permitted remote, according to the current routing table. Under a permit
    /// for a name lookup, of packets to one of the addresses of the name.
    pub fn route_source<C: Capability>(
        &self,
        permit: &Permit<C>,
        address: Option<IpAddr>,
    ) -> io::Result<IpAddr> {
        let (source, _) = self.perform::<RouteSource, C>(permit, &[], address)?;
        Ok(source)
    }
}
