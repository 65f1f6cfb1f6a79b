//! The contract, for plugins in languages that generate their bindings from it.

/// A form of the contract.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Contract {
    /// As it is.
    Async,
    /// Without `async`: `wit/sync/`.
    Synchronous,
}

/// Each file of a form with its text.
pub(super) const fn files(contract: Contract) -> &'static [(&'static str, &'static str)] {
    match contract {
        Contract::Async => ASYNC,
        Contract::Synchronous => SYNCHRONOUS,
    }
}

macro_rules! files {
    ($($name:literal)*) => {
        const ASYNC: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../wit/", $name)))),*];
        const SYNCHRONOUS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../wit/sync/", $name)))),*];
    };
}

files!(
    "capture.wit"
    "clock.wit"
    "console.wit"
    "environment.wit"
    "files.wit"
    "icmp.wit"
    "netlink.wit"
    "packet.wit"
    "procfs.wit"
    "raw-ip.wit"
    "resolver.wit"
    "scan.wit"
    "sock-diag.wit"
    "system.wit"
    "tcp.wit"
    "terminal.wit"
    "tls.wit"
    "tools.wit"
    "types.wit"
    "udp.wit"
    "unix.wit"
    "worlds.wit"
);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_file_is_left_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".wit"))
            .collect();
        names.sort_unstable();
        let known: Vec<_> = ASYNC.iter().map(|(name, _)| *name).collect();
        assert_eq!(known, names);
    }
}
