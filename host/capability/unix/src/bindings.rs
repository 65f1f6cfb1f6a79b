//! Generated from wit/unix.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world unix-host { import nethost:cap/unix@0.1.1; }",
    imports: {
        "nethost:cap/unix.[method]connection.receive": store | trappable,
        "nethost:cap/unix.[method]connection.send": store | trappable,
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/unix.connection": crate::Connection,
        "nethost:cap/unix.listener": crate::ListenerHandle,
        "nethost:cap/unix.message-socket": crate::MessageHandle,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
