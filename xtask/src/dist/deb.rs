//! The Debian package. A tree is laid out and packed with dpkg-deb(1), which every Debian system has: no other tool has to
//! be installed or trusted, and the same tree makes the same bytes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::stage::{self, COMPILED, COMPLETIONS, MANUALS, POLICIES, SHELLS, UNITS};
use super::{Form, STEP, VERSION};
use crate::step::{self, Failure};

/// The time that files have, for the same bytes each time: 2020-01-01.
pub(super) const EPOCH: &str = "1577836800";
/// Another revision of the same version, for those who build packages of their own.
const REVISION: &str = "NETHOST_DEB_REVISION";

/// Executables that are called by their names or by the service manager, and those that nethost starts.
const CALLED: [&str; 2] = ["nethost", "nethost-broker"];
const STARTED: [&str; 2] = ["nethost-compile", "nethost-capture"];

/// Packs what was staged, and returns the name of the package.
pub(super) fn build(out: &Path, form: Form) -> Result<String, Failure> {
    let revision = std::env::var(REVISION).unwrap_or_else(|_| "1".to_owned());
    let version = format!("{VERSION}-{revision}");
    let name = format!("nethost_{version}_{}.deb", architecture());
    step::announce(&format!("dist: {name}"));
    let tree = stage::emptied(out, "deb")?;
    lay_out(out, &tree)?;
    let control = tree.join("DEBIAN");
    stage::make(&control)?;
    step::write(STEP, &control.join("md5sums"), sums(&tree)?)?;
    step::write(
        STEP,
        &control.join("control"),
        control_file(&tree, &version)?,
    )?;
    for (script, text) in [("postinst", POSTINST), ("prerm", PRERM), ("postrm", POSTRM)] {
        let path = control.join(script);
        step::write(STEP, &path, text)?;
        stage::set_mode(&path, 0o755)?;
    }
    let mut pack = Command::new("dpkg-deb");
    // The development form is large and not kept.
    let compression = match form {
        Form::Release => ["-Zxz", "-z6"],
        Form::Development => ["-Zgzip", "-z1"],
    };
    pack.args(compression)
        .args(["--root-owner-group", "--build"])
        .arg(&tree)
        .arg(out.join(&name))
        .env("SOURCE_DATE_EPOCH", EPOCH)
        .stdout(std::process::Stdio::null());
    step::run(STEP, &mut pack, "dist needs dpkg-deb (package dpkg)")?;
    let _ = std::fs::remove_dir_all(&tree);
    Ok(name)
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Where everything goes.
fn lay_out(out: &Path, tree: &Path) -> Result<(), Failure> {
    let place = |folder: &str| {
        let folder = tree.join(folder);
        // Also those above it.
        let mut above = tree.to_owned();
        for part in folder.strip_prefix(tree).unwrap_or(&folder).components() {
            above.push(part);
            stage::make(&above)?;
        }
        Ok::<PathBuf, Failure>(folder)
    };
    for (folder, programs) in [("usr/bin", CALLED), ("usr/libexec/nethost", STARTED)] {
        let folder = place(folder)?;
        for program in programs {
            stage::copy(&out.join(program), &folder.join(program), 0o755)?;
        }
    }
    let all = |from: &Path, to: &Path| {
        let files = stage::files(from)?;
        files
            .iter()
            .try_for_each(|file| stage::copy(file, &to.join(stage::name(file)), 0o644))
    };
    all(&out.join(COMPILED), &place("usr/libexec/nethost/compiled")?)?;
    all(&out.join(UNITS), &place("usr/lib/systemd/system")?)?;
    let docs = place("usr/share/doc/nethost")?;
    all(
        &out.join(POLICIES),
        &place("usr/share/doc/nethost/examples")?,
    )?;
    for section in ["man1", "man5", "man7"] {
        let folder = place(&format!("usr/share/man/{section}"))?;
        all(&out.join(MANUALS).join(section), &folder)?;
        for page in stage::files(&folder)? {
            compress(&page)?;
        }
    }
    let places = [
        "usr/share/bash-completion/completions",
        "usr/share/zsh/vendor-completions",
        "usr/share/fish/vendor_completions.d",
    ];
    for ((_, file), folder) in SHELLS.iter().zip(places) {
        let from = out.join(COMPLETIONS).join(file);
        stage::copy(&from, &place(folder)?.join(file), 0o644)?;
    }
    // For the policy of the system, which the administrator writes.
    place("etc/nethost")?;
    stage::copy(&out.join("README.md"), &docs.join("README.md"), 0o644)?;
    stage::copy(&out.join("CHANGELOG.md"), &docs.join("changelog"), 0o644)?;
    compress(&docs.join("changelog"))?;
    let licenses = [("MIT", "LICENSE-MIT"), ("Apache-2.0", "LICENSE-APACHE")];
    let mut copyright = String::from(COPYRIGHT);
    for (name, file) in licenses {
        let text = step::read(STEP, &out.join(file))?;
        let _ = write!(copyright, "\nLicense: {name}\n{}", indented(&text));
    }
    step::write(STEP, &docs.join("copyright"), copyright)
}

/// In the format of debian/copyright: each line begins with a space, an empty one has a dot.
fn indented(text: &str) -> String {
    let line = |line: &str| match line.trim() {
        "" => " .\n".to_owned(),
        _ => format!(" {}\n", line.trim_end()),
    };
    text.lines().map(line).collect()
}

fn compress(path: &Path) -> Result<(), Failure> {
    let mut gzip = Command::new("gzip");
    // Without the name and the time.
    step::run(
        STEP,
        gzip.args(["-9", "-n", "-f"]).arg(path),
        "dist needs gzip",
    )
}

/// What `dpkg --verify` compares with.
fn sums(tree: &Path) -> Result<String, Failure> {
    let mut sum = Command::new("sh");
    sum.current_dir(tree).args([
        "-c",
        "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum",
    ]);
    step::output(STEP, &mut sum, "dist needs coreutils and findutils")
}

fn control_file(tree: &Path, version: &str) -> Result<String, Failure> {
    let mut size = Command::new("du");
    let size = step::output(STEP, size.args(["-sk", "--apparent-size"]).arg(tree), "")?;
    let size = size.split_whitespace().next().unwrap_or("0").to_owned();
    let mut depends = String::from("libpcap0.8 | libpcap0.8t64, passwd");
    if let Some(libc) = libc_of(tree)? {
        let _ = write!(depends, ", libc6 (>= {libc})");
    }
    Ok(format!(
        "Package: nethost\n\
         Version: {version}\n\
         Architecture: {}\n\
         Maintainer: nethost developers <nethost@nethost.invalid>\n\
         Installed-Size: {size}\n\
         Depends: {depends}\n\
         Recommends: man-db\n\
         Section: net\n\
         Priority: optional\n\
         Homepage: {}\n\
         Description: network tools as sandboxed WebAssembly components\n \
         ping, traceroute, mtr, dig, ip, ss, tcpdump and more as plugins without any\n \
         authority. One native program holds the network privileges of the machine,\n \
         gives each tool exactly what a policy allows, and records every request.\n",
        architecture(),
        env!("CARGO_PKG_REPOSITORY"),
    ))
}

/// The version of the C library that the dynamic executables need: the highest that one of their symbols names.
fn libc_of(tree: &Path) -> Result<Option<String>, Failure> {
    let mut highest: Option<u32> = None;
    for folder in ["usr/bin", "usr/libexec/nethost"] {
        for file in stage::files(&tree.join(folder))? {
            let bytes = std::fs::read(&file).map_err(|error| stage::failed(&file, error))?;
            highest = highest.max(newest_symbol(&bytes));
        }
    }
    Ok(highest.map(|minor| format!("2.{minor}")))
}

/// The minor version of the newest symbol of glibc that a dynamic executable names.
fn newest_symbol(bytes: &[u8]) -> Option<u32> {
    const MARK: &[u8] = b"\0GLIBC_2.";
    let head = bytes.get(..4096.min(bytes.len())).unwrap_or_default();
    if !head.windows(8).any(|window| window == b"ld-linux") {
        return None;
    }
    let minor = |at: usize| {
        let rest = bytes.get(at + MARK.len()..)?;
        let digits: Vec<u8> = rest
            .iter()
            .copied()
            .take_while(u8::is_ascii_digit)
            .collect();
        std::str::from_utf8(&digits).ok()?.parse::<u32>().ok()
    };
    let starts = bytes.windows(MARK.len()).enumerate();
    starts
        .filter(|(_, window)| *window == MARK)
        .filter_map(|(at, _)| minor(at))
        .max()
}

const COPYRIGHT: &str = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: nethost

Files: *
Copyright: the nethost developers
License: MIT or Apache-2.0
";

/// Makes the group of the service's socket. The service is not started: it needs a policy first.
const POSTINST: &str = "\
#!/bin/sh
set -e
if [ \"$1\" = configure ]; then
    if ! getent group nethost >/dev/null; then
        groupadd --system nethost
    fi
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload || true
        # Runs under way go on; each has a process of its own.
        systemctl try-restart nethost-broker.service || true
    fi
fi
";

const PRERM: &str = "\
#!/bin/sh
set -e
if [ \"$1\" = remove ] && [ -d /run/systemd/system ]; then
    systemctl disable --now nethost-broker.socket nethost-broker.service || true
fi
";

/// The audit log and its keys are evidence, and stay.
const POSTRM: &str = "\
#!/bin/sh
set -e
if [ \"$1\" = purge ]; then
    rm -rf /var/cache/nethost
    for kept in /etc/nethost/policy.toml /var/log/nethost /var/lib/nethost; do
        if [ -e \"$kept\" ]; then
            echo \"nethost: $kept stays; remove it yourself\"
        fi
    done
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload || true
fi
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_is_that_of_a_dynamic_executable() {
        let file = |interpreter: &str| {
            let mut bytes = interpreter.as_bytes().to_vec();
            bytes.extend(b"\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0");
            bytes
        };
        assert_eq!(
            newest_symbol(&file("/lib64/ld-linux-x86-64.so.2")),
            Some(34)
        );
        assert_eq!(newest_symbol(&file("static")), None);
        assert_eq!(newest_symbol(b""), None);
    }

    #[test]
    fn licenses_are_in_the_format_of_copyright() {
        assert_eq!(indented("a\n\nb  \n"), " a\n .\n b\n");
    }

    #[test]
    fn scripts_are_shell() {
        for script in [POSTINST, PRERM, POSTRM] {
            let mut sh = Command::new("sh");
            let checked = sh.args(["-n", "-c", script]).status();
            assert!(checked.is_ok_and(|status| status.success()), "{script}");
        }
    }
}
