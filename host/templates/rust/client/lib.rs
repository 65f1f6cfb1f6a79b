//! Connects to a TCP port, sends a line, and prints what comes back until the peer closes the connection.

mod report;

use std::net::SocketAddr;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use nethost_sdk::args::{self, CommandLine, Effect, Syntax, help};
use nethost_sdk::output::show;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::{Exit, Tool, exit_code, resolver};

/// The name of the command, for messages.
const NAME: &str = "@NAME@";
/// How long to wait for the connection.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most that is read.
const MOST: u64 = 1 << 20;

#[derive(Default)]
struct Options {
    words: Vec<String>,
}

type Flag = args::Flag<Effect<Options>>;

static FLAGS: &[Flag] =
    &[Flag::ending('h', "print help and exit", || Exit::done(usage())).long("help")];

static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.words.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(2, format!("{NAME}: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

fn usage() -> String {
    format!("Usage: {NAME} <host>:<port> <line>\n{}", help(FLAGS))
}

struct Plugin;

impl Tool for Plugin {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(run(&args).await, usage))
    }
}

// Embeds the manifest in the component, so that its digest covers it.
nethost_sdk::tool!(Plugin, "plugin.toml");

async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let [target, line] = options.words.as_slice() else {
        return Err(Exit::misused(
            2,
            format!("{NAME}: a host with its port, and a line"),
        ));
    };
    let (host, port) = report::target(target)
        .ok_or_else(|| Exit::failed(2, format!("{NAME}: {target}: not <host>:<port>")))?;
    // A denial says which rule decided and what would allow the request.
    let failed =
        |what: &str, why: &dyn std::fmt::Display| Exit::failed(1, format!("{NAME}: {what}: {why}"));
    let found = resolver::addresses(host, None, TIMEOUT).await;
    let found = found.map_err(|error| failed(host, &error))?;
    let address = found.first().ok_or_else(|| failed(host, &"no address"))?;
    let remote = SocketAddr::new(*address, port);
    let stream = TcpStream::connect(remote, &SocketOptions::default(), TIMEOUT).await;
    let mut stream = stream.map_err(|error| failed(target, &error))?;
    let sent = stream.write_all(format!("{line}\r\n").as_bytes()).await;
    sent.map_err(|error| failed(target, &error))?;
    let sent = stream.flush().await;
    sent.map_err(|error| failed(target, &error))?;
    let mut answer = Vec::new();
    let read = stream.take(MOST).read_to_end(&mut answer).await;
    read.map_err(|error| failed(target, &error))?;
    show(report::printable(&answer))?;
    Ok(0)
}
