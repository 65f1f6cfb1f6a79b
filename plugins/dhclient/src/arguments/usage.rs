//! The usage, and the version.

/// What --version prints.
pub(super) const VERSION: &str = concat!("dhclient from nethost ", env!("CARGO_PKG_VERSION"), "\n");

/// The usage, which ISC's dhclient prints on standard error, with the options of nethost.
pub(crate) fn usage() -> String {
    "Usage: dhclient [-4|-6] [-SNTPRI1dvrxiBnq] [-nw] [-w] [-p <port>] [-D LL|LLT]\n\
     \x20               [--dad-wait-time <seconds>] [--prefix-len-hint <length>]\n\
     \x20               [--decline-wait-time <seconds>] [--timeout <seconds>]\n\
     \x20               [--address-prefix-len <length>]\n\
     \x20               [--request-options <options>] [--mac <hardware-address>]\n\
     \x20               [-H <host-name>] [-F <host-name>] [-V <class>] [-C <identifier>]\n\
     \x20               [-s server-addr] [-g relay-addr] [-cf config-file]\n\
     \x20               [-df duid-file] [-lf lease-file]\n\
     \x20               [-pf pid-file] [--no-pid] [-e VAR=val]\n\
     \x20               [-sf script-file] [--resolv-conf <file>] [interface]*\n\
     \x20      dhclient --probe [-4|-6] [--json] [--timeout <seconds>] [--expect <servers>] [interface]*\n\
     \x20      dhclient --compare [-4|-6] [--json] [--timeout <seconds>] [interface]*\n\
     \x20      dhclient {--version|--help|-h}\n"
        .into()
}
