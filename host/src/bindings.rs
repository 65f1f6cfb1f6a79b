//! Generated from `wit/`: the traits that rooms implement.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "nethost:cap/tool",
    imports: {
        "nethost:cap/tcp.[method]connection.receive": store | trappable,
        "nethost:cap/tcp.[method]connection.send": store | trappable,
        "nethost:cap/tls.[method]session.receive": store | trappable,
        "nethost:cap/tls.[method]session.send": store | trappable,
        default: trappable,
    },
    with: {
        "nethost:cap/icmp.echo-socket": crate::capability::icmp::Handle,
        "nethost:cap/udp.socket": crate::capability::udp::Handle,
        "nethost:cap/tcp.connector": crate::capability::tcp::Handle,
        "nethost:cap/tcp.connection": crate::stream::Connection,
        "nethost:cap/tls.session": crate::capability::tls::Session,
        "nethost:cap/raw-ip.socket": crate::capability::raw_ip::Handle,
        "nethost:cap/netlink.namespace": crate::capability::netlink::Namespace,
        "nethost:cap/netlink.listing": crate::capability::netlink::Listing,
        "nethost:cap/netlink.monitor": crate::capability::netlink::Watch,
        "nethost:cap/terminal.screen": crate::capability::terminal::Handle,
    },
    require_store_data_send: true,
    // What a change of the network is becomes a type of nethost-netlink, which the broker knows.
    additional_derives: [serde::Serialize, serde::Deserialize],
});
