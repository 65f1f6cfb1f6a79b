//! Generated from wit/types.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "package nethost:host; world types-host { import nethost:cap/types@0.1.1; }",
    imports: { default: trappable },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    // nethost-netlink converts a change of the network to a type of its own, which the broker knows.
    additional_derives: [serde::Serialize, serde::Deserialize, nethost_kit::recorded::Recorded],
});
