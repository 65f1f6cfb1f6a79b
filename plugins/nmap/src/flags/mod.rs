//! The command line: the options of nmap 7.93, and the few that are ours; each with its meaning.

mod hosts;
mod shown;
mod speed;

use nethost_sdk::Exit;
use nethost_sdk::args::{self, CommandLine, Effect, Given, Syntax, UsageError};

use crate::options::Options;
use crate::{quit, refused};

pub(crate) use hosts::{DISCOVERY, PORTS, TARGETS};
pub(crate) use shown::{BEYOND, OTHERS, OUTPUT, SERVICES};
pub(crate) use speed::{EVASION, TIMING};

type Flag = args::Flag<Effect<Options>>;

/// What the command line may say.
pub(crate) static COMMAND_LINE: CommandLine<Options> = CommandLine {
    flags: &[
        TARGETS, DISCOVERY, PORTS, SERVICES, TIMING, EVASION, OUTPUT, OTHERS, BEYOND,
    ],
    operand: |options, operand| {
        options.targets.push(operand.value);
        Ok(())
    },
    refuse: |error| {
        let hint = "See the output of nmap -h for a summary of options.";
        match error {
            UsageError::Unknown { spelled, value, .. } => {
                let value = value.as_ref().map(|v| format!("={v}")).unwrap_or_default();
                let name = spelled.trim_start_matches('-');
                let dashes = if spelled.starts_with("--") { "--" } else { "-" };
                refused(format!(
                    "nmap: unrecognized option '{dashes}{name}{value}'\n{hint}"
                ))
            }
            error => refused(format!("nmap: {error}\n{hint}")),
        }
    },
    syntax: Syntax::GETOPT_LONG_ONLY,
};

/// Underscores stand for hyphens in long names, as in `--osscan_guess`.
pub(crate) fn spelled(args: &[String]) -> Vec<String> {
    args.iter()
        .map(|word| {
            let word = args::with_hyphens(word);
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            let hyphens = name.replace('_', "-");
            let bare = hyphens.trim_start_matches('-');
            let known = COMMAND_LINE.flags.iter().copied().flatten();
            let is_long = name.starts_with('-')
                && name.contains('_')
                && known.into_iter().any(|flag| flag.long == Some(bare));
            match (is_long, value) {
                (true, Some(value)) => format!("{hyphens}={value}"),
                (true, None) => hyphens,
                (false, _) => word,
            }
        })
        .collect()
}

/// The name that the option goes by in `-h`, beside its value.
const fn set(long: &'static str, help: &'static str, set: fn(&mut Options)) -> Flag {
    Flag::long_switch(long, help, set)
}

const fn val(
    long: &'static str,
    value: &'static str,
    help: &'static str,
    read: fn(&mut Options, &Given<'_>) -> Result<(), Exit>,
) -> Flag {
    Flag::long_value(long, value, help, read)
}

/// An option that is known, and does nothing here that it would do for nmap: it is refused by name.
fn not_built(_: &mut Options, given: &Given<'_>) -> Result<(), Exit> {
    let name = given.spelled;
    Err(quit(format!("{name} is not supported by nethost's nmap.")))
}

fn text(given: &Given<'_>) -> String {
    given.value.to_owned()
}
