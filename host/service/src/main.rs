//! The `nethost-broker` command: `nethost broker` as a separate executable. With file capabilities, it is the broker
//! of one run, which `nethost` starts.

use std::ffi::OsString;
use std::io::Write;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::process::ExitCode;

use nethost_broker::RUN;
use nethost_core::output;
use nethost_service::{DEFAULT_LIMITS, Service, has_gained_privileges, serve, serve_starter};

/// The same exit code as that of `nethost` if it cannot do what was requested.
const FAILURE: u8 = 2;

const HELP: &str = "\
Serve the network's privileges to users who have none, as /etc/nethost/policy.toml allows

Usage: nethost-broker [OPTIONS]

Options:
      --listen <SOCKET>       Where to listen, unless the service manager passes a socket (LISTEN_FDS)
      --group <GROUP>         The group that may connect to --listen's socket, besides root
      --most <COUNT>          How many runs are served at once [default: 512]
      --most-of-each <COUNT>  How many of them may be one user's [default: 64]
      --audit <FILE>          The audit log's file
  -h, --help                  Print help
  -V, --version               Print version
";

/// What the command line asks for.
#[derive(Debug)]
enum Asked {
    Serve(Service),
    /// One run, over the socket with this number.
    Run(RawFd),
    Print(String),
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        output::say("nethost-broker", &panic.to_string());
    }));
    let failed = |message: &str| {
        output::say("nethost-broker", message);
        ExitCode::from(FAILURE)
    };
    match asked(std::env::args_os().skip(1)) {
        Ok(Asked::Print(text)) => match output::output().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error.to_string()),
        },
        Ok(Asked::Run(socket)) => match serve_starter(socket) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error.to_string()),
        },
        // A user who can start it must not choose where it listens or what it records to.
        Ok(Asked::Serve(_)) if has_gained_privileges() => failed(
            "an executable with file capabilities serves only the runs that nethost starts it for",
        ),
        Ok(Asked::Serve(service)) => match serve(&service) {
            Ok(never) => match never {},
            Err(error) => failed(&error.to_string()),
        },
        Err(why) => failed(&why),
    }
}

/// Reads the options. Each is written `--option VALUE` or `--option=VALUE`.
fn asked(args: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut service = Service {
        listen: None,
        group: None,
        limits: DEFAULT_LIMITS,
        audit: None,
    };
    let mut args = args.into_iter().peekable();
    if args.next_if(|arg| arg == RUN).is_some() {
        let socket = args.next().and_then(|socket| socket.to_str()?.parse().ok());
        return match (socket, args.next()) {
            (Some(socket), None) => Ok(Asked::Run(socket)),
            _ => Err(format!("{RUN} is for nethost to say")),
        };
    }
    while let Some(arg) = args.next() {
        let arg = text(arg)?;
        match arg.as_str() {
            "-h" | "--help" => return Ok(Asked::Print(HELP.into())),
            "-V" | "--version" => {
                let version = env!("CARGO_PKG_VERSION");
                return Ok(Asked::Print(format!("nethost-broker {version}\n")));
            }
            _ => {}
        }
        let (option, value) = match arg.split_once('=') {
            Some((option, value)) => (option, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let mut value = || match &value {
            Some(value) => Ok(value.clone()),
            None => match args.next() {
                Some(value) => text(value),
                None => Err(format!("{option} needs a value")),
            },
        };
        let count = |value: String| {
            let number = value.parse::<usize>();
            number.map_err(|_| format!("{option}: {value} is not a number"))
        };
        match option {
            "--listen" => service.listen = Some(PathBuf::from(value()?)),
            "--group" => service.group = Some(value()?),
            "--most" => service.limits.total = count(value()?)?,
            "--most-of-each" => service.limits.per_user = count(value()?)?,
            "--audit" => service.audit = Some(PathBuf::from(value()?)),
            _ => return Err(format!("{arg}: no such option; try --help")),
        }
    }
    if service.group.is_some() && service.listen.is_none() {
        return Err("--group needs --listen".into());
    }
    Ok(Asked::Serve(service))
}

fn text(arg: OsString) -> Result<String, String> {
    arg.into_string()
        .map_err(|arg| format!("argument {} is not UTF-8", arg.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    fn of(args: &[&str]) -> Result<Asked, String> {
        asked(args.iter().map(OsString::from))
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let args = [
            "--listen=/run/s",
            "--group",
            "net",
            "--most",
            "3",
            "--most-of-each=2",
            "--audit",
            "/var/log/a",
        ];
        let Asked::Serve(service) = of(&args).unwrap() else {
            unreachable!("nothing is to be printed");
        };
        assert_eq!(service.listen.as_deref(), Some(Path::new("/run/s")));
        assert_eq!(service.group.as_deref(), Some("net"));
        assert_eq!((service.limits.total, service.limits.per_user), (3, 2));
        assert_eq!(service.audit.as_deref(), Some(Path::new("/var/log/a")));
        let Asked::Serve(service) = of(&[]).unwrap() else {
            unreachable!("nothing is to be printed");
        };
        assert_eq!(service.limits.total, DEFAULT_LIMITS.total);
    }

    #[test]
    fn mistakes_are_told_with_the_option() {
        for (args, why) in [
            (&["--listen"][..], "--listen needs a value"),
            (&["--most", "x"], "--most: x is not a number"),
            (&["--group=g"], "--group needs --listen"),
            (
                &["--allow=icmp.echo"],
                "--allow=icmp.echo: no such option; try --help",
            ),
            (&["x"], "x: no such option; try --help"),
            (&["--run"], "--run is for nethost to say"),
            (&["--run", "three"], "--run is for nethost to say"),
            (&["--run", "3", "--audit=x"], "--run is for nethost to say"),
        ] {
            assert_eq!(of(args).unwrap_err(), why);
        }
    }

    #[test]
    fn a_run_has_the_number_of_its_socket() {
        assert!(matches!(of(&["--run", "5"]), Ok(Asked::Run(5))));
    }

    #[test]
    fn the_help_has_the_defaults() {
        for most in [DEFAULT_LIMITS.total, DEFAULT_LIMITS.per_user] {
            assert!(HELP.contains(&format!("[default: {most}]")));
        }
        assert!(matches!(of(&["--help"]), Ok(Asked::Print(text)) if text == HELP));
    }
}
