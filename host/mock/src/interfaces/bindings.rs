//! Generated from the part of the contract that the mock host offers, in one world.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    path: "../../wit",
    inline: "
        package nethost:host;
        world mock {
            import nethost:cap/clock@0.1.1;
            import nethost:cap/console@0.1.1;
            import nethost:cap/environment@0.1.1;
            import nethost:cap/files@0.1.1;
            import nethost:cap/icmp@0.1.1;
            import nethost:cap/resolver@0.1.1;
            import nethost:cap/system@0.1.1;
            import nethost:cap/tcp@0.1.1;
            import nethost:cap/terminal@0.1.1;
            import nethost:cap/tls@0.1.1;
            import nethost:cap/udp@0.1.1;
            use nethost:cap/types@0.1.1.{signal};
            import interrupted: async func() -> signal;
            import terminated: async func();
            import report-wanted: async func();
            export run: async func(args: list<string>) -> result<u8, string>;
        }
    ",
    imports: {
        "nethost:cap/console.input": store | trappable,
        "nethost:cap/console.output": store | trappable,
        "nethost:cap/tcp.[method]connection.receive": store | trappable,
        "nethost:cap/tcp.[method]connection.send": store | trappable,
        "nethost:cap/tls.[method]session.receive": store | trappable,
        "nethost:cap/tls.[method]session.send": store | trappable,
        default: trappable,
    },
    with: {
        "nethost:cap/types": nethost_kit::wit,
        "nethost:cap/icmp.echo-socket": crate::interfaces::icmp::Handle,
        "nethost:cap/udp.socket": crate::interfaces::udp::Handle,
        "nethost:cap/udp.bound-socket": crate::interfaces::bound::Handle,
        "nethost:cap/tcp.connector": crate::interfaces::tcp::ConnectorHandle,
        "nethost:cap/tcp.connection": nethost_kit::stream::Connection,
        "nethost:cap/tcp.listener": crate::interfaces::listener::Handle,
        "nethost:cap/tls.session": crate::interfaces::tls::Session,
        "nethost:cap/files.reader": crate::interfaces::files::Reader,
        "nethost:cap/files.writer": crate::interfaces::files::Writer,
    },
    require_store_data_send: true,
    wasmtime_crate: nethost_kit::recorded,
    additional_derives: [nethost_kit::recorded::Recorded],
});

nethost_kit::recorded_flags!(nethost::cap::files::Walk);
