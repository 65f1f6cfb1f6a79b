//! Names that somebody else chose, of processes, sockets, files and interfaces, stay one printable field in what lists
//! them, and JSON stays JSON.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use crate::case::cases;
use nethost_tests::command::Running;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns, Program("nc")] => { of_processes_and_sockets, of_interfaces, of_files }
}

/// A line break, a sequence that clears a screen, a blank, one that turns the direction of text, and one that is no UTF-8.
const HOSTILE: &[&[u8]] = &[
    b"a\nb",
    b"\x1b[2J\x1b[Hx",
    b"a b\tc",
    b"\xe2\x80\xaex",
    b"\xff\xfe\x9b2J",
];

/// Nothing that a terminal acts on, and lines that begin as they should.
fn is_plain(shown: &str, context: &str) {
    for character in shown.chars() {
        let acts = character.is_control() && !"\n\t".contains(character);
        assert!(
            !acts && character != '\u{202e}',
            "{character:?} in {context}: {shown:?}"
        );
    }
}

fn lines_are_json(shown: &str, context: &str) {
    assert!(!shown.is_empty(), "{context}");
    for line in shown.lines() {
        let parsed = serde_json::from_str::<serde_json::Value>(line);
        assert!(parsed.is_ok(), "{context}: {parsed:?}: {line:?}");
        assert!(
            !line.contains(|c: char| c.is_control()),
            "{context}: {line:?}"
        );
    }
}

fn run(node: &Namespace, tool: &str, args: &str) -> String {
    let run = invoke(node, "", tool, args).run().output;
    assert_eq!(run.code, 0, "{tool} {args}\n{run}");
    // JSON escapes control characters, and is data else.
    if !["--json", "-J", "-j"]
        .iter()
        .any(|form| args.contains(form))
    {
        is_plain(&run.stdout, &format!("{tool} {args}"));
    }
    is_plain(&run.stderr, &format!("{tool} {args}"));
    run.stdout
}

