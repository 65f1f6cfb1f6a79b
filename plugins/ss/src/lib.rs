//! `ss`: the sockets of the machine, as iproute2's ss shows them, and as JSON.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod control_groups;
mod diff;
mod dump;
mod filter;
mod flags;
mod follow;
mod link_protocol;
mod number;
mod options;
mod owners;
mod poll;
mod services;
mod show;
mod socket;
mod summary;
mod table;
mod top;
mod usage;

#[cfg(test)]
mod schema_tests;

use std::io::{Write, stdout};

use nethost_sdk::names::{Names, Settings};
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::sock_diag::{Namespace, Protocol};
use nethost_sdk::{Error, Exit, Tool, exit_code, files, terminal};

use control_groups::ControlGroups;
use filter::parse::{Surroundings, parse};
use flags::COMMAND_LINE;
use options::{Options, table as tables};
use poll::Poll;
use services::{Services, Transport};
use show::Show;
use table::{Id, Table};

struct Ss;

impl Tool for Ss {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(ss(&args).await, || usage::USAGE.to_owned()))
    }
}

nethost_sdk::tool!(Ss, "plugin.toml");

/// A failure of a capability.
fn failed(error: Error) -> Exit {
    Exit::failed(1, format!("ss: {error}"))
}

async fn ss(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    if options.summary {
        // A name that is none is told as without -s.
        open(options.namespace.as_deref())?;
        let format = if options.json {
            Format::Json
        } else {
            Format::Text
        };
        let mut output = Output::stdout(format);
        output.fact(&summary::Summary::read(options.namespace.as_deref())?)?;
        output.flush()?;
        if !options.chosen && options.words.is_empty() {
            return Ok(0);
        }
    }
    if options.top.is_some() {
        top::take_interval(&mut options);
    }
    options.take_states()?;
    options.complete()?;
    let namespace = open(options.namespace.as_deref())?;
    if let Some(file) = options.dump.as_deref() {
        return dump::run(&options, &namespace, file);
    }
    let mut services = Services::default();
    let mut groups = ControlGroups::default();
    let filter = filter_of(&mut options, &mut services, &mut groups).await?;
    let poll = Poll {
        options: &options,
        filter: filter.as_ref(),
        namespace: &namespace,
    };
    if let Some(seconds) = options.top {
        return top::run(&poll, &services, seconds).await;
    }
    if let Some(seconds) = options.diff {
        return diff::run(&poll, seconds).await;
    }
    let screen = terminal::window_size().map(|size| usize::from(size.columns));
    let mut table = Table::new(stdout().lock(), screen.filter(|columns| *columns > 0));
    if options.tables.count_ones() == 1 {
        table.disable(Id::Netid);
    }
    if options.states.count_ones() == 1 {
        table.disable(Id::State);
    }
    let mut show = Show::new(table, options, filter, services, groups, namespace);
    show.read_ephemeral();
    if show.options.resolve && !show.options.numeric {
        show.names = Some(Names::new(Settings::default()));
    }
    if show.options.processes || show.options.tables & tables::NETLINK != 0 {
        gather(&mut show).await?;
    }
    if !show.options.no_header && !show.options.json {
        show.table.header()?;
    }
    if show.options.events {
        return follow::run(&mut show).await;
    }
    let few = show.options.tables.count_ones() <= 2;
    let missing = all(&mut show).await;
    show.finish()?;
    for name in missing? {
        if few {
            complain(format_args!(
                "ss: {name}: this kernel cannot tell of such sockets"
            ));
        }
    }
    Ok(u8::from(show.failed))
}

fn open(name: Option<&str>) -> Result<Namespace, Exit> {
    Namespace::open(name).map_err(|error| match (name, error) {
        // What cannot be a name is that of none.
        (Some(name), Error::NotFound | Error::InvalidArgument(_)) => {
            let name = nethost_sdk::text::printable(name);
            Exit::failed(
                1,
                format!("Cannot open network namespace \"{name}\": No such file or directory"),
            )
        }
        (_, error) => failed(error),
    })
}

