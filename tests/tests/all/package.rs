//! The Debian package, as an administrator meets it: installed, tried, upgraded, removed and purged in a Debian of its own
//! (debootstrap(8)). It is the package of the development form; the release is packed by the same code.

use crate::case::{cases, must_run};
use nethost_tests::command::{Command, Output};
use nethost_tests::host::{sources, target_directory};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

cases! {
    first round;
    // A user namespace has one user, and sees neither the repository nor a Debian.
    [Program("dpkg-deb"), OtherUser] => {
        it_holds_files_of_its_own_alone,
        it_says_what_it_needs,
        examples_are_policies_without_mistakes,
        the_bill_of_materials_is_packed_beside_it,
        the_same_files_make_the_same_bytes,
    }
    [Program("dpkg-deb"), Program("signify-openbsd"), OtherUser] => { checksums_are_signed }
    [Program("dpkg-deb"), Program("debootstrap"), OtherUser] => {
        install_upgrade_remove_purge,
        the_commands_of_getting_started_work,
        the_archive_runs_where_it_is_unpacked,
    }
}

const PATIENCE: Duration = Duration::from_secs(600);
/// The suite; debootstrap(8) knows where it is from.
const SUITE: &str = "bookworm";

/// What `cargo xtask dist --dev` made, once for all tests.
struct Made {
    folder: PathBuf,
    package: PathBuf,
    /// The public key of the signature, if there is a program that signs.
    key: Option<tempfile::TempDir>,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let key = tempfile::tempdir().unwrap();
        let generated = Command::new("sh")
            .args([
                "-c",
                "signify-openbsd -G -n -p \"$0/key.pub\" -s \"$0/key.sec\"",
            ])
            .arg(key.path())
            .run();
        let xtask = target_directory().join("debug/xtask");
        assert!(
            xtask.is_file(),
            "{} is missing: cargo xtask build",
            xtask.display()
        );
        let mut command = Command::new(xtask)
            .words("dist --dev")
            .directory(sources().join(".."))
            .patience(PATIENCE);
        if generated.code == 0 {
            command = command.env("NETHOST_SIGN_KEY", key.path().join("key.sec"));
        }
        let output = command.succeed();
        let folder = target_directory().join("dist-dev");
        let names = output.stderr.split_whitespace();
        let name = names
            .rev()
            .find(|word| word.ends_with(".deb"))
            .expect("a package");
        Made {
            package: folder.join(name),
            folder,
            key: (generated.code == 0).then_some(key),
        }
    })
}

fn field(name: &str) -> String {
    let output = Command::new("dpkg-deb")
        .arg("-f")
        .arg(&made().package)
        .arg(name)
        .succeed();
    output.stdout.trim().to_owned()
}

/// Each file and folder, with its mode and owner.
fn contents() -> Vec<(String, String, String)> {
    let list = Command::new("dpkg-deb")
        .arg("-c")
        .arg(&made().package)
        .succeed();
    let entry = |line: &str| {
        let mut words = line.split_whitespace();
        let (mode, owner) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let path = words.nth(3).unwrap_or_default().trim_start_matches('.');
        (path.to_owned(), mode.to_owned(), owner.to_owned())
    };
    list.stdout.lines().map(entry).collect()
}

