//! lsof beside lsof 4.95: tasks, other ends, and files by what they are called.

use std::fs;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use crate::agreement::agree;
use crate::case::{cases, sampled};
use nethost_tests::command::Running;
use nethost_tests::host::nethost;
use nethost_tests::namespace::Namespace;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns, Program("lsof"), Program("nc")] => { tells_the_same_of_tasks_and_ends, finds_the_same_files }
}

fn without_blanks(text: &str) -> String {
    text.lines()
        .fold(String::new(), |shown, line| shown + line.trim_end() + "\n")
}

/// Waits until a process has this open.
fn until_open(pid: i32, what: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    let has = || {
        let entries = fs::read_dir(format!("/proc/{pid}/fd"))
            .into_iter()
            .flatten()
            .flatten();
        let mut links = entries.filter_map(|entry| fs::read_link(entry.path()).ok());
        links.any(|link| link.to_string_lossy().contains(what))
    };
    while !has() {
        assert!(Instant::now() < until, "{pid} has no {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A process with threads, counters, and a socket that is connected to another process.
fn server_and_client(node: &Namespace) -> [Running; 2] {
    let server = nethost(node)
        .words("--audit /dev/null nc -l 127.0.0.1 9995")
        .spawn();
    let until = Instant::now() + Duration::from_secs(20);
    let listens = || {
        let table = node.inside(|| fs::read_to_string("/proc/thread-self/net/tcp").unwrap());
        table.contains(":270B 00000000:0000 0A")
    };
    while !listens() {
        assert!(Instant::now() < until, "no server");
        std::thread::sleep(Duration::from_millis(20));
    }
    let client = node.command("nc").words("127.0.0.1 9995").spawn();
    until_open(client.pid(), "socket:");
    [server, client]
}

fn tells_the_same_of_tasks_and_ends() {
    let net = Topology::alone();
    let node = net.client();
    let [server, client] = server_and_client(node);
    let pipes = node
        .command("sh")
        .args(["-c", "sleep 600 | sleep 601"])
        .spawn();
    let terminal = Terminal::new(80, 24);
    let on_terminal = terminal.start(node.command("sleep").words("602"));
    until_open(on_terminal.pid(), "/dev/pts/");
    let (server, client, pipes) = (server.pid(), client.pid(), pipes.pid());
    let terminal = on_terminal.pid();
    let lines = [
        format!("-nP -a -K -p {server}"),
        format!("-nP -a -K -p {server} -d 0-9"),
        format!("-nP -a -K -p {server} -d 0 -F"),
        format!("-nP -a -K -p {server} -d 0 -F pKMc"),
        format!("-nP -a -K -t -p {server}"),
        format!("-nP -a -K i -p {server} -d 0"),
        format!("-nP -a -K +c 4 -p {server} -d 0"),
        format!("-nP -a -K -R -g -p {server} -d 0"),
        format!("-nP -a -K -p {client}"),
        format!("-nP -V -a -K -p {client}"),
        format!("-nP -a -p {server} -d cwd,0-99"),
        format!("-nP -E -a -p {server} -d cwd,0-99"),
        format!("-nP +E -a -p {server} -d 3-40"),
        format!("-nP -E -a -p {client} -d 0-9"),
        format!("-nP +E -a -p {client} -d 0-9"),
        format!("-nP +E -a -p {client} -i"),
        format!("-nP -E -a -p {client} -i -F"),
        format!("-nP -E -a -g {pipes} -d 0-9"),
        format!("-nP -E -a -p {terminal} -d 0-2"),
        format!("-nP +E -a -p {terminal} -d 0-2"),
        "-K foo".to_owned(),
    ];
    let lines: Vec<String> = sampled(lines).collect();
    agree("lsof", node, &lines, without_blanks);
}

fn finds_the_same_files() {
    let net = Topology::alone();
    let node = net.client();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("sub/deep")).unwrap();
    for name in ["open", "closed", "sub/deep/open"] {
        fs::write(at(name), "text").unwrap();
    }
    fs::hard_link(at("open"), at("other")).unwrap();
    std::os::unix::fs::symlink(at("open"), at("link")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let device = elsewhere.path().join("device");
    std::os::unix::fs::symlink("/dev/null", &device).unwrap();
    let socket = UnixListener::bind(at("socket")).unwrap();
    let script =
        "exec 3<\"$1/open\" 4<\"$1/sub/deep/open\" 5>\"$1/gone\"; rm \"$1/gone\"; exec sleep 600";
    let args = [
        "-c".as_ref(),
        script.as_ref(),
        "sh".as_ref(),
        folder.path().as_os_str(),
    ];
    let held = node
        .command("sh")
        .args(args)
        .directory(folder.path())
        .spawn();
    until_open(held.pid(), "/gone (deleted)");
    let (pid, dir) = (held.pid(), folder.path().display().to_string());
    let lines = [
        format!("{dir}/open"),
        format!("{dir}/other"),
        format!("{dir}/link"),
        format!("{dir}/socket"),
        format!("{dir}/closed"),
        format!("-V {dir}/closed {dir}/open"),
        format!("-Q {dir}/closed"),
        format!("-t {dir}/open"),
        format!("-F pfn {dir}/open"),
        format!("{dir}/none"),
        format!("{dir}/none {dir}/open"),
        format!("-f -- {dir}/open"),
        format!("+f -- {dir}/open"),
        format!("-a -p {pid} {}", device.display()),
        format!("-a -p {pid} {dir}/"),
        format!("-a -p {pid} {dir}//open"),
        format!("-a -p {pid} /"),
        format!("-a -p {pid} +f -- /"),
        format!("-a -p {pid} -f -- /"),
        format!("-a -p {pid} /proc"),
        format!("+d {dir}"),
        format!("+D {dir}"),
        format!("+D {dir}/"),
        format!("-a +d {dir} -p {pid}"),
        format!("-a +D {dir} -p {pid}"),
        format!("-a +d {dir} -x l -p {pid}"),
        format!("-a +D {dir} -x -p {pid}"),
        format!("+d {dir}/open"),
        format!("+d {dir}/none"),
        format!("-a +D {dir}/sub/deep -p {pid}"),
        "-N".to_owned(),
        format!("-V -a -N -p {pid}"),
        format!("-a -p {pid} -d 5"),
        format!("-a -p {pid} +L1"),
    ];
    let lines: Vec<String> = sampled(lines).collect();
    agree("lsof", node, &lines, without_blanks);
    // In what order files that are not open are named is not told.
    let missing = |tool: &dyn Fn(&str) -> String| {
        let shown = tool(&format!("-V -a +D {dir} -p {pid}"));
        let mut lines: Vec<String> = shown.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    let native = |args: &str| node.command("lsof").words(args).run().stdout;
    let ours = |args: &str| {
        nethost_tests::host::invoke(node, "", "lsof", args)
            .run()
            .output
            .stdout
    };
    assert_eq!(missing(&ours), missing(&native));
    drop(socket);
}
