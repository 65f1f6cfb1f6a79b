//! `ip`: the network configuration of this machine, shown and changed, as iproute2's tool of that name.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod clock;
mod color;
mod document;
mod entity;
mod help;
mod hosts;
mod ip;
mod links;
mod names;
mod object;
mod options;
mod value;
mod words;

use nethost_sdk::output::complain;
use nethost_sdk::{Exit, Tool, exit_code};

use ip::Ip;
use options::Options;
use words::{Done, Words, failed};

struct IpTool;

impl Tool for IpTool {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let mut words = Words::new(args);
        let run = run(&mut words).await.map(|()| 0);
        // Its complaints bring what usage there is.
        Ok(exit_code(run, String::new))
    }
}

nethost_sdk::tool!(IpTool, "plugin.toml");

async fn run(words: &mut Words) -> Done {
    let mut options = Options::default();
    options.take(words)?;
    if let Some(instead) = options.instead.take() {
        return Err(instead);
    }
    let mut ip = Ip::new(options);
    if let Some(path) = ip.options.batch.take() {
        return batch(&mut ip, &path).await;
    }
    if words.is_empty() {
        return Err(help::of(""));
    }
    command(&mut ip, words).await
}

/// One object and what to do with it.
async fn command(ip: &mut Ip, words: &mut Words) -> Done {
    let done = object::run(ip, words).await;
    ip.out.settle().await?;
    done
}

/// The commands of a file, one a line; `-` is standard input.
async fn batch(ip: &mut Ip, path: &str) -> Done {
    let text = if path == "-" {
        let mut text = Vec::new();
        let read = std::io::Read::read_to_end(&mut std::io::stdin(), &mut text);
        read.map(|_| text).map_err(|error| error.to_string())
    } else {
        nethost_sdk::files::read(path).map_err(|error| error.to_string())
    };
    let text = text.map_err(|error| {
        failed(
            1,
            format!("Cannot open file \"{path}\" for reading: {error}"),
        )
    })?;
    let options = ip.options.clone();
    let mut code = 0;
    for (number, words) in lines(&String::from_utf8_lossy(&text)) {
        let mut words = Words::new(words);
        ip.options.clone_from(&options);
        if let Err(failed) = command(ip, &mut words).await {
            complain(&failed.stderr);
            complain(format_args!("Command failed {path}:{number}"));
            code = 1;
            if !ip.options.force {
                break;
            }
        }
    }
    if code == 0 {
        Ok(())
    } else {
        Err(Exit::silent(code))
    }
}

/// The commands of a text with the numbers of their lines. A backslash joins lines, `#` begins a comment,
/// quotes hold words together.
fn lines(text: &str) -> Vec<(usize, Vec<String>)> {
    let mut commands = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let mut line = line.split('#').next().unwrap_or_default().to_owned();
        let mut number = at + 1;
        while line.ends_with('\\') {
            line.pop();
            let Some((at, next)) = lines.next() else {
                break;
            };
            number = at + 1;
            line += next.split('#').next().unwrap_or_default();
        }
        let words = split(&line);
        if !words.is_empty() {
            commands.push((number, words));
        }
    }
    commands
}

fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
            _ => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}