/// The filter of the command line, and of a file.
async fn filter_of(
    options: &mut Options,
    services: &mut Services,
    control_groups: &mut ControlGroups,
) -> Result<Option<filter::Expression>, Exit> {
    let mut words = options.words.clone();
    if let Some(file) = options.filter_file.as_deref() {
        let text = match file.strip_prefix('-') {
            Some(_) => {
                let read = std::io::read_to_string(std::io::stdin());
                read.map_err(|error| Exit::failed(255, format!("fopen filter file: {error}")))?
            }
            None => {
                let bytes = files::read(file)
                    .map_err(|error| Exit::failed(255, format!("fopen filter file: {error}")))?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
        };
        let lines = text.lines().filter(|line| !line.starts_with(['#', '0']));
        words.extend(lines.map(str::to_owned));
    }
    let mut surroundings = Surroundings {
        services,
        control_groups,
        tcp: options.tables & tables::TCP != 0,
        udp: options.tables & tables::UDP != 0,
        family: options.preferred,
        said: None,
    };
    let filter = parse(&words, &mut surroundings).await?;
    let said = surroundings.said;
    options.narrow(said);
    Ok(filter)
}

/// Finds who has the sockets that will be shown.
async fn gather<W: Write>(show: &mut Show<W>) -> Result<(), Exit> {
    show.owners.gather();
    if show.options.processes {
        all(show).await?;
    } else if !show.options.numeric {
        show.netlink()?;
    }
    let found = show.owners.find();
    if let Some(denied) = show
        .owners
        .denied
        .as_ref()
        .filter(|_| show.options.processes)
    {
        complain(format_args!(
            "ss: only your own processes are shown: {denied}"
        ));
    }
    match found {
        Ok(unreadable) if unreadable > 0 && show.options.processes => {
            complain(format_args!(
                "ss: {unreadable} processes of other users may not be looked into"
            ));
            Ok(())
        }
        Ok(_) => Ok(()),
        // Names of processes beside netlink sockets are no reason to fail.
        Err(_) if !show.options.processes => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Lists everything in the order of ss; the names of what the kernel cannot tell.
async fn all<W: Write>(show: &mut Show<W>) -> Result<Vec<&'static str>, Exit> {
    let chosen = show.options.tables;
    let mut missing = Vec::new();
    let mut note = |told: bool, name| {
        if !told {
            missing.push(name);
        }
    };
    if chosen & tables::NETLINK != 0 {
        note(show.netlink()?, "netlink");
    }
    if chosen & tables::PACKET != 0 {
        note(show.packet()?, "packet");
    }
    if chosen & tables::UNIX != 0 {
        note(show.unix()?, "unix");
    }
    if chosen & tables::RAW != 0 {
        note(show.raw().await?, "raw");
    }
    for (table, protocol, transport, name) in [
        (tables::UDP, Protocol::Udp, Some(Transport::Udp), "udp"),
        (tables::TCP, Protocol::Tcp, Some(Transport::Tcp), "tcp"),
        (tables::DCCP, Protocol::Dccp, None, "dccp"),
        (tables::SCTP, Protocol::Sctp, None, "sctp"),
    ] {
        if chosen & table != 0 {
            note(show.internet(protocol, transport).await?, name);
        }
    }
    if chosen & tables::VSOCK != 0 {
        note(show.vsock()?, "vsock");
    }
    if chosen & tables::TIPC != 0 {
        note(show.tipc()?, "tipc");
    }
    if chosen & tables::XDP != 0 {
        note(show.xdp()?, "xdp");
    }
    if chosen & tables::MPTCP != 0 {
        note(show.internet(Protocol::Mptcp, None).await?, "mptcp");
    }
    Ok(missing)
}
