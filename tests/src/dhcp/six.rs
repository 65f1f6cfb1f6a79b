//! Routers and servers of IPv6 on the cable.

use super::{Bed, Server};
use std::net::{Ipv6Addr, SocketAddrV6};
use std::time::{Duration, Instant};

/// What radvd advertises.
const ADVERTISED: &str = "interface v0 { AdvSendAdvert on; AdvManagedFlag on; AdvOtherConfigFlag on;\n\
     MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvLinkMTU 1400; AdvDefaultLifetime 1800;\n\
     prefix fd00::/64 { AdvOnLink on; AdvAutonomous on; AdvValidLifetime 3600; AdvPreferredLifetime 1800; };\n\
     route fd99::/48 { AdvRouteLifetime 900; };\n\
     RDNSS fd00::53 { AdvRDNSSLifetime 600; };\n\
     DNSSL example.test { AdvDNSSLLifetime 600; }; };\n";

impl Bed {
    /// radvd, for fd00::/64.
    ///
    /// # Panics
    /// When there is no room for its files.
    #[must_use]
    pub fn radvd(&self) -> Server {
        let (conf, process) = (self.file("radvd.conf"), self.file("radvd.pid"));
        std::fs::write(&conf, ADVERTISED).expect("a file");
        self.has_prefix();
        self.server.sysctl("net.ipv6.conf.all.forwarding", "1");
        let running = self
            .server
            .command("radvd")
            .words(&format!("-n -m stderr -C {conf} -p {process}"))
            .patience(Duration::from_secs(120))
            .spawn();
        Server::new(running, String::new())
    }

    /// ISC's dhcpd for DHCPv6, with this configuration of the subnet fd00::/64.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn dhcpd6(&self, subnet: &str) -> Server {
        let (conf, leases) = (self.file("dhcpd6.conf"), self.file("dhcpd6.leases"));
        let text = format!(
            "default-lease-time 200;\noption dhcp6.name-servers fd00::2;\nsubnet6 fd00::/64 {{\n{subnet}\n}}\n"
        );
        std::fs::write(&conf, text).expect("a file");
        std::fs::write(&leases, "").expect("a file");
        self.has_prefix();
        let process = self.file("dhcpd6.pid");
        let running = self
            .server
            .command("dhcpd")
            .words(&format!(
                "-6 -f -d -cf {conf} -lf {leases} -pf {process} v0"
            ))
            .patience(Duration::from_secs(120))
            .spawn();
        self.until_bound6();
        Server::new(running, leases)
    }

    /// Waits until a server of DHCPv6 has its port.
    pub(super) fn until_bound6(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.server.inside(|| {
            let table = std::fs::read_to_string("/proc/thread-self/net/udp6");
            table.unwrap_or_default().contains(":0223 ")
        }) {
            assert!(Instant::now() < deadline, "no server of DHCPv6");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The server's end of the cable has fd00::2, whoever needs it first.
    pub(super) fn has_prefix(&self) {
        let own: Ipv6Addr = "fd00::2".parse().expect("an address");
        if !self.addresses_of_server().contains(&own) {
            self.server.addresses("v0", &["fd00::2/64"]);
        }
    }

    fn addresses_of_server(&self) -> Vec<Ipv6Addr> {
        let all = crate::netlink::state::addresses(&self.server);
        let all = all.iter().map(crate::netlink::state::local);
        all.filter_map(|address| address.to_string().parse().ok())
            .collect()
    }

    /// The link-local address of the server's end of the cable, which the kernel makes when the cable is up.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn router(&self) -> Ipv6Addr {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let all = self.addresses_of_server();
            if let Some(local) = all.iter().find(|one| one.is_unicast_link_local()) {
                return *local;
            }
            assert!(
                Instant::now() < deadline,
                "no link-local address in {all:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends an ICMPv6 message from this link-local address of the server's end to all hosts. The kernel computes its
    /// checksum.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn send_icmpv6(&self, from: Ipv6Addr, message: &[u8]) {
        let socket = self.server.inside(|| {
            use socket2::{Domain, Protocol, Socket, Type};
            let socket = Socket::new(Domain::IPV6, Type::RAW, Some(Protocol::ICMPV6))?;
            socket.bind_device(Some(b"v0"))?;
            socket.set_multicast_hops_v6(255)?;
            socket.bind(&SocketAddrV6::new(from, 0, 0, 0).into())?;
            let all = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
            socket.send_to(message, &SocketAddrV6::new(all, 0, 0, 0).into())?;
            std::io::Result::Ok(())
        });
        socket.expect("sent");
    }
}
