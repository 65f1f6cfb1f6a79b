//! `nethost completions`: what a shell needs to complete command lines: the commands and options of nethost from the
//! parser's own table, and the options of each tool from its help text. Completing runs nothing.

use std::collections::HashSet;
use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, ValueEnum, ValueHint};
use clap_complete::Shell as Generator;

use super::help;
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
    let mut output = output::output();
    output.write_all(script(generator, command).as_bytes())?;
    output.flush()?;
    Ok(0)
}

fn script(generator: Generator, command: Command) -> String {
    let mut command = with_tools(command);
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut command, "nethost", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if generator == Generator::Zsh {
        script = script.lines().map(options_for_zsh).collect();
    }
    if generator == Generator::Fish {
        command
            .get_subcommands()
            .for_each(|command| script.push_str(&words_for_fish(command)));
    }
    script
}

/// Where it is a list of words, zsh takes those with a dash for options.
fn options_for_zsh(line: &str) -> String {
    let inside = line
        .strip_prefix("'*::ARGUMENTS:(")
        .and_then(|rest| rest.split_once(')'));
    let Some((words, end)) = inside else {
        return format!("{line}\n");
    };
    let (options, words): (Vec<&str>, Vec<&str>) = words
        .split_whitespace()
        .partition(|word| word.starts_with('-'));
    let options: String = options
        .iter()
        .map(|option| format!("'{option}' \\\n"))
        .collect();
    // Without words, what is left are names of files.
    let rest = match words.is_empty() {
        true => "_files".to_owned(),
        false => format!("({})", words.join(" ")),
    };
    format!("{options}'*::ARGUMENTS:{rest}{end}\n")
}

/// The generator leaves out for fish what is no option.
fn words_for_fish(command: &Command) -> String {
    let words: Vec<String> = command
        .get_positionals()
        .flat_map(|argument| argument.get_possible_values())
        .map(|value| value.get_name().to_owned())
        .collect();
    // Where it is a list of words, fish takes those with a dash for options.
    let (options, words): (Vec<_>, Vec<_>) =
        words.into_iter().partition(|word| word.starts_with('-'));
    let when = format!(
        "complete -c nethost -n \"__fish_nethost_using_subcommand {}\"",
        command.get_name()
    );
    let options = options.iter().map(|option| {
        let option = option.trim_start_matches('-');
        format!("{when} -o {option}\n")
    });
    let mut lines: String = options.collect();
    if !words.is_empty() {
        lines.push_str(&format!("{when} -f -a \"{}\"\n", words.join(" ")));
    }
    lines
}

/// The command line with each tool as a command of it. The options of a run are options of nethost's own commands and
/// not of the tools, which have their own.
fn with_tools(command: Command) -> Command {
    let mut command = with_local_options(command);
    let names: Vec<&str> = catalog::names().collect();
    let pages: Vec<&'static str> = super::man::names(command.clone())
        .into_iter()
        .map(|name| &*name.leak())
        .collect();
    for (of, argument) in [
        ("run", "plugin"),
        ("help", "name"),
        ("man", "page"),
        ("inspect", "plugin"),
    ] {
        let values = match of {
            "man" => pages.clone(),
            _ => names.clone(),
        };
        command = command.mut_subcommand(of, |below| {
            below.mut_arg(argument, |argument| {
                argument.value_parser(PossibleValuesParser::new(values))
            })
        });
    }
    let tools = names.iter().filter_map(|name| tool(name));
    command.subcommands(tools)
}

/// The options of a run, as options of each command that is not a tool.
fn with_local_options(command: Command) -> Command {
    let is_global = |argument: &&Arg| argument.is_global_set();
    let of_a_run: Vec<Arg> = command.get_arguments().filter(is_global).cloned().collect();
    let of_a_run: Vec<Arg> = of_a_run.into_iter().map(|one| one.global(false)).collect();
    let command = command.mut_args(|argument| argument.global(false));
    command.mut_subcommands(|below| with_options(below, &of_a_run))
}

fn with_options(command: Command, options: &[Arg]) -> Command {
    let own: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| argument.get_long().map(str::to_owned))
        .collect();
    let is_new = |option: &&Arg| {
        let long = option.get_long();
        long.is_some_and(|long| own.iter().all(|known| known != long))
    };
    let further: Vec<Arg> = options.iter().filter(is_new).cloned().collect();
    let command = command.args(further);
    command.mut_subcommands(|below| with_options(below, options))
}

/// What the value of an option is, by the name that its help gives it.
fn hint(left: &str) -> ValueHint {
    match left.to_lowercase().contains("file") {
        true => ValueHint::AnyPath,
        false => ValueHint::Other,
    }
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
    let (mut words, mut options) = (Vec::new(), Vec::new());
    for block in manual::parse(help::text_of(name).unwrap_or_default()) {
        let Block::Option(entry) = block else {
            continue;
        };
        for (name, takes_value) in entry.names() {
            if !seen.insert(name.clone()) || name.contains(['?', '.']) {
                continue;
            }
            // The parser keeps names for as long as the program runs, which prints one script.
            let name: &'static str = name.leak();
            let mut letters = name.strip_prefix('-').unwrap_or_default().chars();
            match (name.strip_prefix("--"), letters.next(), letters.next()) {
                (Some(long), ..) => {
                    options.push((Arg::new(name).long(long), takes_value, entry.clone()))
                }
                (None, Some(letter), None) => {
                    options.push((Arg::new(name).short(letter), takes_value, entry.clone()));
                }
                _ => words.push(name),
            }
        }
    }
    for (argument, takes_value, entry) in options {
        let id = argument.get_id().as_str();
        // `-s <KIND>` beside `-sS` stands for these words.
        if takes_value && words.iter().any(|word| word.starts_with(id)) {
            continue;
        }
        let argument = argument.help(entry.text);
        command = command.arg(match takes_value {
            true => argument
                .action(ArgAction::Set)
                .value_hint(hint(&entry.left)),
            false => argument.action(ArgAction::SetTrue),
        });
    }
    words.extend(manual::objects(help::text_of(name).unwrap_or_default()));
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

    #[test]
    fn every_tool_and_command_is_in_every_script() {
        for generator in [Generator::Bash, Generator::Zsh, Generator::Fish] {
            let script = script(generator, super::super::Cli::command());
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
