//! Where a run would get its privilege on this machine, and which privileges there are.

use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketType, ipproto, socket};
use rustix::process::geteuid;
use rustix::thread::CapabilitySet;

use super::super::service;
use super::finding::Finding;
use nethost_broker::{self as broker, ConnectError};
use nethost_core::User;

/// Where a run gets its privilege, in the order in which `nethost run` looks.
pub(super) enum Source {
    /// From a service.
    Service(PathBuf),
    /// From a service that was named and cannot be used.
    Unusable(ConnectError),
    /// Root's process, or one with Linux capabilities.
    Own,
    /// From the executable with file capabilities.
    Executable(PathBuf),
    /// From nowhere: a run does what every user may do.
    None,
}

impl Source {
    /// Whether another process than the user's writes the log, in its own place.
    pub(super) fn is_service(&self) -> bool {
        matches!(self, Self::Service(_) | Self::Unusable(_))
    }
}

pub(super) fn source() -> Source {
    if let Some(path) = service::named() {
        return match broker::Link::greeted(&path) {
            Ok(()) => Source::Service(path),
            Err(error) => Source::Unusable(error),
        };
    }
    if service::is_privileged() {
        return Source::Own;
    }
    match broker::Link::greeted(Path::new(service::SOCKET)) {
        Ok(()) => return Source::Service(service::SOCKET.into()),
        Err(ConnectError::Socket(..)) => {}
        Err(error) => return Source::Unusable(error),
    }
    service::installed().map_or(Source::None, Source::Executable)
}

pub(super) fn findings(source: &Source) -> Vec<Finding> {
    vec![
        where_from(source),
        of_service(source),
        file_capabilities(),
        raw_sockets(source),
        ping_sockets(source),
    ]
}

fn where_from(source: &Source) -> Finding {
    const NAME: &str = "source";
    match source {
        Source::Own if !geteuid().is_root() => {
            Finding::ok(NAME, "this process has Linux capabilities")
        }
        Source::Own if in_user_namespace() => Finding::note(
            NAME,
            "root of a user namespace: the tools have the networks of the namespace and no others",
            "for the networks of the machine, run nethost as root, or install the service (`nethost man 7 privilege`)",
        ),
        Source::Own => Finding::ok(NAME, "root"),
        Source::Service(path) => Finding::ok(NAME, format!("the service at {}", path.display())),
        Source::Unusable(error) => Finding::wrong(
            NAME,
            format!("the service cannot be used: {error}"),
            format!(
                "`systemctl restart nethost-broker`, or unset {}",
                service::VARIABLE
            ),
        ),
        Source::Executable(path) => {
            Finding::ok(NAME, format!("the file capabilities of {}", path.display()))
        }
        Source::None => Finding::missing(
            NAME,
            "none: the tools do what the kernel lets every user do",
            "install the service and join its group (`usermod --append --groups nethost USER`), or as root: `setcap cap_net_raw,cap_net_admin+ep $(dirname $(readlink -f $(command -v nethost)))/nethost-broker`",
        ),
    }
}

/// Whether user IDs here are not those of the machine (user_namespaces(7)).
fn in_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    !map.split_whitespace().eq(["0", "0", "4294967295"])
}

fn of_service(source: &Source) -> Finding {
    const NAME: &str = "service";
    let version = env!("CARGO_PKG_VERSION");
    let named = service::named();
    let path = named.as_deref().unwrap_or(Path::new(service::SOCKET));
    let shown = path.display();
    let greeted = match source {
        Source::Service(_) => Ok(()),
        _ => broker::Link::greeted(path),
    };
    let error = match greeted {
        Ok(()) => {
            let found = format!("{shown} answers, nethost {version}, the same build");
            return Finding::ok(NAME, found);
        }
        Err(ConnectError::Socket(_, error)) => error,
        Err(error) => {
            let remedy = "`systemctl restart nethost-broker`, or install the same build of both";
            return Finding::wrong(NAME, error.to_string(), remedy);
        }
    };
    let start = "`systemctl enable --now nethost-broker.socket`";
    match error.kind() {
        std::io::ErrorKind::NotFound if named.is_none() => {
            let found = format!("none: there is no {shown}");
            match source {
                Source::Own | Source::Executable(_) => {
                    Finding::fact(NAME, format!("{found}; this user needs none"))
                }
                _ => Finding::missing(NAME, found, start),
            }
        }
        std::io::ErrorKind::PermissionDenied => Finding::missing(
            NAME,
            format!("{shown}: this user may not connect"),
            format!(
                "`usermod --append --groups nethost {}`, then log in again",
                User::current().name.unwrap_or_else(|| "USER".into())
            ),
        ),
        std::io::ErrorKind::ConnectionRefused => {
            Finding::wrong(NAME, format!("{shown}: nobody listens there"), start)
        }
        _ => Finding::wrong(NAME, format!("{shown}: {error}"), start),
    }
}

