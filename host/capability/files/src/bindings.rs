//! Generated from wit/files.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world files-host { import nethost:cap/files@0.1.1; }",
    imports: {
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/files.reader": crate::FileReader,
        "nethost:cap/files.writer": crate::FileWriter,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});

nethost_kit::recorded_flags!(nethost::cap::files::Walk);
