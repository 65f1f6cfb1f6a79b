//! `netstat`: connections, routes, interfaces, groups and statistics, as net-tools' netstat shows them, and as JSON.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod flags;
mod groups;
mod interfaces;
mod names;
mod programs;
mod services;
mod sockets;
mod statistics;
mod unix;
mod usage;
mod words;

#[cfg(test)]
mod schema_tests;

use std::io::{BufWriter, Write, stdout};
use std::time::Duration;

use nethost_sdk::interface_table;
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::routing_table::{self, View};
use nethost_sdk::sock_diag::{Namespace, Protocol};
use nethost_sdk::{Error, Exit, Tool, clock, exit_code, until_end};

use flags::Options;
use names::Words;
use programs::Programs;
use sockets::Purpose;

struct Netstat;

impl Tool for Netstat {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(netstat(&args).await, usage::usage))
    }
}

nethost_sdk::tool!(Netstat, "plugin.toml");

/// A failure of a capability.
fn failed(error: Error) -> Exit {
    Exit::failed(1, format!("netstat: {error}"))
}

/// Between two lists of `-c`.
const PAUSE: Duration = Duration::from_secs(1);

async fn netstat(args: &[String]) -> Result<u8, Exit> {
    let options = flags::parse(args)?;
    let showing = async {
        let mut is_first = true;
        loop {
            let mut output =
                Output::new(BufWriter::with_capacity(1 << 16, stdout()), options.format);
            let shown = once(&options, is_first, &mut output).await;
            output.flush()?;
            let code = shown?;
            if !options.continuous || options.statistics || code != 0 {
                return Ok(code);
            }
            is_first = false;
            clock::wait_for(PAUSE).await;
        }
    };
    // A list that goes on ends as any tool ends by a signal.
    until_end(showing)
        .await
        .unwrap_or_else(|end| Err(Exit::silent(128 + end.number())))
}

async fn once<W: Write>(
    options: &Options,
    is_first: bool,
    output: &mut Output<W>,
) -> Result<u8, Exit> {
    let text = options.format == Format::Text;
    if options.masquerade {
        return Err(Exit::failed(
            1,
            "netstat: no support for `ip_masquerade' on this system.",
        ));
    }
    if options.statistics {
        match text {
            true => output.text(statistics::text(options)?)?,
            false => {
                for counter in statistics::counters()? {
                    output.json(&counter)?;
                }
            }
        }
        return Ok(0);
    }
    if options.routes {
        let view = view(options)?;
        match text {
            true => output.text(
                routing_table::text(view)
                    .await
                    .map_err(|e| unread(e, view))?,
            )?,
            false => {
                for route in routing_table::routes(view).map_err(|e| unread(e, view))? {
                    output.json(&route)?;
                }
            }
        }
        return Ok(0);
    }
    if options.interfaces {
        if text {
            if is_first {
                output.line("Kernel Interface table")?;
            }
            if options.extended > 0 {
                for interface in interfaces::blocks(options.all)? {
                    output.text(interface)?;
                }
                return Ok(0);
            }
            output.line(interface_table::HEAD)?;
        }
        for interface in interfaces::all(options.all)? {
            match text {
                true => output.line(interface)?,
                false => output.json(&interface)?,
            }
        }
        return Ok(0);
    }
    lists(options, output).await
}

/// The routing table of -r.
fn view(options: &Options) -> Result<View, Exit> {
    let family = options.family();
    let name = match family.as_str() {
        "inet" | "inet6" => {
            return Ok(View {
                inet6: family == "inet6",
                extended: options.extended.min(2) as u8,
                cache: options.cache,
                numeric: options.hosts_are_numbers(),
            });
        }
        "unix" => return Err(Exit::failed(3, "No routing for address family `unix'.")),
        "bluetooth" => return Err(Exit::failed(3, "Address family `bluetooth' not supported.")),
        other => other,
    };
    let what = format!("netstat: no support for routes of `{name}' here.");
    Err(Exit::failed(1, what))
}

fn unread(error: Error, view: View) -> Exit {
    let file = if view.inet6 { "ipv6_route" } else { "route" };
    match error {
        Error::NotFound => Exit::failed(1, format!("/proc/net/{file}: {error}")),
        error => failed(error),
    }
}

/// The protocols of IP, and what they are called where the kernel has none.
const PROTOCOLS: [(Protocol, &str); 5] = [
    (Protocol::Tcp, "AF INET (tcp)"),
    (Protocol::Sctp, "AF INET (sctp)"),
    (Protocol::Udp, "AF INET (udp)"),
    (Protocol::Udplite, "AF INET (udplite)"),
    (Protocol::Raw, "AF INET (raw)"),
];