fn it_holds_files_of_its_own_alone() {
    let contents = contents();
    for (path, mode, owner) in &contents {
        assert_eq!(owner, "root/root", "{path}");
        // Nobody but root writes, and nothing has a privilege of its own.
        let allowed = ["drwxr-xr-x", "-rw-r--r--", "-rwxr-xr-x"];
        assert!(allowed.contains(&mode.as_str()), "{path}: {mode}");
        // No other package has a file with such a name.
        assert!(path.ends_with('/') || path.contains("nethost"), "{path}");
    }
    let has = |wanted: &str| contents.iter().any(|(path, ..)| path == wanted);
    for path in [
        "/usr/bin/nethost",
        "/usr/bin/nethost-broker",
        "/usr/libexec/nethost/nethost-compile",
        "/usr/libexec/nethost/nethost-capture",
        "/usr/share/man/man1/nethost.1.gz",
        "/usr/share/man/man1/nethost-ping.1.gz",
        "/usr/share/man/man1/nethost-audit-verify.1.gz",
        "/usr/share/man/man5/nethost-policy.5.gz",
        "/usr/share/bash-completion/completions/nethost",
        "/usr/share/zsh/vendor-completions/_nethost",
        "/usr/share/fish/vendor_completions.d/nethost.fish",
        "/usr/share/doc/nethost/examples/operators.toml",
        "/usr/share/doc/nethost/copyright",
        "/usr/lib/systemd/system/nethost-broker.socket",
        "/usr/lib/systemd/system/nethost-broker.service",
        "/etc/nethost/",
    ] {
        assert!(has(path), "no {path}");
    }
    // The policy is the administrator's: only examples come with the package.
    assert!(!has("/etc/nethost/policy.toml"));
    let compiled = contents
        .iter()
        .filter(|(path, ..)| path.ends_with(".cwasm"));
    let listed = nethost_tests::host::nethost_here()
        .words("list --json")
        .succeed();
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(compiled.count(), listed.as_array().unwrap().len());
}

fn it_says_what_it_needs() {
    assert_eq!(field("Package"), "nethost");
    assert_eq!(field("Version"), concat!(env!("CARGO_PKG_VERSION"), "-1"));
    let depends = field("Depends");
    assert!(
        depends.contains("libpcap0.8") && depends.contains("libc6 (>= 2."),
        "{depends}"
    );
    assert!(field("Installed-Size").parse::<u32>().unwrap() > 10_000);
    assert!(field("Description").contains("WebAssembly"));
}

fn examples_are_policies_without_mistakes() {
    let folder = made().folder.join("policy");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let command = nethost_tests::host::nethost_here();
        let output = command
            .words("policy check")
            .arg(entry.unwrap().path())
            .succeed();
        assert_eq!(output.stdout, "no mistakes, no rules without effect\n");
        count += 1;
    }
    assert!(count >= 2);
}

fn the_bill_of_materials_is_packed_beside_it() {
    let sums = std::fs::read_to_string(made().folder.join("SHA256SUMS")).unwrap();
    for name in ["nethost\n", ".deb\n", ".cdx.json\n"] {
        assert!(sums.contains(name), "{sums}");
    }
    Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .directory(&made().folder)
        .succeed();
}

fn the_same_files_make_the_same_bytes() {
    let sums = |folder: &Path| std::fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let before = sums(&made().folder);
    // Its folder is that of the target directory that it runs from.
    let target = tempfile::tempdir_in(target_directory().join("tmp")).unwrap();
    let out = target.path().join("dist-dev");
    let links = "mkdir \"$1/debug\" \"$1/dist-dev\" && touch \"$1/CACHEDIR.TAG\" && cp -a \"$2/compiled\" \"$1/dist-dev/\" && \
                 cd \"$0/debug\" && ln xtask nethost nethost-broker nethost-compile nethost-capture \"$1/debug/\"";
    Command::new("sh")
        .args(["-c", links])
        .arg(target_directory())
        .arg(target.path())
        .arg(&made().folder)
        .succeed();
    Command::new(target.path().join("debug/xtask"))
        .words("dist --dev")
        .directory(sources().join(".."))
        .patience(PATIENCE)
        .succeed();
    assert_eq!(sums(&out), before);
}

fn checksums_are_signed() {
    let key = made().key.as_ref().expect("a key");
    let verify = |sums: &Path| {
        Command::new("signify-openbsd")
            .args(["-V", "-p"])
            .arg(key.path().join("key.pub"))
            .arg("-m")
            .arg(sums)
            .arg("-x")
            .arg(made().folder.join("SHA256SUMS.sig"))
            .run()
    };
    let sums = made().folder.join("SHA256SUMS");
    assert_eq!(verify(&sums).code, 0);
    let other = key.path().join("other");
    std::fs::write(&other, std::fs::read_to_string(&sums).unwrap() + "\n").unwrap();
    assert_ne!(verify(&other).code, 0);
}

