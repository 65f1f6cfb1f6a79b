//! Networks furnished and read over rtnetlink(7), by a library that is neither ours nor iproute2's. So what the tests
//! build does not rest on what they compare, and there is a third opinion on what ip has changed: [`state`].

pub mod state;

use crate::namespace::Namespace;
use futures::TryStreamExt;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::{AddressAttribute, AddressHeaderFlags};
use rtnetlink::packet_route::link::{InfoData, InfoVeth};
use rtnetlink::packet_route::neighbour::{NeighbourFlags, NeighbourState};
use rtnetlink::packet_route::route::{RouteProtocol, RouteScope};
use rtnetlink::packet_route::rule::RuleAction;
use rtnetlink::{
    Error, Handle, LinkUnspec, LinkVeth, RouteMessageBuilder, RouteNextHopBuilder, new_connection,
};
use std::net::IpAddr;

/// The table that routes are in where nobody names another.
pub const MAIN: u32 = 254;

/// `address/length`.
fn prefix(text: &str) -> (IpAddr, u8) {
    let (address, length) = text.split_once('/').expect("address/length");
    (
        address.parse().expect("an address"),
        length.parse().expect("a length"),
    )
}

/// An interface's number.
///
/// # Errors
/// ENODEV where there is none of that name.
pub async fn index(handle: &Handle, name: &str) -> Result<u32, Error> {
    let mut links = handle.link().get().match_name(name.to_owned()).execute();
    let link = links.try_next().await?;
    Ok(link.expect("an answer has a link").header.index)
}

