//! nmap's -sV and built-in scripts beside the native ones, against servers of the distribution.

use crate::case::cases;
use crate::nmap::{native, ours, same, steady};
use nethost_tests::command::Running;
use nethost_tests::namespace::Namespace;
use nethost_tests::nginx::Nginx;
use nethost_tests::tls::{Authority, Validity};
use nethost_tests::topology::{SERVER, Topology};
use std::net::TcpStream;
use std::time::Duration;

cases! {
    [Netns, Program("nmap"), Program("nginx"), Program("dnsmasq"), Program("vsftpd")] => {
        knows_servers_as_nmap_does,
        runs_scripts_as_nmap_does,
    }
}

/// Servers, which stop when this is dropped.
struct Servers {
    net: Topology,
    _nginx: Nginx,
    _running: Vec<Running>,
    _files: tempfile::TempDir,
}

fn await_port(node: &Namespace, port: u16) {
    let listens = || node.inside(|| TcpStream::connect((SERVER, port)).is_ok());
    let mut tries = 0;
    while !listens() {
        assert!(tries < 500, "nothing listens on port {port}");
        tries += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Servers {
    fn start() -> Self {
        let net = Topology::line();
        let server = net.node("server");
        let files = tempfile::tempdir().unwrap();
        let credentials = Authority::new().issue(&["www.example.test"], Validity::Now);
        let page = "location / { default_type text/html; return 200 '<title>Hello &amp; welcome</title>'; }";
        let nginx = Nginx::start(server, &credentials, page);
        let folder = files.path().display();
        let ftp = files.path().join("vsftpd.conf");
        std::fs::write(
            &ftp,
            format!("listen=YES\nanonymous_enable=YES\nbackground=NO\nsecure_chroot_dir={folder}\nanon_root={folder}\n"),
        )
        .unwrap();
        let running = vec![
            server.command("vsftpd").arg(&ftp).spawn(),
            server
                .command("dnsmasq")
                .words("-k -p 53 --no-resolv --no-hosts --user=root --bind-interfaces --pid-file=")
                .arg(format!("--listen-address={SERVER}"))
                .spawn(),
        ];
        for port in [21, 53] {
            await_port(server, port);
        }
        Self {
            net,
            _nginx: nginx,
            _running: running,
            _files: files,
        }
    }
}

fn knows_servers_as_nmap_does() {
    let servers = Servers::start();
    same(
        servers.net.client(),
        &[
            format!("-n -sV -p 21,53,443 {SERVER}"),
            format!("-n -sU -sV -p 53 {SERVER}"),
        ],
    );
}

fn runs_scripts_as_nmap_does() {
    let servers = Servers::start();
    let node = servers.net.client();
    for args in [
        format!("-n -p 21,22,443 --script banner {SERVER}"),
        format!("-n -p 443 --script ssl-cert {SERVER}"),
        format!("-n -v -p 443 --script ssl-cert {SERVER}"),
        format!("-n -p 443 --script http-title {SERVER}"),
        format!("-n -sU -p 53 --script dns-recursion {SERVER}"),
        format!("-n -p 21 --script ssh-hostkey {SERVER}"),
    ] {
        // nmap tells with -v of its scripts' phases too.
        let table = |text: &str| -> Vec<String> {
            let lines = steady(text).into_iter();
            let lines = lines.skip_while(|line| !line.starts_with("PORT"));
            lines
                .take_while(|line| {
                    line.starts_with(['P', '|', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
                })
                .collect()
        };
        let (mine, theirs) = (ours(node, &args), native(node, &args));
        assert_eq!(
            table(&mine.stdout),
            table(&theirs.stdout),
            "nmap {args}\nours: {mine}\nnative: {theirs}"
        );
        assert!(!table(&mine.stdout).is_empty(), "{mine}");
    }
}