/// A Debian in a folder of its own; the one that is copied stays from one run of the tests to the next.
fn debian(test: &str) -> Option<tempfile::TempDir> {
    // One at a time makes the one that is copied.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = target_directory().join(format!("tmp/debian-{SUITE}"));
    if !kept.join("usr/bin/apt-get").is_file() {
        let _ = std::fs::remove_dir_all(&kept);
        let made = Command::new("debootstrap")
            .args(["--variant=minbase", "--include=libpcap0.8", SUITE])
            .arg(&kept)
            .patience(PATIENCE)
            .run();
        if made.code != 0 {
            let _ = std::fs::remove_dir_all(&kept);
            let why = format!("debootstrap gives no Debian: {made}");
            assert!(!must_run(), "{why}");
            eprintln!("left out: {test}: {why}");
            return None;
        }
    }
    let own = tempfile::Builder::new().prefix("debian").tempdir().unwrap();
    Command::new("cp")
        .args(["-a", "--reflink=auto"])
        .arg(kept.join("."))
        .arg(own.path())
        .patience(PATIENCE)
        .succeed();
    Some(own)
}

/// Runs a script in it, with a network and mounts of its own.
fn within(debian: &Path, script: &str) -> Output {
    let enter = "mount --rbind /proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && exec chroot \"$0\" sh -euc \"$1\"";
    Command::new("unshare")
        .args([
            "--mount",
            "--net",
            "--propagation",
            "private",
            "sh",
            "-c",
            enter,
        ])
        .arg(debian)
        .arg(script)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("HOME", "/root")
        .patience(PATIENCE)
        .run()
}

#[track_caller]
fn expect(output: &Output, code: i32, words: &[&str]) {
    assert_eq!(output.code, code, "{output}");
    let all = format!("{}{}", output.stdout, output.stderr);
    for text in words {
        assert!(all.contains(text), "no {text:?} in {output}");
    }
}

/// The same package with a higher revision.
fn newer(folder: &Path) -> PathBuf {
    let (tree, package) = (folder.join("tree"), folder.join("newer.deb"));
    let script = "dpkg-deb -R \"$0\" \"$1\" && sed -i 's/^Version: .*/&0/' \"$1/DEBIAN/control\" && \
                  dpkg-deb -Zgzip -z1 --root-owner-group -b \"$1\" \"$2\"";
    Command::new("sh")
        .args(["-c", script])
        .arg(&made().package)
        .arg(&tree)
        .arg(&package)
        .patience(PATIENCE)
        .succeed();
    package
}

fn install_upgrade_remove_purge() {
    let Some(debian) = debian("package::install_upgrade_remove_purge") else {
        return;
    };
    let root = debian.path();
    let work = tempfile::tempdir().unwrap();
    std::fs::copy(&made().package, root.join("nethost.deb")).unwrap();
    std::fs::copy(newer(work.path()), root.join("newer.deb")).unwrap();

    let output = within(
        root,
        "apt-get install -y --no-install-recommends ./nethost.deb",
    );
    expect(&output, 0, &["Setting up nethost"]);
    expect(
        &within(root, "dpkg --verify nethost; getent group nethost"),
        0,
        &["nethost:x:"],
    );
    expect(&within(root, "test ! -e /etc/nethost/policy.toml"), 0, &[]);
    // The tools, by themselves and by links.
    let output = within(
        root,
        "nethost --allow route.write=lo ip link set lo up; nethost ping -c 1 127.0.0.1; nethost links install /usr/local/bin; ping -c 1 -q ::1",
    );
    expect(
        &output,
        0,
        &["icmp_seq=1", "1 packets transmitted, 1 received"],
    );
    // Nothing had to be compiled.
    let output = within(root, "test ! -e /var/cache/nethost; nethost doctor --json");
    expect(
        &output,
        0,
        &[
            "and their seals hold",
            "compiles filter expressions with libpcap",
        ],
    );
    // As a user without privilege.
    let output = within(
        root,
        "nethost --allow route.write=lo ip link set lo up; setpriv --reuid=65534 --clear-groups nethost uname -s",
    );
    expect(&output, 0, &["Linux"]);
    // A policy from the examples.
    let output = within(
        root,
        "cp /usr/share/doc/nethost/examples/administrator.toml /etc/nethost/policy.toml; nethost policy check; \
         nethost --allow route.write=lo ip link set lo up; nethost ping -c 1 -q 127.0.0.1",
    );
    expect(&output, 0, &["no mistakes", "1 received"]);
    // Pages and completions are where their readers look.
    let output = within(
        root,
        "zcat /usr/share/man/man1/nethost-ping.1.gz; bash -c '. /usr/share/bash-completion/completions/nethost; complete -p nethost'",
    );
    expect(&output, 0, &["OPTIONS", "-F _nethost nethost"]);

    let output = within(
        root,
        "apt-get install -y --no-install-recommends ./newer.deb",
    );
    expect(&output, 0, &["Setting up nethost (0.1.0-10)"]);
    let output = within(
        root,
        "nethost --allow route.write=lo ip link set lo up; ping -c 1 -q 127.0.0.1; nethost links list /usr/local/bin; nethost audit verify; nethost policy check",
    );
    expect(&output, 0, &["1 received", "no mistakes", "intact"]);
    assert!(!output.stdout.contains("other:"), "{output}");

    expect(
        &within(root, "apt-get remove -y nethost"),
        0,
        &["Removing nethost"],
    );
    let left = "test ! -e /usr/bin/nethost; test ! -e /usr/libexec/nethost; test -e /var/log/nethost/audit.jsonl";
    expect(&within(root, left), 0, &[]);
    let output = within(
        root,
        "mkdir -p /var/cache/nethost; apt-get purge -y nethost",
    );
    expect(
        &output,
        0,
        &["/var/log/nethost stays", "/etc/nethost/policy.toml stays"],
    );
    let output = within(
        root,
        "test ! -e /var/cache/nethost; test -e /var/lib/nethost; test -e /etc/nethost/policy.toml; dpkg -l nethost 2>&1 || true",
    );
    expect(&output, 0, &["no packages found matching nethost"]);
}

