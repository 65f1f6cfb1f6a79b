//! Generated from wit/netlink.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world netlink-host { import nethost:cap/netlink@0.1.1; }",
    imports: {
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/netlink.namespace": crate::Namespace,
        "nethost:cap/netlink.listing": crate::Listing,
        "nethost:cap/netlink.entity-listing": crate::EntityListing,
        "nethost:cap/netlink.monitor": crate::Watch,
        "nethost:cap/netlink.undoable": crate::Undoable,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    // nethost-netlink converts a change of the network to a type of its own, which the broker knows.
    additional_derives: [serde::Serialize, serde::Deserialize, nethost_kit::recorded::Recorded],
});

nethost_kit::recorded_flags!(nethost::cap::netlink::How, nethost::cap::netlink::Subjects);
