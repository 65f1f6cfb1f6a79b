//! Generated from wit/console.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world console-host { import nethost:cap/console@0.1.1; }",
    imports: {
        "nethost:cap/console.input": store | trappable,
        "nethost:cap/console.output": store | trappable,
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
