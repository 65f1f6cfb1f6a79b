//! nc and curl over loopback: large transfers, and many small requests.

use std::fmt::Write as _;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::scratch::Scratch;
use super::{Benchmark, Spread, median_ratio, take_turns, wall_time};
use crate::step::{self, Failure};

const STEP: &str = "bench bulk";
const ROUNDS: usize = 5;
/// What is carried: plain, and over TLS.
const PLAIN: u64 = 8 << 30;
const OVER_TLS: u64 = 2 << 30;
const REQUESTS: usize = 100_000;
const PARALLEL: usize = 2_000;
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "bulk",
    about: "nc and curl over loopback: 8 GiB, 2 GiB over TLS, 100,000 small requests",
    documents: &["docs/performance.md"],
    measure,
};

fn failed(problem: impl std::fmt::Display) -> Failure {
    Failure::new(STEP, problem, "run it alone; it takes 11 GB")
}

fn measure(executables: &Path) -> Result<String, Failure> {
    let scratch = Scratch::new(STEP)?;
    let ours = executables.join("nethost");
    let mut table = String::from("| | ours | native | ratio |\n|---|---|---|---|\n");
    nc(&scratch, &ours, &mut table)?;
    curl(&scratch, &ours, &mut table)?;
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns, over loopback. OpenBSD nc; {}.",
        super::version("curl", "--version")?
    );
    Ok(table)
}

/// A file of zeros that takes no space.
fn zeros(path: PathBuf, size: u64) -> Result<PathBuf, Failure> {
    File::create(&path)
        .and_then(|file| file.set_len(size))
        .map_err(failed)?;
    Ok(path)
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(failed)
}

/// An nc: ours or OpenBSD's.
fn netcat(ours: Option<&Path>) -> Command {
    match ours {
        Some(nethost) => {
            let mut command = Command::new(nethost);
            command.arg("nc");
            command
        }
        None => Command::new("nc.openbsd"),
    }
}

/// The time from the start of the sender until the receiver has ended.
fn transfer(from: Option<&Path>, to: Option<&Path>, file: &Path) -> Result<Duration, Failure> {
    let port = free_port()?.to_string();
    let mut receiver = netcat(to)
        .args(["-l", "-n", "127.0.0.1", &port])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)?;
    wait_for_listener(&port)?;
    let mut sender = netcat(from);
    sender
        .args(["-N", "-n", "127.0.0.1", &port])
        .stdin(File::open(file).map_err(failed)?)
        .stdout(Stdio::null());
    let start = Instant::now();
    let sent = wall_time(&mut sender);
    if sent.is_err() {
        let _ = receiver.kill();
    }
    let received = receiver.wait().map_err(failed)?;
    sent?;
    match received.success() {
        true => Ok(start.elapsed()),
        false => Err(failed(format_args!("the receiver ended with {received}"))),
    }
}

