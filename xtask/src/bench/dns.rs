//! dig: one query from start to end, and ten thousand out of a file, against an authoritative server on the
//! loopback interface.

use std::fmt::Write as _;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::scratch::Scratch;
use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::{self, Failure};

const STEP: &str = "bench dns";
const NAMES: usize = 10_000;
const ROUNDS: usize = 100;
const BATCHES: usize = 7;
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "dns",
    about: "dig beside BIND's dig and kdig: one query, and ten thousand",
    documents: &["docs/performance.md"],
    measure,
};

fn measure(executables: &Path) -> Result<String, Failure> {
    let folder = Scratch::new(STEP)?;
    let server = Server::start(&folder)?;
    let names = folder.file("names");
    let lines: String = (0..NAMES)
        .map(|n| format!("host{n}.bench.test\n"))
        .collect();
    step::write(STEP, &names, lines)?;
    let command = |program: &Path, words: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(words)
            .arg("@127.0.0.1")
            .arg("-p")
            .arg(server.port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    let ours = executables.join("nethost");
    let (dig, kdig) = (Path::new("dig"), Path::new("kdig"));
    let one = "host7.bench.test";
    let batch = names.display().to_string();
    let batch = ["-r", "-f", &batch];
    let mut table = String::from("| whole process | ours | theirs | ratio |\n|---|---|---|---|\n");
    for (what, rounds, mut ours, mut theirs) in [
        (
            "one query, beside kdig".to_owned(),
            ROUNDS,
            command(&ours, &["dig", "-r", one]),
            command(kdig, &[one]),
        ),
        (
            "one query, beside dig".to_owned(),
            ROUNDS,
            command(&ours, &["dig", "-r", one]),
            command(dig, &["-r", one]),
        ),
        (
            format!("`dig -f`, {NAMES} queries, beside dig"),
            BATCHES,
            command(&ours, &[&["dig"], batch.as_slice()].concat()),
            command(dig, &batch),
        ),
    ] {
        let (ours, theirs) = take_turns(rounds, &mut ours, &mut theirs)?;
        table.push_str(&row(&what, &ours, &theirs));
    }
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} and {BATCHES} pairs, taking turns, named with one thread on the same machine; audit log \
         on, compiled form cached. nethost {}; {}; {}.",
        env!("CARGO_PKG_VERSION"),
        version("kdig", "--version")?,
        version("named", "-v")?
    );
    Ok(table)
}

fn row(what: &str, ours: &[Duration], theirs: &[Duration]) -> String {
    let ratio = median_ratio(ours, theirs);
    let median = |times: &[Duration]| Spread::of(times.to_vec()).median.as_secs_f64() * 1e3;
    let (ours, theirs) = (median(ours), median(theirs));
    format!("| {what} | {ours:.2} ms | {theirs:.2} ms | **{ratio:.2}** |\n")
}

/// named with one zone; it ends with this.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Scratch) -> Result<Self, Failure> {
        let failed = |problem: String| Failure::new(STEP, problem, "named comes with bind9");
        let port = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = port.map_err(|error| failed(error.to_string()))?.port();
        let zone = format!(
            "$TTL 60\n@ SOA ns.bench.test. root.bench.test. 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n\
             $GENERATE 0-{} host$ A 192.0.2.1\n",
            NAMES - 1
        );
        let zone_file = folder.file("bench.zone");
        step::write(STEP, &zone_file, zone)?;
        let configuration = format!(
            "options {{ directory \"/\"; pid-file none; session-keyfile none; recursion no; notify no;\n\
             listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; }};\ncontrols {{ }};\n\
             zone \"bench.test\" {{ type primary; file \"{}\"; }};\n",
            zone_file.display()
        );
        let configuration_file = folder.file("named.conf");
        step::write(STEP, &configuration_file, configuration)?;
        let child = Command::new("named")
            .args(["-g", "-n", "1", "-c"])
            .arg(configuration_file)
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("named: {error}")))?;
        let server = Self { child, port };
        let give_up = Instant::now() + PATIENCE;
        while !server.answers() {
            if Instant::now() > give_up {
                return Err(failed("named does not answer".to_owned()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn answers(&self) -> bool {
        let port = self.port.to_string();
        let asked = Command::new("dig")
            .args([
                "-r",
                "+tries=1",
                "+time=1",
                "+short",
                "@127.0.0.1",
                "-p",
                &port,
            ])
            .arg("host0.bench.test")
            .output();
        asked.is_ok_and(|output| output.stdout == b"192.0.2.1\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_both_and_their_ratio() {
        let times = |count| vec![Duration::from_millis(count); 3];
        let expected = "| x | 30.00 ms | 20.00 ms | **1.50** |\n";
        assert_eq!(row("x", &times(30), &times(20)), expected);
    }
}
