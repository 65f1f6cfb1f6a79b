//! A client and servers of DHCP on one cable.

use crate::command::{Command, Running};
use crate::host::nethost;
use crate::namespace::Namespace;
use crate::netlink::state;
use nix::sys::signal::Signal;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

mod six;

/// The configuration of our dhclient: it asks for more than without a file, and again soon.
const CONF: &str = "initial-interval 1;\nbackoff-cutoff 2;\nrequest subnet-mask, broadcast-address, routers,\n \
    domain-name, domain-name-servers, interface-mtu, rfc3442-classless-static-routes;\n";

/// A client and a server on one cable, and a folder that everybody may use.
pub struct Bed {
    /// Who asks, on `v0`.
    pub client: Namespace,
    /// Who answers, on `v0`.
    pub server: Namespace,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Default for Bed {
    fn default() -> Self {
        Self::new()
    }
}

impl Bed {
    /// The network.
    ///
    /// # Panics
    /// When there is no room for a folder.
    #[must_use]
    pub fn new() -> Self {
        let (client, server) = (Namespace::new("client"), Namespace::new("server"));
        client.cable("v0", &server, "v0");
        client.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
        server.addresses("v0", &["10.0.0.2/24"]);
        client.up(&["v0"]);
        server.up(&["v0"]);
        // The first run compiles the tool, which takes longer than a test waits for a text.
        nethost(&client)
            .words("dhclient --version")
            .patience(Duration::from_secs(120))
            .succeed();
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777))
            .expect("its mode");
        let path = folder.path().canonicalize().expect("its path");
        Self {
            client,
            server,
            _folder: folder,
            path,
        }
    }

    /// A file in the folder.
    #[must_use]
    pub fn file(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    /// dnsmasq with leases of so many seconds.
    #[must_use]
    pub fn dnsmasq(&self, seconds: u32) -> Server {
        let leases = self.file("dnsmasq.leases");
        let running = self
            .server
            .command("dnsmasq")
            .words("--no-daemon --conf-file=/dev/null --port=0 --interface=v0 --bind-interfaces --no-ping")
            .words("--user=root --group=root --dhcp-authoritative")
            .arg(format!("--dhcp-range=10.0.0.50,10.0.0.50,255.255.255.0,{seconds}"))
            .words("--dhcp-option=3,10.0.0.2 --dhcp-option=6,10.0.0.2 --dhcp-option=15,example.test")
            .words("--dhcp-option=26,1400 --dhcp-option=121,10.5.0.0/16,10.0.0.2,0.0.0.0/0,10.0.0.2")
            .arg(format!("--dhcp-leasefile={leases}"))
            .patience(Duration::from_secs(120))
            .spawn();
        self.until_bound(67);
        Server(Some(running), leases)
    }

    /// dnsmasq for DHCPv6, with the addresses from fd00::50.
    #[must_use]
    pub fn dnsmasq6(&self, last: &str) -> Server {
        self.has_prefix();
        let leases = self.file("dnsmasq6.leases");
        let running = self
            .server
            .command("dnsmasq")
            .words("--no-daemon --conf-file=/dev/null --port=0 --interface=v0 --bind-interfaces --no-ping")
            .words("--user=root --group=root")
            .arg(format!("--dhcp-range=fd00::50,{last},64,200"))
            .words("--dhcp-option=option6:dns-server,[fd00::2]")
            .words("--dhcp-option=option6:domain-search,example.test")
            .arg(format!("--dhcp-leasefile={leases}"))
            .patience(Duration::from_secs(120))
            .spawn();
        self.until_bound6();
        Server(Some(running), leases)
    }

    /// The client's addresses that DHCPv6 gives.
    #[must_use]
    pub fn addresses6(&self) -> Vec<String> {
        let all = state::addresses(&self.client);
        let all = all.iter().map(|address| state::local(address).to_string());
        all.filter(|address| address.starts_with("fd00:")).collect()
    }

    /// Waits until a server has its port.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn until_bound(&self, port: u16) {
        let wanted = format!(":{port:04X} ");
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.server.inside(|| {
            let table = std::fs::read_to_string("/proc/thread-self/net/udp");
            table.unwrap_or_default().contains(&wanted)
        }) {
            assert!(Instant::now() < deadline, "no server at {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Our dhclient. It repeats a question soon: the first one can be lost while the cable is new.
    ///
    /// # Panics
    /// When there is no room for a file.
    #[must_use]
    pub fn ours(&self, options: &str, args: &str) -> Command {
        let conf = self.file("dhclient.conf");
        std::fs::write(&conf, CONF).expect("a file");
        let command = nethost(&self.client).words(options).arg("dhclient");
        let command = match args.contains("-cf") {
            true => command,
            false => command.words(&format!("-cf {conf}")),
        };
        command.words(args).patience(Duration::from_secs(90))
    }

    /// The client's addresses that DHCP gives.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let all = state::addresses(&self.client);
        let all = all.iter().map(|address| state::local(address).to_string());
        all.filter(|address| address.starts_with("10.")).collect()
    }
}

/// A server that ends with the test.
pub struct Server(Option<Running>, String);

impl Server {
    /// A running server with its file of leases.
    #[must_use]
    pub fn new(running: Running, leases: String) -> Self {
        Self(Some(running), leases)
    }

    /// The leases that it has given.
    #[must_use]
    pub fn leases(&self) -> usize {
        let text = std::fs::read_to_string(&self.1).unwrap_or_default();
        text.lines().count()
    }

    /// Waits until it has given so many.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn until_leases(&self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.leases() != count {
            assert!(Instant::now() < deadline, "{} leases", self.leases());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.0.take() {
            running.signal(Signal::SIGTERM);
            let _ = running.finish();
        }
    }
}