/// As a new user types them, in the order of the page, after the package is installed.
fn the_commands_of_getting_started_work() {
    let Some(debian) = debian("package::the_commands_of_getting_started_work") else {
        return;
    };
    let root = debian.path();
    std::fs::copy(&made().package, root.join("nethost.deb")).unwrap();
    let page = std::fs::read_to_string(sources().join("../docs/getting-started.md")).unwrap();
    let blocks = page.split("```sh\n").skip(1);
    let commands: Vec<&str> = blocks
        .filter_map(|block| block.split("```").next())
        .collect();
    assert!(commands.len() >= 8, "{commands:?}");
    std::fs::write(root.join("commands"), commands.concat()).unwrap();
    let script = "apt-get install -y --no-install-recommends ./nethost.deb >/dev/null; \
                  nethost --allow route.write=lo ip link set lo up; cd /root; sh -eux /commands";
    let output = within(root, script);
    expect(
        &output,
        0,
        &[
            "3 packets transmitted, 3 received",
            "icmp.echo",
            "--deny icmp.echo=127.0.0.0/8",
            ": intact: ",
            "no mistakes",
            "/usr/local/bin",
            "links removed",
        ],
    );
    assert!(root.join("etc/nethost/policy.toml").is_file());
}

fn the_archive_runs_where_it_is_unpacked() {
    let Some(debian) = debian("package::the_archive_runs_where_it_is_unpacked") else {
        return;
    };
    let root = debian.path();
    let name = format!(
        "nethost-{}-{}-linux",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH
    );
    std::fs::copy(
        made().folder.join(format!("{name}.tar.gz")),
        root.join("opt/nethost.tar.gz"),
    )
    .unwrap();
    let script = format!(
        "cd /opt; tar xzf nethost.tar.gz; cd /; PATH=/opt/{name}:$PATH; nethost --allow route.write=lo ip link set lo up; \
         nethost ping -c 1 -q 127.0.0.1; nethost doctor; ls /opt/{name} /opt/{name}/man; nethost links install /usr/local/bin; uname -s"
    );
    let output = within(root, &script);
    let version = format!("/opt/{name}/nethost {}", env!("CARGO_PKG_VERSION"));
    expect(
        &output,
        0,
        &[
            "1 received",
            "and their seals hold",
            "compiles filter expressions with libpcap",
            &version,
            "completions",
            "man5",
            "cdx.json",
            "LICENSE-MIT",
        ],
    );
}
