//! Makes every malformed call on processes and counters that the types let through.

use nethost_probes::Malformed;
use nethost_sdk::bindings::nethost::cap::procfs::{
    CounterFile, Extent, FileKinds, Owner, ProcessListing, find_socket_owners,
};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let mut malformed = Malformed::default();
        let long = "net.".repeat(1 << 16);
        for name in [
            "",
            ".",
            "..",
            "net",
            "net.",
            "kcore",
            "kmsg",
            "1.environ",
            "self.environ",
            "net/snmp",
            "../etc/shadow",
            "net.snmp\0",
            "net.snmp\n",
            "net.ipv4.tcp_fastopen_key",
            "net.ipv6.conf.lo.stable_secret",
            "net.ipv4.conf.a/../../../kernel.hostname",
            "net.ipv4...hostname",
            "kernel.hostname",
            "class.net.lo.uevent",
            "class.net.../x.speed",
            &long,
        ] {
            let shown: String = name.chars().take(40).collect();
            malformed.refused(&format!("{shown:?}"), CounterFile::open(name));
        }
        for (namespace, name) in [
            ("", "net.snmp"),
            ("..", "net.snmp"),
            ("a/b", "net.snmp"),
            ("nul\0", "net.snmp"),
            ("lab", "kcore"),
        ] {
            let shown = format!("{namespace:?} {name}");
            malformed.refused(&shown, CounterFile::open_in(namespace, name));
        }
        let inodes = vec![1; (1 << 20) + 1];
        malformed.refused(
            "inodes",
            find_socket_owners(Owner::Own, &inodes, Extent::First),
        );
        let numbers = vec![1; (1 << 16) + 1];
        let listing = ProcessListing::open(Owner::Own, &numbers, FileKinds::empty());
        malformed.refused("processes", listing);
        Ok(malformed.exit_code())
    }
}
