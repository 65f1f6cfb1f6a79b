//! The executables beside nethost: found, of the same build, and able to start here.

use std::path::PathBuf;

use super::finding::Finding;
use nethost_broker as broker;
use nethost_runner::plugin::compile;

/// An empty component (the magic number, the version, and the layer).
const NOTHING: &[u8] = b"\0asm\x0d\0\x01\0";

pub(super) fn findings() -> Vec<Finding> {
    vec![nethost(), compiler(), capture(), broker_program()]
}

fn nethost() -> Finding {
    let shown = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("nethost"));
    let version = env!("CARGO_PKG_VERSION");
    let count = nethost_bundle::PLUGINS.len();
    Finding::ok(
        "nethost",
        format!("{} {version}, {count} bundled plugins", shown.display()),
    )
}

fn compiler() -> Finding {
    const NAME: &str = "nethost-compile";
    match compile::inspect(NOTHING) {
        Ok(_) => Finding::ok(NAME, "reads components"),
        Err(error @ compile::Error::NoCompiler { .. }) => Finding::missing(
            NAME,
            format!("{error}: only plugins whose compiled form is installed or cached run"),
            "install nethost-compile beside nethost",
        ),
        Err(error) => Finding::wrong(
            NAME,
            format!("does not work: {error}"),
            "install nethost and nethost-compile of the same build",
        ),
    }
}

fn capture() -> Finding {
    const NAME: &str = "nethost-capture";
    match broker::try_filter_compiler() {
        Ok(()) => Finding::ok(NAME, "compiles filter expressions with libpcap"),
        Err(error) if error.raw_os_error() == Some(libc_eopnotsupp()) => Finding::missing(
            NAME,
            "not found beside nethost or in /usr/libexec/nethost: tcpdump and policies have no filter expressions",
            "install nethost-capture beside nethost",
        ),
        Err(error) => Finding::wrong(
            NAME,
            format!("does not work: {error}"),
            "install libpcap (`apt install libpcap0.8`), and nethost-capture of the same build",
        ),
    }
}

fn libc_eopnotsupp() -> i32 {
    rustix::io::Errno::OPNOTSUPP.raw_os_error()
}

fn broker_program() -> Finding {
    const NAME: &str = "nethost-broker";
    let beside = std::env::current_exe().map(|own| own.with_file_name(NAME));
    match beside.ok().filter(|path| path.is_file()) {
        Some(path) => Finding::ok(NAME, path.display().to_string()),
        None => Finding::missing(
            NAME,
            "not found beside nethost: no service and no file capabilities; `nethost broker` serves too",
            "install nethost-broker beside nethost",
        ),
    }
}