impl Namespace {
    /// Asks or changes this network. Its connection ends with the call.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn netlink<T: Send>(&self, work: impl AsyncFnOnce(Handle) -> Result<T, Error> + Send) -> T {
        let done = self.inside(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let (connection, handle, _) = new_connection().expect("a netlink socket");
                tokio::spawn(connection);
                work(handle).await
            })
        });
        done.unwrap_or_else(|error| panic!("{}: {error}", self.name()))
    }

    /// Lays a cable (veth(4)) from here to another node, or to this one.
    pub fn cable(&self, name: &str, far: &Self, peer: &str) {
        let far = far.id();
        self.netlink(async |handle| {
            let end = LinkUnspec::new_with_name(peer).setns_by_pid(far).build();
            let end = InfoData::Veth(InfoVeth::Peer(end));
            let cable = LinkVeth::new(name, peer).set_info_data(end).build();
            handle.link().add(cable).execute().await
        });
    }

    /// Switches interfaces on.
    pub fn up(&self, devices: &[&str]) {
        self.netlink(async |handle| {
            for device in devices {
                let up = LinkUnspec::new_with_name(device).up().build();
                handle.link().set(up).execute().await?;
            }
            Ok(())
        });
    }

    /// How long packets on an interface may be.
    pub fn mtu(&self, device: &str, bytes: u32) {
        self.netlink(async |handle| {
            let link = LinkUnspec::new_with_name(device).mtu(bytes).build();
            handle.link().set(link).execute().await
        });
    }

    /// An interface's hardware address.
    pub fn hardware_address(&self, device: &str, address: [u8; 6]) {
        self.netlink(async |handle| {
            let link = LinkUnspec::new_with_name(device).address(address.to_vec());
            handle.link().set(link.build()).execute().await
        });
    }

    /// Addresses, each with its length, for an interface. None is probed for duplicates, and none has a broadcast
    /// address beside the one that the kernel makes of its network.
    pub fn addresses(&self, device: &str, addresses: &[&str]) {
        self.netlink(async |handle| {
            let device = index(&handle, device).await?;
            for text in addresses {
                let (address, length) = prefix(text);
                let mut request = handle.address().add(device, address, length);
                let message = request.message_mut();
                message
                    .attributes
                    .retain(|one| !matches!(one, AddressAttribute::Broadcast(_)));
                if address.is_ipv6() {
                    message.header.flags = AddressHeaderFlags::Nodad;
                }
                request.execute().await?;
            }
            Ok(())
        });
    }

    /// Takes an address from an interface.
    pub fn without_address(&self, device: &str, text: &str) {
        self.netlink(async |handle| {
            let device = index(&handle, device).await?;
            let (address, length) = prefix(text);
            let mut request = handle.address().add(device, address, length);
            let message = request.message_mut().clone();
            handle.address().del(message).execute().await
        });
    }

    /// A way to a network through a router.
    pub fn route(&self, to: &str, via: &str) {
        self.netlink(async |handle| {
            let (to, length) = prefix(to);
            let via = via.parse().expect("a router's address");
            let route = RouteMessageBuilder::<IpAddr>::new()
                .destination_prefix(to, length)
                .and_then(|route| route.gateway(via))
                .expect("addresses of one family");
            let route = route.protocol(RouteProtocol::Boot).build();
            handle.route().add(route).execute().await
        });
    }

    /// A way to a network that begins behind an interface.
    pub fn route_over(&self, to: &str, device: &str) {
        self.routes_over(&[to], device, MAIN);
    }

    /// Ways to networks that begin behind an interface, in a table.
    pub fn routes_over(&self, to: &[impl AsRef<str> + Sync], device: &str, table: u32) {
        self.netlink(async |handle| {
            let device = index(&handle, device).await?;
            for to in to {
                let (to, length) = prefix(to.as_ref());
                let route = RouteMessageBuilder::<IpAddr>::new()
                    .destination_prefix(to, length)
                    .expect("a length that fits")
                    .protocol(RouteProtocol::Boot)
                    .output_interface(device)
                    .table_id(table);
                let route = match to {
                    IpAddr::V4(_) => route.scope(RouteScope::Link),
                    IpAddr::V6(_) => route,
                };
                handle.route().add(route.build()).execute().await?;
            }
            Ok(())
        });
    }

    /// Equally good ways to a network.
    pub fn route_over_all(&self, to: &str, routers: &[&str]) {
        self.netlink(async |handle| {
            let (to, length) = prefix(to);
            let family = match to {
                IpAddr::V4(_) => AddressFamily::Inet,
                IpAddr::V6(_) => AddressFamily::Inet6,
            };
            let hop = |router: &&str| {
                let router = router.parse().expect("a router's address");
                let hop = RouteNextHopBuilder::new(family).via(router);
                hop.expect("addresses of one family").build()
            };
            let route = RouteMessageBuilder::<IpAddr>::new()
                .destination_prefix(to, length)
                .expect("a length that fits")
                .protocol(RouteProtocol::Boot)
                .multipath(routers.iter().map(hop).collect())
                .build();
            handle.route().add(route).execute().await
        });
    }

    /// An entry of the neighbour table, with a hardware address where its state has one.
    pub fn neighbour(
        &self,
        device: &str,
        address: &str,
        hardware: Option<[u8; 6]>,
        state: NeighbourState,
    ) {
        self.netlink(async |handle| {
            let device = index(&handle, device).await?;
            let address = address.parse().expect("an address");
            let mut entry = handle.neighbours().add(device, address).state(state);
            if let Some(hardware) = hardware {
                entry = entry.link_layer_address(&hardware);
            }
            entry.execute().await
        });
    }

    /// An address that this node answers ARP for on behalf of another.
    pub fn proxy(&self, device: &str, address: &str) {
        self.netlink(async |handle| {
            let device = index(&handle, device).await?;
            let address = address.parse().expect("an address");
            let entry = handle.neighbours().add(device, address);
            entry.flags(NeighbourFlags::Proxy).execute().await
        });
    }

    /// A rule for IPv4 that looks everything up in a table.
    pub fn rule(&self, priority: u32, table: u32) {
        self.netlink(async |handle| {
            let rule = handle.rule().add().v4().action(RuleAction::ToTable);
            rule.priority(priority).table_id(table).execute().await
        });
    }

    /// Takes the rules of that priority away.
    pub fn without_rule(&self, priority: u32) {
        for rule in state::rules(self) {
            if state::priority(&rule) == priority {
                self.netlink(async |handle| handle.rule().del(rule).execute().await);
            }
        }
    }
}