fn is_wanted(options: &Options, protocol: Protocol) -> bool {
    !options.chosen()
        || match protocol {
            Protocol::Tcp => options.tcp,
            Protocol::Sctp => options.sctp,
            Protocol::Udp => options.udp,
            Protocol::Udplite => options.udplite,
            _ => options.raw,
        }
}

fn scope(options: &Options) -> &'static str {
    match (options.all, options.listening) {
        (true, _) => "(servers and established)",
        (false, true) => "(only servers)",
        (false, false) => "(w/o servers)",
    }
}

/// Sockets and groups.
async fn lists<W: Write>(options: &Options, output: &mut Output<W>) -> Result<u8, Exit> {
    let namespace = Namespace::open(None).map_err(failed)?;
    let chosen = options.chosen();
    let internet = !chosen || options.internet_chosen();
    let local = !chosen || options.unix;
    let text = options.format == Format::Text;
    let unix = match local {
        true => unix::all(options, &namespace)?,
        false => None,
    };
    let programs = programs(options, &namespace, unix.as_deref(), output).await?;
    let mut words = Words::new(options);
    if internet {
        if text {
            heading(options, output)?;
        }
        for (protocol, name) in PROTOCOLS {
            if !is_wanted(options, protocol) {
                continue;
            }
            let mut show = Purpose::Show(&mut words, &programs);
            let is_there = protocol != Protocol::Sctp
                && sockets::each(options, &namespace, protocol, &mut show, output).await?;
            if !is_there && !options.no_protocol && (chosen || options.verbose) {
                output.flush()?;
                complain(format_args!(
                    "netstat: no support for `{name}' on this system."
                ));
                if chosen {
                    return Ok(1);
                }
            }
        }
    }
    if options.groups {
        memberships(options, &mut words, output).await?;
    }
    if local {
        if text {
            local_heading(options, output)?;
        }
        for socket in unix.iter().flatten() {
            match text {
                true => output.line(socket.line(options, &programs))?,
                false => output.json(socket)?,
            }
        }
    }
    if let Some(name) = options.absent.first() {
        output.flush()?;
        complain(format_args!(
            "netstat: no support for `{name}' on this system."
        ));
        return Ok(1);
    }
    if options.bluetooth {
        output.flush()?;
        complain(
            "netstat: feature `AF BLUETOOTH' not supported.\nPlease recompile `net-tools' with newer kernel source or full configuration.",
        );
        return Ok(1);
    }
    Ok(0)
}

fn heading<W: Write>(options: &Options, output: &mut Output<W>) -> Result<(), Exit> {
    let user = if options.extended > 0 {
        " User       Inode     "
    } else {
        ""
    };
    let program = if options.programs {
        " PID/Program name    "
    } else {
        ""
    };
    let timer = if options.timers { " Timer" } else { "" };
    output.line(format_args!(
        "Active Internet connections {}\nProto Recv-Q Send-Q Local Address           Foreign Address         State      {user}{program}{timer}",
        scope(options)
    ))
}

fn local_heading<W: Write>(options: &Options, output: &mut Output<W>) -> Result<(), Exit> {
    let program = if options.programs {
        " PID/Program name    "
    } else {
        ""
    };
    output.line(format_args!(
        "Active UNIX domain sockets {}\nProto RefCnt Flags       Type       State         I-Node  {program} Path",
        scope(options)
    ))
}

async fn memberships<W: Write>(
    options: &Options,
    words: &mut Words,
    output: &mut Output<W>,
) -> Result<(), Exit> {
    let all = groups::all(options.inet, options.inet6)?;
    if options.format == Format::Json {
        return all.iter().try_for_each(|one| output.json(one));
    }
    output.line(groups::HEAD)?;
    words
        .learn(all.iter().map(|one| one.group).collect::<Vec<_>>())
        .await;
    for one in &all {
        let group = words.host(one.group);
        output.line(format_args!(
            "{:<15} {:<6} {group}",
            one.interface, one.users
        ))?;
    }
    Ok(())
}

/// Who has the sockets that will be shown.
async fn programs<W: Write>(
    options: &Options,
    namespace: &Namespace,
    unix: Option<&[unix::Socket]>,
    output: &mut Output<W>,
) -> Result<Programs, Exit> {
    if !options.programs {
        return Ok(Programs::default());
    }
    let mut inodes: Vec<u32> = unix
        .iter()
        .flat_map(|all| all.iter())
        .map(|one| one.inode)
        .collect();
    for (protocol, _) in PROTOCOLS {
        if is_wanted(options, protocol) && protocol != Protocol::Sctp {
            let mut gather = Purpose::Gather(&mut inodes);
            sockets::each(options, namespace, protocol, &mut gather, output).await?;
        }
    }
    let programs = Programs::find(inodes)?;
    if programs.incomplete {
        complain(
            "(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)",
        );
    }
    Ok(programs)
}