fn file_capabilities() -> Finding {
    const NAME: &str = "file capabilities";
    match service::installed() {
        Some(path) => Finding::ok(NAME, format!("{} has some", path.display())),
        None => Finding::fact(NAME, "no nethost-broker beside nethost has any"),
    }
}

/// Linux capabilities that the operations of the broker use.
const USED: &[(CapabilitySet, &str, &str)] = &[
    (
        CapabilitySet::NET_RAW,
        "CAP_NET_RAW",
        "raw sockets, captures, echo requests",
    ),
    (
        CapabilitySet::NET_ADMIN,
        "CAP_NET_ADMIN",
        "changes of links, addresses, routes and neighbours",
    ),
    (
        CapabilitySet::NET_BIND_SERVICE,
        "CAP_NET_BIND_SERVICE",
        "listening on ports below 1024",
    ),
    (
        CapabilitySet::SYS_ADMIN,
        "CAP_SYS_ADMIN",
        "entering network namespaces",
    ),
    (
        CapabilitySet::SYS_PTRACE,
        "CAP_SYS_PTRACE",
        "descriptors and memory maps of the processes of others",
    ),
];

fn raw_sockets(source: &Source) -> Finding {
    const NAME: &str = "Linux capabilities";
    let own = rustix::thread::capabilities(None).map_or(CapabilitySet::empty(), |of| of.effective);
    let has = |missing: bool| {
        let rows = USED
            .iter()
            .filter(|(one, ..)| own.contains(*one) != missing);
        rows.map(|(_, name, what)| format!("{name} ({what})"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match source {
        Source::Own if has(true).is_empty() => Finding::ok(NAME, has(false)),
        Source::Own => Finding::note(
            NAME,
            format!("this process lacks {}", has(true)),
            "run nethost as root; in a container, add them (`--cap-add=NET_RAW`, `--cap-add=NET_ADMIN`)",
        ),
        _ if own.is_empty() => Finding::ok(NAME, "this process has none"),
        _ => Finding::fact(NAME, format!("this process has {}", has(false))),
    }
}

fn ping_sockets(source: &Source) -> Finding {
    const NAME: &str = "ping sockets";
    const SETTING: &str = "/proc/sys/net/ipv4/ping_group_range";
    let range = std::fs::read_to_string(SETTING).unwrap_or_default();
    let range = range.split_whitespace().collect::<Vec<_>>().join(" ");
    let opened = socket(AddressFamily::INET, SocketType::DGRAM, Some(ipproto::ICMP));
    match opened {
        Ok(_) => Finding::ok(
            NAME,
            format!("this user may open them (net.ipv4.ping_group_range is {range})"),
        ),
        Err(rustix::io::Errno::ACCESS) if !matches!(source, Source::None) => Finding::fact(
            NAME,
            format!(
                "net.ipv4.ping_group_range is {range}: not for the groups of this user, who needs none"
            ),
        ),
        Err(rustix::io::Errno::ACCESS) => Finding::note(
            NAME,
            format!(
                "not for the groups of this user (net.ipv4.ping_group_range is {range}); ping needs CAP_NET_RAW"
            ),
            "as root: `sysctl net.ipv4.ping_group_range='0 2147483647'`",
        ),
        Err(error) => Finding::missing(
            NAME,
            format!("the kernel refuses them: {error}"),
            "allow AF_INET sockets where this process is confined",
        ),
    }
}
