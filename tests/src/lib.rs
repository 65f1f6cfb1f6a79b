//! What the integration tests are built from: networks of their own, odd routers, the host's
//! executable, its audit log, and the probes.
//!
//! Everything here vanishes with the test process, even when that is killed: namespaces are held by a
//! child that reads a pipe, and nothing is entered below /run/netns.
//!
//! The tests need the rights of root over their own namespaces. An ordinary user has them in a user
//! namespace: `unshare -Urn cargo xtask test`. What still cannot run there says so and is ignored,
//! and fails with `REQUIRE_NETNS=1`. As whom they run nethost is another matter: [`privilege`].

// What supports tests fails as tests do: by panicking with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod audit;
pub mod command;
pub mod component;
pub mod dhcp;
pub mod dns;
pub mod dns_lab;
pub mod etc;
pub mod frames;
pub mod host;
pub mod iproute2;
pub mod namespace;
pub mod need;
pub mod netlink;
pub mod nginx;
pub mod odd_dhcp_server;
pub mod odd_name_server;
pub mod odd_router;
pub mod packets;
pub mod privilege;
pub mod probe;
pub mod pty;
pub mod registry;
mod schema;
pub mod server;
pub mod shipped;
pub mod strace;
pub mod tls;
pub mod tmux;
pub mod topology;
pub mod tun;
pub mod whois;
