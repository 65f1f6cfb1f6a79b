//! Addresses, ports and users in words or in numbers.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::files;
use nethost_sdk::names::{Names, Settings};

use crate::flags::Options;
use crate::services::{Services, Transport};

/// What has names.
pub(crate) struct Words {
    hosts: Option<Names>,
    services: Option<Services>,
    users: Option<HashMap<u32, String>>,
    ports: HashMap<(u16, Transport), String>,
    wide: bool,
}

/// The width of an address with its port, unless all is to be seen.
const WIDTH: usize = 22;

impl Words {
    pub(crate) fn new(options: &Options) -> Self {
        let users = (options.extended > 0 && !options.users_are_numbers()).then(users);
        Self {
            hosts: (!options.hosts_are_numbers()).then(|| Names::new(Settings::default())),
            services: (!options.ports_are_numbers()).then(Services::default),
            users,
            ports: HashMap::new(),
            wide: options.wide,
        }
    }

    /// Looks up addresses that are about to be shown.
    pub(crate) async fn learn(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        if let Some(hosts) = &mut self.hosts {
            let shown = addresses.into_iter().filter(|address| has_name(*address));
            hosts.find_all(shown).await;
        }
    }

    /// An address. One of IPv4 that is mapped is shown as such.
    pub(crate) fn host(&self, address: IpAddr) -> String {
        let Some(hosts) = &self.hosts else {
            return plain(address);
        };
        match address {
            IpAddr::V6(any) if any.is_unspecified() => "[::]".to_owned(),
            IpAddr::V4(any) if any.is_unspecified() => "0.0.0.0".to_owned(),
            address if !has_name(address) => plain(address),
            address => match hosts.get(address).known() {
                Some(name) => nethost_sdk::text::printable(name).into_owned(),
                None => plain(address),
            },
        }
    }

    fn port(&mut self, port: u16, transport: Transport) -> String {
        if port == 0 {
            return "*".to_owned();
        }
        let Some(services) = &mut self.services else {
            return port.to_string();
        };
        let name = self.ports.entry((port, transport)).or_insert_with(|| {
            let name = services.name(port, transport);
            name.map_or_else(|| port.to_string(), str::to_owned)
        });
        name.clone()
    }

    /// `HOST:PORT`, cut to its column unless all is to be seen.
    pub(crate) fn endpoint(&mut self, address: IpAddr, port: u16, transport: Transport) -> String {
        let host = self.host(address);
        let port = self.port(port, transport);
        if self.wide || host.len() + port.len() <= WIDTH {
            return format!("{host}:{port}");
        }
        let ports = port.len().min(WIDTH - 4);
        let hosts = WIDTH - ports;
        let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
        format!("{}:{}", cut(&host, hosts), cut(&port, ports))
    }

    /// A user.
    pub(crate) fn user(&self, user: u32) -> String {
        let known = self.users.as_ref().and_then(|users| users.get(&user));
        known.cloned().unwrap_or_else(|| user.to_string())
    }
}

/// Whether it is looked up. net-tools finds no names of mapped addresses.
fn has_name(address: IpAddr) -> bool {
    !address.is_unspecified() && address.to_canonical() == address
}

/// Without a name.
pub(crate) fn plain(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => ipv6(address),
    }
}

/// As inet_ntop(3) writes it.
fn ipv6(address: Ipv6Addr) -> String {
    let segments = address.segments();
    if segments[..6] == [0; 6] && segments[6] != 0 {
        let [.., a, b, c, d] = address.octets();
        return format!("::{}", Ipv4Addr::new(a, b, c, d));
    }
    address.to_string()
}

/// The users of /etc/passwd. Without the right to read it, they are numbers.
fn users() -> HashMap<u32, String> {
    let text = files::read("/etc/passwd").unwrap_or_default();
    let mut users = HashMap::new();
    for line in String::from_utf8_lossy(&text).lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(Ok(number))) = (fields.next(), fields.nth(1).map(str::parse)) {
            let name = nethost_sdk::text::printable(name).into_owned();
            users.entry(number).or_insert(name);
        }
    }
    users
}
