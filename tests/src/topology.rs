//! Networks to test in: a line of three routers between client and server, and a diamond with two
//! paths of equal cost. Everything is IPv4 and IPv6.
//!
//! Link number `n`, counted from the client, is 10.0.n.0/24 and fd00:0:0:n::/64; its end nearer to the
//! client is .1, the other .2. So the k-th hop answers from 10.0.(k-1).2.

use crate::namespace::Namespace;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The server of the line, and of the diamond.
pub const SERVER: &str = "10.0.3.2";
/// The server of the line, and of the diamond.
pub const SERVER6: &str = "fd00:0:0:3::2";
/// What answers on the way to the server of the line, one after the other.
pub const HOPS: [&str; 4] = ["10.0.0.2", "10.0.1.2", "10.0.2.2", SERVER];
/// What answers on the way to the server of the line, one after the other.
pub const HOPS6: [&str; 4] = ["fd00::2", "fd00:0:0:1::2", "fd00:0:0:2::2", SERVER6];
/// The client's address.
pub const CLIENT: &str = "10.0.0.1";
/// The client's address.
pub const CLIENT6: &str = "fd00::1";
/// An address that the last router has no route for.
pub const UNROUTED: &str = "10.99.0.1";
/// An address that the last router has no route for.
pub const UNROUTED6: &str = "fd00:99::1";
/// An address on the server's link that nobody has.
pub const NOBODY: &str = "10.0.3.77";
/// The second hop of the diamond's two paths.
pub const DIAMOND: [&str; 2] = ["10.0.1.2", "10.0.4.2"];
/// The second hop of the diamond's two paths.
pub const DIAMOND6: [&str; 2] = ["fd00:0:0:1::2", "fd00:0:0:4::2"];

/// Namespaces joined by cables, and the files that name them.
pub struct Topology {
    nodes: Vec<Namespace>,
    files: tempfile::TempDir,
}

impl Topology {
    /// client — r1 — r2 — r3 — server.
    #[must_use]
    pub fn line() -> Self {
        let net = Self::nodes(&["client", "r1", "r2", "r3", "server"]);
        for (link, ends) in net.nodes.windows(2).enumerate() {
            if let [near, far] = ends {
                join(near, far, link);
            }
        }
        net.route("client", "default", 0, 2);
        net.route("r1", "default", 1, 2);
        net.route("r2", "default", 2, 2);
        net.route("r2", "0", 1, 1);
        for link in ["0", "1"] {
            net.route("r3", link, 2, 1);
        }
        net.route("server", "default", 3, 1);
        net.settle();
        net
    }

    /// client — r1 = (a | b) = r3 — server. The first router spreads flows over both paths by
    /// addresses and ports.
    #[must_use]
    pub fn diamond() -> Self {
        let net = Self::nodes(&["client", "r1", "a", "b", "r3", "server"]);
        for (near, far, link) in [
            ("client", "r1", 0),
            ("r1", "a", 1),
            ("a", "r3", 2),
            ("r3", "server", 3),
            ("r1", "b", 4),
            ("b", "r3", 5),
        ] {
            join(net.node(near), net.node(far), link);
        }
        net.route("client", "default", 0, 2);
        net.route("server", "default", 3, 1);
        net.route("a", "default", 2, 2);
        net.route("a", "0", 1, 1);
        net.route("b", "default", 5, 2);
        net.route("b", "0", 4, 1);
        net.route("r3", "default", 2, 1);
        let spread = net.node("r1");
        spread.sysctl("net.ipv4.fib_multipath_hash_policy", "1");
        spread.sysctl("net.ipv6.fib_multipath_hash_policy", "1");
        spread.route_over_all("0.0.0.0/0", &DIAMOND);
        spread.route_over_all("::/0", &DIAMOND6);
        net.settle();
        net
    }

    /// Nothing but a client with its loopback interface.
    #[must_use]
    pub fn alone() -> Self {
        Self::nodes(&["client"])
    }

