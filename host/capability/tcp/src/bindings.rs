//! Generated from wit/tcp.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world tcp-host { import nethost:cap/tcp@0.1.1; }",
    imports: {
        "nethost:cap/tcp.[method]connection.receive": store | trappable,
        "nethost:cap/tcp.[method]connection.send": store | trappable,
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/tcp.connector": crate::Handle,
        "nethost:cap/tcp.listener": crate::ListenerHandle,
        "nethost:cap/tcp.connection": nethost_kit::stream::Connection,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
