//! Generated from what the world `tool` of wit/worlds.wit contains besides interfaces. Each capability generates its
//! own interface.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package nethost:host;
        world lifecycle {
            use nethost:cap/types@0.1.1.{signal};
            import interrupted: async func() -> signal;
            import terminated: async func();
            import report-wanted: async func();
            export run: async func(args: list<string>) -> result<u8, string>;
        }
    ",
    imports: { default: trappable },
    with: {
        "nethost:cap/types": nethost_kit::wit,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});
