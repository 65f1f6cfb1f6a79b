//! `nethost completions`: what a shell needs to complete command lines: the commands and options of nethost from the
//! parser's own table, and the options of each tool from its help text. Completing runs nothing.

use std::collections::HashSet;
use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Args, Command, ValueEnum, ValueHint};
use clap_complete::Shell as Generator;

use super::{Options, help};
use nethost_core::output;
use nethost_manual::{self as manual, Block};
use nethost_service::catalog;

/// A shell.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

/// Prints the script for a shell.
pub(super) fn completions(command: Command, shell: Shell) -> io::Result<u8> {
    let generator = match shell {
        Shell::Bash => Generator::Bash,
        Shell::Zsh => Generator::Zsh,
        Shell::Fish => Generator::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut with_tools(command), "nethost", &mut script);
    let mut output = output::output();
    output.write_all(&script)?;
    output.flush()?;
    Ok(0)
}

/// The command line with each tool as a command of it. The options of a run are options of nethost's own commands and
/// not of the tools, which have their own.
fn with_tools(command: Command) -> Command {
    let mut command = with_local_options(command);
    let names: Vec<&str> = catalog::names().collect();
    for (of, argument) in [
        ("run", "plugin"),
        ("help", "name"),
        ("man", "page"),
        ("inspect", "plugin"),
    ] {
        let values = names.clone();
        command = command.mut_subcommand(of, |below| {
            below.mut_arg(argument, |argument| {
                argument.value_parser(PossibleValuesParser::new(values))
            })
        });
    }
    let tools = names.iter().filter_map(|name| tool(name));
    command.subcommands(tools)
}

fn with_local_options(command: Command) -> Command {
    const GLOBAL: [&str; 4] = ["policy", "allow", "deny", "audit"];
    let mut command = command;
    for name in GLOBAL {
        command = command.mut_arg(name, |argument| argument.global(false));
    }
    command.mut_subcommands(with_options_of_a_run)
}

fn with_options_of_a_run(command: Command) -> Command {
    let has_own = |name: &str| {
        command
            .get_arguments()
            .any(|argument| argument.get_id() == name)
    };
    let command = match ["policy", "allow", "deny", "audit"]
        .iter()
        .any(|name| has_own(name))
    {
        true => command,
        false => Options::augment_args(command).mut_args(|argument| argument.global(false)),
    };
    command.mut_subcommands(with_options_of_a_run)
}

/// A tool with the options that its help text names.
fn tool(name: &'static str) -> Option<Command> {
    let plugin = catalog::find(name)?.plugin;
    let manifest = catalog::manifest(plugin).ok()?;
    let mut command = Command::new(name)
        .about(manifest.summary)
        .disable_help_flag(true)
        .disable_version_flag(true);
    let mut seen = HashSet::new();
    // What begins with one dash and is longer than a letter, or begins with a plus, is a word.
    let mut words = Vec::new();
    let blocks = manual::parse(help::text_of(name).unwrap_or_default());
    for block in blocks {
        let Block::Option(entry) = block else {
            continue;
        };
        for (name, takes_value) in entry.names() {
            if !seen.insert(name.clone()) || name.contains(['?', '.']) {
                continue;
            }
            // The parser keeps names for as long as the program runs, which prints one script.
            let name: &'static str = name.leak();
            let argument = Arg::new(name).help(entry.text.clone());
            let argument = match name.strip_prefix("--") {
                Some(long) => argument.long(long),
                None => match name
                    .strip_prefix('-')
                    .map(|rest| rest.chars().collect::<Vec<_>>())
                {
                    Some(letters) if letters.len() == 1 => argument.short(letters[0]),
                    _ => {
                        words.push(name);
                        continue;
                    }
                },
            };
            command = command.arg(match takes_value {
                true => argument.action(ArgAction::Set).value_hint(ValueHint::Other),
                false => argument.action(ArgAction::SetTrue),
            });
        }
    }
    let rest = Arg::new("ARGUMENTS").num_args(0..);
    Some(command.arg(match words.is_empty() {
        true => rest.value_hint(ValueHint::AnyPath),
        false => rest.value_parser(PossibleValuesParser::new(words)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn script(generator: Generator) -> String {
        let mut script = Vec::new();
        let mut command = with_tools(super::super::Cli::command());
        clap_complete::generate(generator, &mut command, "nethost", &mut script);
        String::from_utf8_lossy(&script).into_owned()
    }

    #[test]
    fn every_tool_and_command_is_in_every_script() {
        for generator in [Generator::Bash, Generator::Zsh, Generator::Fish] {
            let script = script(generator);
            for name in catalog::names().chain(["audit", "doctor", "links"]) {
                assert!(script.contains(name), "no {name} for {generator}");
            }
        }
    }

    #[test]
    fn options_of_tools_are_theirs_alone() {
        let command = with_tools(super::super::Cli::command());
        let options = |name: &str| {
            let tool = command.find_subcommand(name);
            let names = tool.map(|tool| {
                let arguments = tool.get_arguments();
                arguments
                    .filter_map(Arg::get_long)
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            });
            names.unwrap_or_default()
        };
        assert!(
            options("ping").contains(&"targets".to_owned()),
            "{:?}",
            options("ping")
        );
        assert!(!options("ping").contains(&"policy".to_owned()));
        assert!(options("run").contains(&"policy".to_owned()));
        assert!(options("list").contains(&"json".to_owned()));
    }
}
