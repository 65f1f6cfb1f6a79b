//! Generated from wit/sock-diag.wit.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    inline: "package nethost:host; world sock-diag-host { import nethost:cap/sock-diag@0.1.1; }",
    imports: {
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/sock-diag.namespace": crate::Namespace,
        "nethost:cap/sock-diag.listing": crate::Listing,
        "nethost:cap/sock-diag.table-reader": crate::TableReader,
        "nethost:cap/sock-diag.closings": crate::Watch,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
