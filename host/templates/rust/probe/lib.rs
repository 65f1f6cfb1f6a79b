//! Sends echo requests to hosts, and tells which of them answer and how fast.

mod report;

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::args::{self, CommandLine, Effect, Syntax, help, integer};
use nethost_sdk::icmp::{EchoBatch, EchoSocket};
use nethost_sdk::output::{complain, show};
use nethost_sdk::socket::{Remote, SocketOptions};
use nethost_sdk::{Error, Exit, Tool, clock, exit_code, resolver};

use report::Report;

/// The name of the command, for messages.
const NAME: &str = "@NAME@";
/// How long to wait for a reply.
const TIMEOUT: Duration = Duration::from_secs(1);

struct Options {
    count: u16,
    hosts: Vec<String>,
}

type Flag = args::Flag<Effect<Options>>;

static FLAGS: &[Flag] = &[
    Flag::value(
        'c',
        "<count>",
        "send <count> requests to each host",
        |options, given| {
            let count = integer(given.value, 1..=1000);
            let count = count.map_err(|why| Exit::failed(2, format!("{NAME}: {why}")))?;
            options.count = u16::try_from(count).unwrap_or(1);
            Ok(())
        },
    )
    .long("count"),
    Flag::ending('h', "print help and exit", || Exit::done(usage())).long("help"),
];

static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[FLAGS],
    operand: |options, operand| {
        options.hosts.push(operand.value);
        Ok(())
    },
    refuse: |error| Exit::misused(2, format!("{NAME}: {error}")),
    syntax: Syntax::GETOPT_LONG,
};

fn usage() -> String {
    format!("Usage: {NAME} [options] <host>...\n{}", help(FLAGS))
}

struct Plugin;

impl Tool for Plugin {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(run(&args).await, usage))
    }
}

// Embeds the manifest in the component, so that its digest covers it.
nethost_sdk::tool!(Plugin, "plugin.toml");

/// 0 if every host has answered, 1 if one has not, 2 for a mistake or a denial.
async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options {
        count: 3,
        hosts: Vec::new(),
    };
    COMMAND_LINE.parse(args, &mut options)?;
    if options.hosts.is_empty() {
        return Err(Exit::misused(2, format!("{NAME}: no host")));
    }
    let mut code = 0;
    for host in &options.hosts {
        match probe(host, options.count).await {
            Ok(report) => {
                show(format_args!("{report}\n"))?;
                if report.round_trips.is_empty() {
                    code = code.max(1);
                }
            }
            // A denial says which rule decided and what would allow the request.
            Err(error) => {
                complain(format_args!("{NAME}: {host}: {error}"));
                code = 2;
            }
        }
    }
    Ok(code)
}

async fn address(host: &str) -> Result<IpAddr, Error> {
    let found = resolver::addresses(host, None, Duration::from_secs(5)).await?;
    found.first().copied().ok_or(Error::NameUnresolvable)
}

async fn probe(host: &str, count: u16) -> Result<Report, Error> {
    let address = address(host).await?;
    let socket = EchoSocket::open(address, &SocketOptions::default())?;
    let mut report = Report::new(host, address);
    for sequence in 1..=count {
        let mut batch = EchoBatch::new();
        batch.push(Remote::FIRST, sequence, b"hello");
        let sent = socket.send(&batch)?;
        report.sent += 1;
        let received = socket.receive(1, TIMEOUT).await?;
        // The times are those of the kernel: the plugin does not measure itself.
        for reply in received
            .replies()
            .filter(|reply| reply.sequence == sequence)
        {
            report.round_trips.extend(reply.timestamp.since(sent[0]));
        }
        if sequence < count {
            clock::wait_for(Duration::from_millis(200)).await;
        }
    }
    Ok(report)
}
