//! Generated from wit/tls.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world tls-host { import nethost:cap/tls@0.1.1; }",
    imports: {
        "nethost:cap/tls.[method]session.receive": store | trappable,
        "nethost:cap/tls.[method]session.send": store | trappable,
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/tcp.connection": nethost_kit::stream::Connection,
        "nethost:cap/tls.session": crate::Session,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
