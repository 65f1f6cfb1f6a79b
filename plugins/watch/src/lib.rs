//! `watch`: runs another tool of nethost again and again, and shows what it prints on the whole window, as procps-ng's
//! watch shows any program.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod ansi;
mod fields;
mod flags;
mod grid;
mod header;
mod history;
mod marks;
mod pairs;
mod record;
mod run;
mod view;
mod window;

use nethost_sdk::{Exit, Tool, environment, exit_code};

use flags::{COMMAND_LINE, Options};

struct Watch;

impl Tool for Watch {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(watch(&args).await, flags::usage))
    }
}

nethost_sdk::tool!(Watch, "plugin.toml");

async fn watch(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    // A variable that may not be read is as good as one that is not set.
    if let Some(set) = environment::read("WATCH_INTERVAL").ok().flatten() {
        let wrong = |why| {
            let set = nethost_sdk::text::printable(&set);
            Exit::failed(
                1,
                format!("watch: Could not parse interval from WATCH_INTERVAL: '{set}': {why}"),
            )
        };
        options.interval = Some(flags::parse(&set).map_err(wrong)?);
    }
    COMMAND_LINE.parse(args, &mut options)?;
    let Some(first) = options.first else {
        return Err(Exit {
            code: 1,
            usage: true,
            ..Exit::default()
        });
    };
    run::run(&options, first).await
}
