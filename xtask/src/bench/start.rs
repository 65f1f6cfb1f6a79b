//! Start-up: one small job of each tool over loopback, exec to exit. Servers answer within this process.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

const ROUNDS: usize = 100;

/// What both sides run; for ours, `nethost` comes before it. A new tool adds its line. DNS and WHOIS stand for
/// ports of the servers below.
const JOBS: [&str; 16] = [
    "ping -c 1 127.0.0.1",
    "traceroute -n -m 1 127.0.0.1",
    "ip link show lo",
    "arp -n",
    "ifconfig lo",
    "route -n",
    "tracepath -n -m 1 127.0.0.1",
    "arping -D -c 1 -I lo 127.0.0.1",
    "uname -a",
    "lsb_release -a",
    "lsof -nP -i",
    "watch -t -q 0 uname -s",
    "dig +tries=1 @127.0.0.1 -p DNS example.test",
    "host -p DNS -t A example.test 127.0.0.1",
    "nslookup -port=DNS -type=A example.test 127.0.0.1",
    "whois -h 127.0.0.1 -p WHOIS example.test",
];

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "start",
    about: "whole-process time of our tools beside the system's",
    documents: &["docs/performance.md", "README.md"],
    measure,
};

fn measure(executables: &Path) -> Result<String, Failure> {
    let nethost = executables.join("nethost");
    let (dns, whois) = servers()
        .map_err(|error| Failure::new("bench start", format_args!("a server: {error}"), ""))?;
    let mut table = String::from("| whole process | ours | native | ratio |\n|---|---|---|---|\n");
    for job in JOBS {
        let mut words = job.split(' ');
        let tool = words.next().unwrap_or_default();
        let port = |word: &str| match word {
            "DNS" => dns.to_string(),
            "-port=DNS" => format!("-port={dns}"),
            "WHOIS" => whois.to_string(),
            other => other.to_owned(),
        };
        let words: Vec<String> = words.map(port).collect();
        let mut ours = quiet(&nethost, &[tool]);
        let mut native = quiet(Path::new(tool), &[]);
        // The turns that are not counted compile the plugin and bring both into the page cache.
        let (ours, native) = take_turns(ROUNDS, ours.args(&words), native.args(&words))?;
        table.push_str(&row(job, ours, native));
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns, and of the ratios pair by pair, with the fastest and the 90th percentile; audit log on, compiled form \
         cached. nethost {}; {}; {}; {cores} cores.",
        env!("CARGO_PKG_VERSION"),
        version("ping", "-V")?,
        version("uname", "-sr")?
    );
    Ok(table)
}

/// Starts a name server that has no answers, and a registry that has one line. Returns their ports.
fn servers() -> std::io::Result<(u16, u16)> {
    let dns = UdpSocket::bind("127.0.0.1:0")?;
    let whois = TcpListener::bind("127.0.0.1:0")?;
    let ports = (dns.local_addr()?.port(), whois.local_addr()?.port());
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = dns.recv_from(&mut query) {
            // QR and RA of RFC 1035 section 4.1.1: the query, as an answer.
            query[2] |= 0x80;
            query[3] |= 0x80;
            // Whoever does not wait for it does not need it.
            let _ = dns.send_to(&query[..length], from);
        }
    });
    std::thread::spawn(move || {
        for stream in whois.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut query = [0; 512];
            let _ = stream
                .read(&mut query)
                .and_then(|_| stream.write_all(b"domain: example.test\r\n"));
        }
    });
    Ok(ports)
}

fn quiet(program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    command
}

fn row(job: &str, ours: Vec<Duration>, native: Vec<Duration>) -> String {
    let ratio = median_ratio(&ours, &native);
    let [ours, native] = [ours, native].map(|times| {
        let spread = Spread::of(times);
        let [median, fastest, slow] = [spread.median, spread.fastest, spread.slowest_tenth]
            .map(|time| time.as_secs_f64() * 1e3);
        format!("{median:.2} ms ({fastest:.2} to {slow:.2})")
    });
    format!("| `{job}` | {ours} | {native} | **{ratio:.2}** |\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_both_and_their_ratio() {
        let milliseconds = |count: u64| vec![Duration::from_millis(count); 3];
        assert_eq!(
            row("ping", milliseconds(50), milliseconds(25)),
            "| `ping` | 50.00 ms (50.00 to 50.00) | 25.00 ms (25.00 to 25.00) | **2.00** |\n"
        );
    }
}
