//! Options that look closer at services, and that change what is printed.

use nethost_sdk::Exit;
use nethost_sdk::args::{Effect, Given, Value};

use super::{Flag, not_built, set, text, val};
use crate::outputs::OutputKind;
use crate::quit;
use crate::timing::duration;

/// What is there.
pub(crate) static SERVICES: &[Flag] = &[
    val(
        "version-intensity",
        "0-9",
        "how many probes for services are tried",
        |o, g| {
            match g.value.parse() {
                Ok(level @ 0..=9) => o.intensity = level,
                _ => return Err(quit("version-intensity must be between 0 and 9".into())),
            }
            Ok(())
        },
    ),
    set("version-light", "the same as --version-intensity 2", |o| {
        o.intensity = 2
    }),
    set("version-all", "the same as --version-intensity 9", |o| {
        o.intensity = 9
    }),
    set(
        "version-trace",
        "show what is sent to services and received",
        |o| {
            o.version_trace = true;
        },
    ),
    Flag::switch('O', "find out the operating system", |o| o.os = true),
    set(
        "osscan-limit",
        "only of hosts with an open and a closed port",
        |o| o.os_limit = true,
    ),
    set("osscan-guess", "guess the operating system", |o| {
        o.os_guess = true
    }),
    set("fuzzy", "the same as --osscan-guess", |o| o.os_guess = true),
    val(
        "max-os-tries",
        "COUNT",
        "tries to find out the operating system: one is enough, always",
        |_, g| match g.value.parse() {
            Ok(1..=50_u8) => Ok(()),
            _ => Err(quit(
                "Bogus --max-os-tries argument specified, must be between 1 and 50 (inclusive)"
                    .into(),
            )),
        },
    ),
    Flag::switch('A', "-O, -sV, -sC and --traceroute", |o| o.all = true),
    val(
        "script",
        "SCRIPTS",
        "banner, dns-recursion, http-title, ssh-hostkey, ssl-cert; all but the first are the default",
        |o, g| {
            o.scripts.extend(crate::scripts::named(g.value)?);
            Ok(())
        },
    ),
    val("script-args", "ARGS", "for scripts: not built", not_built),
    val(
        "script-args-file",
        "FILE",
        "for scripts: not built",
        not_built,
    ),
    set(
        "script-trace",
        "for scripts: shows nothing, as no script is run",
        |_| {},
    ),
    val(
        "script-help",
        "SCRIPTS",
        "for scripts: not built",
        not_built,
    ),
    val(
        "script-timeout",
        "TIME",
        "give up on a script after this",
        |o, g| {
            let limit = duration(g.value, "script-timeout")?;
            o.script_timeout = (!limit.is_zero()).then_some(limit);
            Ok(())
        },
    ),
    val(
        "servicedb",
        "FILE",
        "names of ports from an nmap-services file",
        |o, g| {
            o.service_names = Some(text(g));
            Ok(())
        },
    ),
    val(
        "versiondb",
        "FILE",
        "probes for services from an nmap-service-probes file",
        |o, g| {
            o.service_probes = Some(text(g));
            Ok(())
        },
    ),
    val(
        "datadir",
        "FOLDER",
        "where nmap-services and nmap-service-probes are",
        |o, g| {
            o.data_folder = Some(g.value.trim_end_matches('/').to_owned());
            Ok(())
        },
    ),
];

