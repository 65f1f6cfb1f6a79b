//! curl: transfers what URLs name, over HTTP (RFC 9110), FTP (RFC 959) and telnet (RFC 854), and files of this machine.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod attempt;
mod body;
mod certificate;
mod cli;
mod conn;
mod cookie_files;
mod dump_header;
mod explain;
mod failure;
mod form;
mod ftp;
mod glob;
mod http;
mod info;
mod local;
mod netrc;
mod operate;
mod output;
mod progress;
mod redirect;
mod session;
mod settings;
mod sink;
mod stdin;
mod telnet;
mod trace;
mod transfer;
mod url;
mod when;
mod write_out;

use nethost_sdk::{Exit, Tool, exit_code};

struct Curl;

impl Tool for Curl {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(curl(&args).await, String::new))
    }
}

async fn curl(args: &[String]) -> Result<u8, Exit> {
    if args.is_empty() {
        return Err(Exit::failed(2, cli::TRY));
    }
    let (global, operations) = cli::Parser::read(args)?;
    operate::operate(global, operations).await
}

nethost_sdk::tool!(Curl, "plugin.toml");
