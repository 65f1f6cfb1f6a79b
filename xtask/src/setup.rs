//! Adds what a fresh machine lacks: targets of rustc, a linker, and for the tests the native tools they
//! compare with. Where it may not install it names the exact command.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::step::{self, Failure};

/// What plugins are built for.
pub(crate) const WASM: &str = "wasm32-wasip2";
/// What the release is built for.
pub(crate) const MUSL: &str = "x86_64-unknown-linux-musl";

/// A program that must be there, and the Debian package that brings it.
struct Needed {
    program: &'static str,
    package: &'static str,
}

const fn needed(program: &'static str, package: &'static str) -> Needed {
    Needed { program, package }
}

/// rustc links with the system's C compiler driver; wasmtime has a few lines of C. `nethost-capture` links libpcap, whose
/// package for builds has this program.
const FOR_BUILD: &[Needed] = &[
    needed("cc", "gcc libc6-dev"),
    needed("pcap-config", "libpcap0.8-dev"),
];

/// And for musl there is a driver of its own.
const FOR_DIST: &[Needed] = &[needed("musl-gcc", "musl-tools")];

/// The tests build networks with these and run the native tools beside ours.
const FOR_TESTS: &[Needed] = &[
    needed("ping", "iputils-ping"),
    needed("traceroute", "traceroute"),
    needed("mtr", "mtr-tiny"),
    needed("fping", "fping"),
    needed("dig", "bind9-dnsutils"),
    needed("named", "bind9"),
    needed("dnssec-signzone", "bind9-utils"),
    needed("unbound", "unbound"),
    needed("kdig", "knot-dnsutils"),
    needed("nft", "nftables"),
    needed("ip", "iproute2"),
    needed("arp", "net-tools"),
    needed("netstat", "net-tools"),
    needed("ifconfig", "net-tools"),
    needed("route", "net-tools"),
    needed("host", "bind9-host"),
    needed("nslookup", "bind9-dnsutils"),
    needed("tracepath", "iputils-tracepath"),
    needed("arping", "iputils-arping"),
    needed("dhclient", "isc-dhcp-client"),
    needed("dhcpd", "isc-dhcp-server"),
    needed("dhcrelay", "isc-dhcp-relay"),
    needed("dnsmasq", "dnsmasq-base"),
    needed("ss", "iproute2"),
    needed("lsof", "lsof"),
    needed("sar", "sysstat"),
    needed("lsb_release", "lsb-release"),
    needed("nc", "netcat-openbsd"),
    needed("radvd", "radvd"),
    needed("smcrouted", "smcroute"),
    needed("openssl", "openssl"),
    needed("nginx", "nginx-light"),
    needed("vsftpd", "vsftpd"),
    needed("docker-registry", "docker-registry"),
    needed("skopeo", "skopeo"),
    needed("tcpdump", "tcpdump"),
    needed("strace", "strace"),
    needed("jq", "jq"),
    needed("curl", "curl"),
    needed("whois", "whois"),
    needed("nc.openbsd", "netcat-openbsd"),
    needed("nmap", "nmap"),
    needed("chromium", "chromium"),
    needed("npm", "npm"),
    needed("pdftotext", "poppler-utils"),
    needed("inetutils-telnet", "inetutils-telnet"),
    needed("sysctl", "procps"),
    needed("unshare", "util-linux"),
    needed("setcap", "libcap2-bin"),
    needed("systemd-analyze", "systemd"),
    needed("mandoc", "mandoc"),
    needed("man", "man-db"),
    needed("zsh", "zsh"),
    needed("fish", "fish"),
    needed("debootstrap", "debootstrap"),
    needed("signify-openbsd", "signify-openbsd"),
];

/// The lab boots a kernel of its own.
const FOR_LAB: &[Needed] = &[
    needed("qemu-system-x86_64", "qemu-system-x86"),
    needed("busybox", "busybox-static"),
    needed("cpio", "cpio"),
    needed("ip", "iproute2"),
];

