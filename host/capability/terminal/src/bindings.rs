//! Generated from wit/terminal.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world terminal-host { import nethost:cap/terminal@0.1.1; }",
    imports: {
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/terminal.screen": crate::Handle,
        "nethost:cap/terminal.input-mode": crate::InputMode,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