/// Waits without connecting, for nc serves one connection.
fn wait_for_listener(port: &str) -> Result<(), Failure> {
    let port: u16 = port.parse().map_err(failed)?;
    let listening = format!("0100007F:{port:04X} 00000000:0000 0A");
    let give_up = Instant::now() + PATIENCE;
    while !step::read(STEP, Path::new("/proc/net/tcp"))?.contains(&listening) {
        if Instant::now() > give_up {
            return Err(failed("nc does not listen"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn nc(scratch: &Scratch, ours: &Path, table: &mut String) -> Result<(), Failure> {
    let file = zeros(scratch.file("plain"), PLAIN)?;
    let ours = Some(ours);
    for (what, from, to) in [
        ("`nc` to `nc -l`, 8 GiB", ours, ours),
        ("`nc`, to a native `nc -l`, 8 GiB", ours, None),
        ("`nc -l`, from a native `nc`, 8 GiB", None, ours),
    ] {
        let (mut our_times, mut native_times) = (Vec::new(), Vec::new());
        transfer(from, to, &file)?;
        for _ in 0..ROUNDS {
            our_times.push(transfer(from, to, &file)?);
            native_times.push(transfer(None, None, &file)?);
        }
        row(table, what, our_times, native_times);
    }
    Ok(())
}

fn curl(scratch: &Scratch, ours: &Path, table: &mut String) -> Result<(), Failure> {
    let server = Server::start(scratch)?;
    zeros(scratch.file("large"), OVER_TLS)?;
    step::write(STEP, &scratch.file("small"), "small\n")?;
    let Server { plain, tls, .. } = server;
    let authority = scratch.file("certificate.pem").display().to_string();
    let small = format!("http://127.0.0.1:{plain}/small?[1-{REQUESTS}]");
    let parallel = format!("http://127.0.0.1:{plain}/small?[1-{PARALLEL}]");
    let width = PARALLEL.to_string();
    let large = format!("http://127.0.0.1:{plain}/large");
    let secret = format!("https://localhost:{tls}/large");
    for (what, words) in [
        ("`curl`, 2 GiB", vec![large.as_str()]),
        (
            "`curl`, 2 GiB over TLS",
            vec!["--cacert", &authority, &secret],
        ),
        (
            "`curl`, 100,000 small requests on one connection",
            vec![&small],
        ),
        (
            "`curl -Z --parallel-max 2000`, 2,000 small requests",
            vec!["-Z", "--parallel-max", &width, &parallel],
        ),
    ] {
        let mut theirs = Command::new("curl");
        let mut own = Command::new(ours);
        own.arg("curl");
        for command in [&mut own, &mut theirs] {
            command.args(["-s", "-o", "/dev/null"]).args(&words);
            command.stdin(Stdio::null()).stdout(Stdio::null());
        }
        let (our_times, native_times) = take_turns(ROUNDS, &mut own, &mut theirs)?;
        row(table, what, our_times, native_times);
    }
    drop(server);
    Ok(())
}

fn row(table: &mut String, what: &str, ours: Vec<Duration>, native: Vec<Duration>) {
    let ratio = median_ratio(&ours, &native);
    let [ours, native] =
        [ours, native].map(|times| format!("{:.2} s", Spread::of(times).median.as_secs_f64()));
    let _ = writeln!(table, "| {what} | {ours} | {native} | **{ratio:.2}** |");
}

/// nginx, plain and over TLS; it ends with this.
struct Server {
    child: Child,
    plain: u16,
    tls: u16,
}

impl Server {
    fn start(scratch: &Scratch) -> Result<Self, Failure> {
        let (plain, tls) = (free_port()?, free_port()?);
        let folder = scratch.file("");
        let folder = folder.display();
        let mut openssl = Command::new("openssl");
        openssl
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args([
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ])
            .arg("-keyout")
            .arg(scratch.file("key.pem"))
            .arg("-out")
            .arg(scratch.file("certificate.pem"));
        step::output(STEP, &mut openssl, "openssl is a package of its own")?;
        let configuration = format!(
            "user root; daemon off; master_process off; error_log stderr; pid {folder}/nginx.pid;\n\
             worker_rlimit_nofile 20000; events {{ worker_connections 8192; }}\n\
             http {{ access_log off; sendfile on; keepalive_requests 1000000; keepalive_timeout 60;\n\
             client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};\n\
             uwsgi_temp_path {folder}; scgi_temp_path {folder};\n\
             server {{ listen 127.0.0.1:{plain} backlog=4096; listen 127.0.0.1:{tls} ssl; root {folder};\n\
             ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem; }} }}\n"
        );
        let file = scratch.file("nginx.conf");
        step::write(STEP, &file, configuration)?;
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format_args!("nginx: {error}")))?;
        let server = Self { child, plain, tls };
        let give_up = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", tls)).is_err() {
            if Instant::now() > give_up {
                return Err(failed("nginx does not listen"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
