//! `ifconfig`: shows and changes interfaces, like net-tools' ifconfig.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod change;
mod edit;
mod interface;
mod kernel;
mod resolve;
mod show;
mod usage;

#[cfg(test)]
mod schema_tests;

use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::text::printable;
use nethost_sdk::{Exit, Tool, exit_code, interface_table};

use kernel::Kernel;

struct Ifconfig;

impl Tool for Ifconfig {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        Ok(exit_code(ifconfig(&args).await, String::new))
    }
}

nethost_sdk::tool!(Ifconfig, "plugin.toml");

/// The options, which stand before the interface.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    all: bool,
    short: bool,
    verbose: bool,
    format: Format,
}

/// Reads the options; the rest are the words.
fn options(args: &[String]) -> Result<(Options, &[String]), Exit> {
    let mut options = Options::default();
    for (at, word) in args.iter().enumerate() {
        if !word.starts_with('-') {
            return Ok((options, &args[at..]));
        }
        match word.as_str() {
            "-a" => options.all = true,
            "-s" => options.short = true,
            "-v" => options.verbose = true,
            "--json" => options.format = Format::Json,
            "-V" | "-version" | "--version" => {
                let version = concat!("ifconfig from nethost ", env!("CARGO_PKG_VERSION"), "\n");
                return Err(Exit::done(version));
            }
            "-?" | "-h" | "-help" | "--help" => return Err(usage::help()),
            _ => {
                let word = printable(word);
                let what = format!(
                    "ifconfig: option `{word}' not recognised.\n\
                     ifconfig: `--help' gives usage information."
                );
                return Err(Exit::failed(1, what));
            }
        }
    }
    Ok((options, &[]))
}

/// The longest name of an interface, IFNAMSIZ without its end.
const LONGEST: usize = 15;

async fn ifconfig(args: &[String]) -> Result<u8, Exit> {
    let args = nethost_sdk::args::clean(args)
        .map_err(|error| Exit::failed(1, format!("ifconfig: {error}")))?;
    let (options, words) = options(&args)?;
    let Some((name, words)) = words.split_first() else {
        return show_all(&options);
    };
    let name = match name.char_indices().nth(LONGEST) {
        Some((end, _)) => &name[..end],
        None => name.as_str(),
    };
    if words.is_empty() {
        return show_one(&options, name);
    }
    change::run(&Kernel::open()?, name, words, options.verbose).await
}

fn head(options: &Options, output: &mut Output<impl std::io::Write>) -> Result<(), Exit> {
    match options.short && options.format == Format::Text {
        // The table of `ifconfig -s` has a heading narrower than its lines.
        true => output.line(interface_table::HEAD.replacen("             MTU", "      MTU", 1)),
        false => Ok(()),
    }
}

fn show_all(options: &Options) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    head(options, &mut output)?;
    for interface in interface::all(&Kernel::open()?)? {
        if options.all || interface.is_up() {
            show::show(&interface, options.short, &mut output)?;
        }
    }
    output.flush()?;
    Ok(0)
}

fn show_one(options: &Options, name: &str) -> Result<u8, Exit> {
    let mut output = Output::stdout(options.format);
    head(options, &mut output)?;
    let found = interface::one(&Kernel::open()?, name)?;
    if let Some(interface) = &found {
        show::show(interface, options.short, &mut output)?;
    }
    output.flush()?;
    if found.is_none() {
        complain(format_args!(
            "{}: error fetching interface information: Device not found",
            printable(name)
        ));
    }
    Ok(u8::from(found.is_none()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(Options, Vec<String>), Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        options(&args).map(|(options, words)| (options, words.to_vec()))
    }

    #[test]
    fn options_stand_before_the_interface() {
        let (options, words) = read("-a -s eth0 -arp").unwrap();
        assert!(options.all && options.short && !options.verbose);
        assert_eq!(words, ["eth0", "-arp"]);
        assert_eq!(read("-x").unwrap_err().code, 1);
        assert_eq!(read("-as").unwrap_err().code, 1);
        assert_eq!(read("-version -x").unwrap_err().code, 0);
    }
}