/// What is printed.
pub(crate) static OUTPUT: &[Flag] = &[
    val("oN", "FILE", "the report to a file", |o, g| {
        o.output(OutputKind::Normal, g.value)
    }),
    val("oX", "FILE", "XML to a file", |o, g| {
        o.output(OutputKind::Xml, g.value)
    }),
    val("oG", "FILE", "one line for each host to a file", |o, g| {
        o.output(OutputKind::Grepable, g.value)
    }),
    val("oM", "FILE", "the same as -oG", |o, g| {
        o.output(OutputKind::Grepable, g.value)
    }),
    val("oJ", "FILE", "JSON lines to a file", |o, g| {
        o.output(OutputKind::Json, g.value)
    }),
    val("oS", "FILE", "not built: spells it like a child", not_built),
    val(
        "oA",
        "NAME",
        "NAME.nmap, NAME.xml and NAME.gnmap",
        |o, g| {
            o.output(OutputKind::Normal, &format!("{}.nmap", g.value))?;
            o.output(OutputKind::Xml, &format!("{}.xml", g.value))?;
            o.output(OutputKind::Grepable, &format!("{}.gnmap", g.value))
        },
    ),
    Flag::value('o', "FILE", "the same as -oN", |o, g| {
        o.output(OutputKind::Normal, g.value)
    }),
    val("oH", "FILE", "HTML is not written", |_, _| {
        Err(quit("HTML output is not directly supported, though Nmap includes an XSL for transforming XML output into HTML.  See the man page.".into()))
    }),
    Flag::new(
        Some('v'),
        None,
        Value::Optional("LEVEL"),
        "tell more; twice for more",
        Effect::Read(|o, g| {
            level(&mut o.verbose, g, 'v')?;
            o.quiet = g.value == "0";
            Ok(())
        }),
    )
    .long("verbose"),
    set("vv", "the same as -vv", |o| {
        o.verbose = o.verbose.saturating_add(2).min(10)
    }),
    Flag::new(
        Some('d'),
        None,
        Value::Optional("LEVEL"),
        "tell how it is done; twice for more",
        Effect::Read(|o, g| {
            level(&mut o.debug, g, 'd')?;
            o.verbose = o.verbose.max(o.debug);
            Ok(())
        }),
    ),
    set("reason", "show why a port is in its state", |o| {
        o.reason = true
    }),
    set("open", "show open ports alone", |o| o.open = true),
    set("packet-trace", "show each packet", |o| {
        o.packet_trace = true
    }),
    set("iflist", "show interfaces and routes", |o| o.iflist = true),
    set("append-output", "append to files", |o| o.append = true),
    val(
        "resume",
        "FILE",
        "not built: continue an interrupted scan",
        not_built,
    ),
    set(
        "noninteractive",
        "no keys are read, which is always so",
        |_| {},
    ),
    val("stats-every", "TIME", "show progress", |o, g| {
        let every = duration(g.value, "stats-every")?;
        o.stats_every = (!every.is_zero()).then_some(every);
        Ok(())
    }),
    val(
        "stylesheet",
        "URL",
        "the style sheet that XML names",
        |o, g| {
            o.stylesheet = Some(text(g));
            Ok(())
        },
    ),
    set("webxml", "XML names nmap.org's style sheet", |o| {
        o.stylesheet = Some("https://svn.nmap.org/nmap/docs/nmap.xsl".to_owned());
    }),
    set("no-stylesheet", "XML names no style sheet", |o| {
        o.stylesheet = None
    }),
];

/// The rest.
pub(crate) static OTHERS: &[Flag] = &[
    set("send-ip", "send IP packets, which is always so", |o| {
        o.arp = false
    }),
    set(
        "send-eth",
        "nothing: the kernel makes the Ethernet frames of IP packets",
        |_| {},
    ),
    val(
        "nsock-engine",
        "NAME",
        "nothing: which system call waits for packets is the host's choice",
        |_, g| match g.value {
            "epoll" | "poll" | "select" => Ok(()),
            other => Err(quit(format!("Unknown or non-available engine: {other}"))),
        },
    ),
    set("deprecated-xml-osclass", "nothing", |_| {}),
    set("privileged", "raw packets are allowed", |o| {
        o.privileged = Some(true)
    }),
    set("unprivileged", "raw packets are not allowed", |o| {
        o.privileged = Some(false)
    }),
    set(
        "release-memory",
        "nothing: memory is always given back",
        |_| {},
    ),
    Flag::ending('V', "print the version", || {
        Exit::done(crate::help::version())
    })
    .long("version"),
    Flag::ending('h', "print this help", || Exit::done(crate::help::help())).long("help"),
];

/// What nmap does not have.
pub(crate) static BEYOND: &[Flag] = &[
    set("json", "JSON lines on standard output", |o| o.json = true),
    set(
        "stateless",
        "keep no state for probes, for many hosts",
        |o| o.stateless = true,
    ),
];

/// `-v`, `-vv`, `-v3`.
fn level(level: &mut u8, given: &Given<'_>, letter: char) -> Result<(), Exit> {
    if given.value.chars().all(|c| c == letter) {
        *level = level.saturating_add(1 + given.value.len() as u8).min(10);
        return Ok(());
    }
    match given.value.parse::<u8>() {
        Ok(number) => *level = number.min(10),
        Err(_) => {
            return Err(quit(format!(
                "Invalid argument to -{letter}: \"{}\".",
                given.value
            )));
        }
    }
    Ok(())
}
