//! Generated from wit/procfs.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world procfs-host { import nethost:cap/procfs@0.1.1; }",
    imports: {
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/procfs.counter-file": crate::CounterFile,
        "nethost:cap/procfs.process-listing": crate::ProcessListing,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});

nethost_kit::recorded_flags!(nethost::cap::procfs::FileKinds);
