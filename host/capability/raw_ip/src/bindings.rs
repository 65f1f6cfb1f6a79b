//! Generated from wit/raw-ip.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world raw-ip-host { import nethost:cap/raw-ip@0.1.1; }",
    imports: {
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/raw-ip.socket": crate::Handle,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
