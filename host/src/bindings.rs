//! Generated from `wit/`: the traits that rooms implement.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "nethost:cap/tool",
    imports: { default: trappable },
    with: {
        "nethost:cap/icmp.echo-socket": crate::capability::icmp::Handle,
        "nethost:cap/udp.socket": crate::capability::udp::Handle,
        "nethost:cap/tcp.connector": crate::capability::tcp::Handle,
        "nethost:cap/raw-ip.socket": crate::capability::raw_ip::Handle,
        "nethost:cap/netlink.namespace": crate::capability::netlink::Namespace,
        "nethost:cap/netlink.listing": crate::capability::netlink::Listing,
        "nethost:cap/terminal.screen": crate::capability::terminal::Handle,
    },
    require_store_data_send: true,
});
