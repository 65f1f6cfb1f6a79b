//! One constant for each probe. A probe that no test uses does not compile, and one that is not listed
//! here fails a test.

use crate::case::cases;

/// A probe by name; its component is built when first asked for.
#[derive(Clone, Copy)]
pub(crate) struct Probe(&'static str);

impl Probe {
    pub(crate) fn path(self) -> std::path::PathBuf {
        nethost_tests::probe::component(self.0)
    }
}

macro_rules! probes {
    ($($constant:ident $name:literal)*) => {
        #[deny(dead_code)]
        mod listed {
            use super::Probe;
            $(pub(crate) const $constant: Probe = Probe($name);)*
        }
        pub(crate) use listed::*;
        const NAMES: &[&str] = &[$($name),*];
    };
}

probes! {
    ALLOCATES "allocates"
    BUSY_LOOP "busy_loop"
    FILES_FACTS "files_facts"
    FILES_MALFORMED "files_malformed"
    FLOODS "floods"
    FORGES_HANDLES "forges_handles"
    ICMP_DROPS "icmp_drops"
    ICMP_FACTS "icmp_facts"
    ICMP_MALFORMED "icmp_malformed"
    ICMP_MANY "icmp_many"
    LOOKS_AROUND "looks_around"
    MANY_HANDLES "many_handles"
    NETLINK_DROPS "netlink_drops"
    NETLINK_FACTS "netlink_facts"
    NETLINK_MALFORMED "netlink_malformed"
    OPENS_WITHOUT_END "opens_without_end"
    PANICS "panics"
    POSIX_NET "posix_net"
    PRINTS_ESCAPES "prints_escapes"
    RACES_REVOCATION "races_revocation"
    RAW_IP_DROPS "raw_ip_drops"
    RAW_IP_FACTS "raw_ip_facts"
    RAW_IP_MALFORMED "raw_ip_malformed"
    READS_WHAT_OTHERS_SEND "reads_what_others_send"
    REBINDS "rebinds"
    RESOLVER_ABANDONS "resolver_abandons"
    RESOLVER_FACTS "resolver_facts"
    RESOLVER_MALFORMED "resolver_malformed"
    SENDS_WITHOUT_MEASURE "sends_without_measure"
    STD_NET "std_net"
    SYSTEM_FACTS "system_facts"
    TCP_DROPS "tcp_drops"
    TCP_FACTS "tcp_facts"
    TCP_MALFORMED "tcp_malformed"
    TCP_STREAM "tcp_stream"
    TERMINAL_ABANDONS "terminal_abandons"
    TERMINAL_FACTS "terminal_facts"
    TERMINAL_MALFORMED "terminal_malformed"
    TLS_FACTS "tls_facts"
    TLS_MALFORMED "tls_malformed"
    UDP_DROPS "udp_drops"
    UDP_FACTS "udp_facts"
    UDP_MALFORMED "udp_malformed"
    UNIX_DROPS "unix_drops"
    UNIX_FACTS "unix_facts"
    UNIX_MALFORMED "unix_malformed"
    UNKNOWN_IMPORT "unknown_import"
    WAITS "waits"
}

cases! {
    [] => { every_probe_is_listed }
}

fn every_probe_is_listed() {
    assert_eq!(nethost_tests::probe::names(), NAMES);
}
