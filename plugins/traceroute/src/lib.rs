//! traceroute and mtr as a sandboxed plugin: who is on the way to a host, and how well each answers.
//!
//! flags, then options, then an engine that is pure, then a report; transports in between send what
//! the engine wants sent. `--mtr` as the first argument makes it mtr, which has the same parts.

mod command_line;
mod engine;
mod extension;
mod flags;
mod mtr;
mod names;
mod options;
mod output;
mod probe;
mod report;
mod target;
mod trace;
mod transport;

use nethost_sdk::Tool;

use crate::options::{Command, Misused};

struct Traceroute;

impl Tool for Traceroute {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        if let Some((first, rest)) = args.split_first()
            && nethost_sdk::args::with_hyphens(first) == "--mtr"
        {
            return Ok(mtr::run(rest).await);
        }
        let code = match options::parse(&args) {
            Ok(Command::Trace(options)) => trace::run(&options).await,
            Ok(Command::Help) => show(&flags::help()),
            Ok(Command::Version) => show(concat!(
                "nethost traceroute ",
                env!("CARGO_PKG_VERSION"),
                "\n"
            )),
            Err(Misused(words)) => {
                eprintln!("{words}");
                2
            }
        };
        Ok(code)
    }
}

fn show(text: &str) -> u8 {
    u8::from(output::write(text).is_err())
}

nethost_sdk::tool!(Traceroute, "plugin.toml");