    fn nodes(names: &[&str]) -> Self {
        let files = tempfile::Builder::new()
            .prefix("nethost-net-")
            .tempdir()
            .expect("a directory");
        // Another user reads the hosts file too.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(files.path(), open).expect("its mode");
        let nodes = names.iter().map(|name| Namespace::new(name)).collect();
        let mut net = Self { nodes, files };
        let mut hosts = String::from("127.0.0.1 localhost\n::1 localhost\n");
        if names.contains(&"server") {
            hosts += &format!("{SERVER} server.test server\n{SERVER6} server.test server\n");
        }
        for (number, hop) in HOPS.iter().zip(HOPS6).take(3).enumerate() {
            hosts += &format!("{} r{n}.test\n{} r{n}.test\n", hop.0, hop.1, n = number + 1);
        }
        net.file("hosts", &hosts, "/etc/hosts");
        net.file(
            "resolv.conf",
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
            "/etc/resolv.conf",
        );
        for node in &net.nodes {
            if !["client", "server"].contains(&node.name()) {
                node.sysctl("net.ipv4.ip_forward", "1");
                node.sysctl("net.ipv6.conf.all.forwarding", "1");
            }
        }
        net
    }

    /// A node by name.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn node(&self, name: &str) -> &Namespace {
        self.nodes
            .iter()
            .find(|node| node.name() == name)
            .expect("a node of that name")
    }

    /// Where the tools run.
    #[must_use]
    pub fn client(&self) -> &Namespace {
        self.node("client")
    }

    /// Lays a file with this text over a path, for the programs on all nodes.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&mut self, name: &str, text: &str, over: &'static str) {
        let path: PathBuf = self.files.path().join(name);
        std::fs::write(&path, text).expect("a file");
        for node in &mut self.nodes {
            node.overlay(&path, over);
        }
    }

    /// Waits until the kernel has noticed that all cables are plugged in. Until then a router has no
    /// link-local address to solicit its neighbours from, and the first packet through it is a second late.
    fn settle(&self) {
        let give_up = Instant::now() + Duration::from_secs(10);
        for node in &self.nodes {
            while !node.inside(is_settled) {
                assert!(Instant::now() < give_up, "{} does not settle", node.name());
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Routes a link's networks, or `default`, through an end of a link.
    fn route(&self, node: &str, to: &str, link: usize, end: usize) {
        let (to4, to6) = match to {
            "default" => ("0.0.0.0/0".into(), "::/0".into()),
            number => (
                format!("10.0.{number}.0/24"),
                format!("fd00:0:0:{number}::/64"),
            ),
        };
        let node = self.node(node);
        node.route(&to4, &format!("10.0.{link}.{end}"));
        node.route(&to6, &format!("fd00:0:0:{link}::{end}"));
    }

    /// Makes a link of the line narrower at both ends.
    pub fn mtu(&self, link: usize, bytes: u32) {
        for node in &self.nodes[link..=link + 1] {
            node.mtu(&format!("link{link}"), bytes);
        }
    }
}

/// Whether each cable of the calling thread's namespace has a link-local address in use: if_inet6 has
/// address, index, prefix length, scope (0x20 is a link), flags (0x40 is tentative) and name.
fn is_settled() -> bool {
    let links = std::fs::read_to_string("/proc/thread-self/net/dev").expect("the interfaces");
    let addresses =
        std::fs::read_to_string("/proc/thread-self/net/if_inet6").expect("the addresses");
    let ready = |name: &str| {
        addresses.lines().any(|line| {
            let fields: Vec<_> = line.split_whitespace().collect();
            matches!(fields[..], [_, _, _, "20", flags, device]
                if device == name && u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 0x40 == 0))
        })
    };
    links
        .lines()
        .filter_map(|line| line.split(':').next())
        .map(str::trim)
        .filter(|name| name.starts_with("link"))
        .all(ready)
}

/// Lays a cable, called the same at both ends.
fn join(near: &Namespace, far: &Namespace, link: usize) {
    let name = format!("link{link}");
    near.cable(&name, far, &name);
    for (node, end) in [(near, 1), (far, 2)] {
        let (v4, v6) = (
            format!("10.0.{link}.{end}/24"),
            format!("fd00:0:0:{link}::{end}/64"),
        );
        node.addresses(&name, &[&v4, &v6]);
        node.up(&[&name]);
    }
}
