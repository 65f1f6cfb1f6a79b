//! What nmap says of command lines, beside the native one.

use crate::case::cases;
use crate::nmap::same;
use nethost_tests::namespace::Namespace;

cases! {
    [Netns, Program("nmap")] in each way => { says_the_same_of_command_lines }
}

const LINES: &[&str] = &[
    "--foo",
    "-Q",
    "-oX",
    "-p",
    "-p 99999 127.0.0.1",
    "-p foo-bar 127.0.0.1",
    "-p nosuchname 127.0.0.1",
    "-p 9-3 127.0.0.1",
    "-p 22x 127.0.0.1",
    "-p 22 -p 23 127.0.0.1",
    "-sS -sT 127.0.0.1",
    "-sS -sA 127.0.0.1",
    "-sn -sS 127.0.0.1",
    "-sL -sU 127.0.0.1",
    "-sn -p22 127.0.0.1",
    "-sL -F 127.0.0.1",
    "-F -p22 127.0.0.1",
    "-T9 127.0.0.1",
    "-T x 127.0.0.1",
    "-PZ 127.0.0.1",
    "--top-ports 0 127.0.0.1",
    "--max-rate 0 127.0.0.1",
    "--min-rate x 127.0.0.1",
    "--ttl 300 127.0.0.1",
    "--data-length 99999 127.0.0.1",
    "-sn -O 127.0.0.1",
    "--unprivileged -sS 127.0.0.1",
    "--initial-rtt-timeout 0 127.0.0.1",
    "--scan-delay x 127.0.0.1",
    "-sU -n -p T:22 127.0.0.1",
    "-vq 127.0.0.1",
    "--version-intensity 12 127.0.0.1",
    "--min-hostgroup 9 --max-hostgroup 3 127.0.0.1",
    "-iL /nonexistent",
    "--excludefile /nonexistent 127.0.0.1",
    "-sn -n",
    "-n 300.1.1.1",
    "-n -sL 1.2.3.4.5",
    "-n -sL ::1",
    "-n -6 -sL 192.0.2.1",
    "-p 22 --exclude-ports 22 -n 127.0.0.1",
    "-n -p 22 --host-timeout x 127.0.0.1",
];

fn says_the_same_of_command_lines() {
    let node = Namespace::new("nmap");
    let lines: Vec<String> = LINES.iter().map(|line| (*line).to_owned()).collect();
    same(&node, &lines);
}
