//! Generated from wit/types.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "package nethost:host; world types-host { import nethost:cap/types@0.1.1; }",
    imports: { default: trappable },
    require_store_data_send: true,
    // What a change of the network is becomes a type of nethost-netlink, which the broker knows.
    additional_derives: [serde::Serialize, serde::Deserialize],
});