/// A process that has this name, and listens on a port and on a path that ends in the name.
fn listener(node: &Namespace, folder: &std::path::Path, name: &[u8], port: u16) -> Running {
    use std::os::unix::ffi::OsStrExt;
    let program = folder.join(std::ffi::OsStr::from_bytes(name));
    let netcat = ["/bin/nc", "/usr/bin/nc"]
        .iter()
        .find(|path| std::path::Path::new(path).exists());
    nethost_tests::command::copy_program(std::path::Path::new(netcat.unwrap()), &program);
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let running = node
        .command(&program)
        .words(&format!("-l 127.0.0.1 {port}"))
        .spawn();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let is_there = || {
        let table = node.inside(|| std::fs::read_to_string("/proc/thread-self/net/tcp").unwrap());
        table.contains(&format!(":{port:04X} 00000000:0000 0A"))
    };
    while !is_there() {
        assert!(std::time::Instant::now() < until, "no listener on {port}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    running
}

fn of_processes_and_sockets() {
    let net = Topology::alone();
    let node = net.client();
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let mut running = Vec::new();
    let mut sockets = Vec::new();
    for (at, name) in HOSTILE.iter().enumerate() {
        use std::os::unix::ffi::OsStrExt;
        let port = 9300 + at as u16;
        running.push(listener(node, folder.path(), name, port));
        let mut path = folder.path().join("s").into_os_string();
        path.push(std::ffi::OsStr::from_bytes(name));
        sockets.push(node.inside(|| UnixListener::bind(&path).unwrap()));
    }
    let count = HOSTILE.len();
    for (args, lines) in [
        ("-tlnpH sport >= 9300 and sport < 9400", count),
        ("-tlnTH sport >= 9300 and sport < 9400", count),
        ("-tlnpOeH sport >= 9300 and sport < 9400", count),
    ] {
        let shown = run(node, "ss", args);
        assert_eq!(shown.lines().count(), lines, "ss {args}: {shown}");
        assert!(
            shown
                .lines()
                .all(|line| line.contains("LISTEN") || !args.contains("9400")),
            "{shown}"
        );
    }
    let paths = |shown: &str| {
        let of_folder = shown
            .lines()
            .filter(|line| line.contains(folder.path().to_str().unwrap()));
        of_folder.count()
    };
    assert_eq!(paths(&run(node, "ss", "-xlnH")), count);
    assert_eq!(paths(&run(node, "netstat", "-xln")), count);
    lines_are_json(&run(node, "ss", "-tlnp --json"), "ss -tlnp");
    lines_are_json(&run(node, "ss", "-xlnp --json"), "ss -xlnp");
    lines_are_json(&run(node, "netstat", "-tlnp --json"), "netstat -tlnp");
    lines_are_json(&run(node, "netstat", "-xln --json"), "netstat -xln");
    for line in run(node, "netstat", "-tlnp").lines().skip(2) {
        assert!(line.starts_with("tcp"), "{line}");
    }
    let shown = run(node, "lsof", "-nP -iTCP:9300-9399");
    assert_eq!(shown.lines().count(), 1 + count, "{shown}");
    for line in shown.lines().skip(1) {
        // The name of the command is the first of the words.
        assert!(
            line.split_whitespace()
                .nth(1)
                .is_some_and(|pid| pid.parse::<u32>().is_ok()),
            "{line}"
        );
    }
    for args in ["-J", "-j", "-J -E", "-J -K"] {
        let pid = running[0].pid();
        lines_are_json(&run(node, "lsof", &format!("-nP {args} -Q -p {pid}")), args);
    }
    let fields = run(node, "lsof", "-nP -iTCP:9300-9399 -F pcn");
    assert!(
        fields
            .lines()
            .all(|line| line.starts_with(['p', 'c', 'f', 'n'])),
        "{fields}"
    );
}

fn of_interfaces() {
    let net = Topology::alone();
    let node = net.client();
    // The kernel takes no blanks, no slashes and no colons in one.
    for name in ["\u{1b}[2Jx", "a\u{202e}bcd", "q\"\\x"] {
        let peer = format!("p{}", name.len());
        node.command("ip")
            .args([
                "link", "add", "name", name, "type", "veth", "peer", "name", &peer,
            ])
            .succeed();
        node.command("ip")
            .args(["link", "set", name, "up"])
            .succeed();
        let alias = format!("{}\n\u{1b}[2J {}", "x".repeat(100), "y".repeat(100));
        node.command("ip")
            .args(["link", "set", name, "alias", &alias])
            .succeed();
    }
    let lines = run(node, "netstat", "-in").lines().count();

    assert!(lines >= 2 + 3, "{lines}");
    run(node, "netstat", "-ien");
    run(node, "sar", "-n DEV 1 1");
    run(node, "netstat", "-gn");
    lines_are_json(&run(node, "netstat", "-in --json"), "netstat -in");
    lines_are_json(&run(node, "sar", "--json -n DEV 1 1"), "sar -n DEV");
    let bound = node.inside(|| {
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind_device(Some("\u{1b}[2Jx".as_bytes())).unwrap();
        socket.listen(1).unwrap();
        socket
    });
    let shown = run(node, "ss", "-tlnH");
    assert!(shown.contains("%?[2Jx"), "{shown}");
    drop(bound);
}

fn of_files() {
    use std::os::unix::ffi::OsStrExt;
    let net = Topology::alone();
    let node = net.client();
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().to_owned();
    for name in HOSTILE {
        deep.push(std::ffi::OsStr::from_bytes(name));
    }
    // A path longer than a name may be.
    deep.push("x".repeat(250));
    std::fs::create_dir_all(&deep).unwrap();
    let line = [
        "-c".as_ref(),
        "cd \"$1\" && exec sleep 60".as_ref(),
        "sh".as_ref(),
        deep.as_os_str(),
    ];
    let held = node.command("sh").args(line).spawn();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let is_there =
        || std::fs::read_link(format!("/proc/{}/cwd", held.pid())).is_ok_and(|cwd| cwd == deep);
    while !is_there() {
        assert!(
            std::time::Instant::now() < until,
            "no process in the folder"
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = held.pid();
    let shown = run(node, "lsof", &format!("-nP -a -p {pid} -d cwd"));
    assert_eq!(shown.lines().count(), 2, "{shown}");
    assert!(
        shown.contains("a\\nb/^[[2J^[[Hx/a b\\tc/\\xe2\\x80\\xaex/\\xff\\xfe\\x9b2J/xxx"),
        "{shown}"
    );
    lines_are_json(
        &run(node, "lsof", &format!("-nP -J -a -p {pid} -d cwd")),
        "lsof -J",
    );
    run(
        node,
        "lsof",
        &format!("-nP -Q -a -p {pid} +D {}", folder.path().display()),
    );
}
