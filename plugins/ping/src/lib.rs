//! ping: sends ICMP echo requests and reports the replies, as iputils does; and fping's job too.

mod dots;
mod engine;
mod flags;
mod icmp_words;
mod many;
mod many_remotes;
mod names;
mod open;
mod options;
mod payload;
mod report;
mod single;
mod sweep;
mod sweep_report;

use nethost_sdk::Tool;

use crate::options::{Command, Options, Refusal};

struct Ping;

impl Tool for Ping {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        match Options::parse(args) {
            Ok(Command::Help) => {
                print!("{}", flags::usage());
                Ok(0)
            }
            Ok(Command::Version) => {
                println!("ping from nethost {}", env!("CARGO_PKG_VERSION"));
                Ok(0)
            }
            Ok(Command::Ping(options)) => match options.targets.as_slice() {
                [target] if !many::is_many(&options) => single::ping(target, &options).await,
                _ => many::ping(&options).await,
            },
            Err(Refusal {
                message,
                code,
                usage,
            }) => {
                eprintln!("ping: {message}");
                if usage {
                    eprint!("{}", flags::usage());
                }
                Ok(code)
            }
        }
    }
}

nethost_sdk::tool!(Ping, "plugin.toml");
