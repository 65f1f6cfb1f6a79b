//! telnet: a dialogue with a server over TCP, with the protocol of RFC 854. Its model is the telnet of GNU inetutils.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod command;
mod environ;
mod input;
mod options;
mod place;
mod protocol;
mod screen;
mod session;

use nethost_sdk::{Exit, Tool, exit_code};

use crate::command::Prompt;
use crate::options::Options;

struct Telnet;

impl Tool for Telnet {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(telnet(&args).await, options::usage))
    }
}

async fn telnet(args: &[String]) -> Result<u8, Exit> {
    let options = Options::parse(args)?;
    let mut prompt = Prompt::new(options)?;
    prompt.run().await
}

nethost_sdk::tool!(Telnet, "plugin.toml");