/// What `build` and `run` need. Says nothing when there is nothing to do.
pub(crate) fn for_build(root: &Path) -> Result<(), Failure> {
    install_missing("setup: build tools", FOR_BUILD)?;
    add_target(root, WASM)
}

/// What `dist` needs in addition.
pub(crate) fn for_dist(root: &Path) -> Result<(), Failure> {
    install_missing("setup: musl", FOR_DIST)?;
    add_target(root, MUSL)
}

/// What `test` needs in addition.
pub(crate) fn for_tests() -> Result<(), Failure> {
    install_missing("setup: native tools for the tests", FOR_TESTS)
}

/// What `lab` needs in addition.
pub(crate) fn for_lab() -> Result<(), Failure> {
    install_missing("setup: the lab", FOR_LAB)
}

/// What `ci` needs in addition: rustfmt and clippy.
pub(crate) fn for_ci(root: &Path) -> Result<(), Failure> {
    for (component, program) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        let mut probe = Command::new(program);
        let there = probe
            .current_dir(root)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !there.is_ok_and(|status| status.success()) {
            let step = format!("setup: {component}");
            step::announce(&step);
            let mut rustup = Command::new("rustup");
            rustup
                .current_dir(root)
                .args(["component", "add", component]);
            step::run(
                &step,
                &mut rustup,
                &format!("add {component} to the toolchain of rust-toolchain.toml"),
            )?;
        }
    }
    Ok(())
}

fn add_target(root: &Path, target: &str) -> Result<(), Failure> {
    let step = &format!("setup: {target}");
    let mut rustc = Command::new("rustc");
    rustc
        .current_dir(root)
        .args(["--print", "target-libdir", "--target", target]);
    let libdir = step::output(step, &mut rustc, "install Rust from https://rustup.rs")?;
    let installed = Path::new(libdir.trim()).read_dir().is_ok_and(|mut files| {
        files.any(|file| {
            file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
        })
    });
    if installed {
        return Ok(());
    }
    step::announce(&format!("{step}: rustup target add {target}"));
    // In the repository, so that it is the toolchain of rust-toolchain.toml that gets it.
    let mut rustup = Command::new("rustup");
    rustup.current_dir(root).args(["target", "add", target]);
    step::run(
        step,
        &mut rustup,
        "install rustup from https://rustup.rs, or the target for your rustc some other way",
    )
}

fn install_missing(step: &str, needed: &[Needed]) -> Result<(), Failure> {
    let missing: Vec<&Needed> = needed
        .iter()
        .filter(|needed| !is_installed(needed.program))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let programs = missing
        .iter()
        .map(|needed| needed.program)
        .collect::<Vec<_>>()
        .join(", ");
    if !is_installed("apt-get") {
        let remedy = "install these programs with this system's package manager and try again";
        return Err(Failure::new(
            step,
            format_args!("not found: {programs}"),
            remedy,
        ));
    }
    let packages = missing.iter().flat_map(|needed| needed.package.split(' '));
    let mut install = Command::new("apt-get");
    install
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages);
    let by_hand = format!("sudo {}", step::shown(&install));
    if !is_root() {
        return Err(Failure::new(
            step,
            format_args!("not found: {programs}"),
            &by_hand,
        ));
    }
    step::announce(&format!("{step}: {}", step::shown(&install)));
    let mut update = Command::new("apt-get");
    update.args(["update", "--quiet"]);
    for command in [&mut update, &mut install] {
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        step::run(step, command, &by_hand)?;
    }
    let still: Vec<&str> = missing
        .iter()
        .map(|needed| needed.program)
        .filter(|program| !is_installed(program))
        .collect();
    if still.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(
            step,
            format_args!("installed, but still not found: {}", still.join(", ")),
            "look at PATH",
        ))
    }
}

/// A process's entry in /proc belongs to its effective user.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

/// Whether PATH has it, or the directories for administrators, which an ordinary user's PATH lacks.
fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let admin = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(std::path::PathBuf::from);
    std::env::split_paths(&path)
        .chain(admin)
        .any(|dir| dir.join(program).is_file())
}
