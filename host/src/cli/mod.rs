//! The command line: which plugin to run, with which policy and which log.

mod ask;
mod audit;
mod bindings;
mod broker;
mod cache;
mod completions;
mod doctor;
mod explain;
mod grants;
mod help;
mod incident;
mod inspect;
mod install;
mod launch;
mod links;
mod list;
mod man;
mod new;
mod package;
mod policy;
mod question;
mod record;
mod replay;
mod report;
mod run;
mod schema;
mod service;
mod test;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use nethost_core::{output, system_error};
use nethost_runner::execution::{BROKEN_PIPE, FAILURE};
use nethost_service::catalog;

#[derive(Parser)]
#[command(
    name = "nethost",
    version,
    about = "Run network tools as sandboxed WebAssembly components, behind one policy gate and one audit log",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// The options of a run; also the options of `nethost run`.
#[derive(Args, Default, Clone)]
struct Options {
    /// A policy file; the system's, /etc/nethost/policy.toml, stays a ceiling
    #[arg(long, value_name = "FILE", global = true)]
    policy: Option<PathBuf>,
    /// Allow a request, such as icmp.echo or icmp.echo=10.0.0.0/8
    #[arg(long, value_name = "CAP[=TO]", global = true)]
    allow: Vec<String>,
    /// Deny a request; a denial wins over everything
    #[arg(long, value_name = "CAP[=TO]", global = true)]
    deny: Vec<String>,
    /// The file of the audit log
    #[arg(long, value_name = "FILE", global = true)]
    audit: Option<PathBuf>,
    /// Of `run` only.
    #[arg(skip)]
    explain_denied: bool,
    /// Of `record` only.
    #[arg(skip)]
    record: Option<record::Target>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a plugin: a .wasm file or the name of a bundled or installed plugin
    Run {
        /// After the run, print the lines of plugin.toml that would ask for what was denied
        #[arg(long)]
        explain_denied: bool,
        /// The plugin, then its own options and arguments
        #[arg(
            required = true,
            trailing_var_arg = true,
            allow_hyphen_values = true,
            value_name = "PLUGIN [ARGS]"
        )]
        plugin: Vec<String>,
    },
    /// Install a plugin: its name then runs it
    Install(install::Install),
    /// Ask where installed plugins are from for other versions, and show what these ask for
    Update(install::Update),
    /// Go back to the version of a plugin before its last update
    Rollback(install::Named),
    /// Remove an installed plugin, and revoke what was granted to it
    Uninstall(install::Named),
    /// Publish a plugin in a registry
    Publish(install::Publish),
    /// Run a plugin, and write its calls and their answers into a file
    Record(record::Arguments),
    /// Run a plugin on a record, without network and without privilege
    Replay(replay::Arguments),
    /// Bundle a record with what belongs to it, or verify a bundle
    Incident {
        #[command(subcommand)]
        action: incident::Action,
    },
    /// List the bundled and the installed plugins
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the compile cache, or clear it
    Cache {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<CacheAction>,
    },
    /// Check a policy, or print the schema of policy files
    Policy {
        #[command(subcommand)]
        action: policy::Action,
    },
    /// Show what a plugin asks for, what it can reach, and how the policy decides that
    Inspect {
        /// A .wasm file or the name of a bundled or installed plugin
        plugin: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Another version, to show the differences
        #[arg(long, value_name = "OLD.wasm")]
        against: Option<String>,
    },
    /// Show what was granted to plugins, or revoke it
    Grants {
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        action: Option<GrantsAction>,
    },
    /// Print the JSON schema of what a tool prints with --json, or list which tools have one
    Schema {
        /// The tool
        tool: Option<String>,
    },
    /// Make a page, or metrics, of what tools printed with --json
    Report(report::Options),
    /// Make a folder with a new plugin that builds, passes its tests and runs
    New(new::Options),
    /// Write the bindings of the contract for a plugin in C or Go
    Bindings(bindings::Bindings),
    /// Put the manifest into a component, and leave out what only a debugger needs
    Pack(package::Pack),
    /// Sign a component, or make a key to sign with
    Sign(package::Sign),
    /// Verify the signature of a component
    Verify(package::Verify),
    /// Run a plugin in the scripted world of a scenario, without a network and without privileges
    Test(test::Test),
    /// Verify and read the audit log
    Audit {
        #[command(subcommand)]
        action: Box<audit::Action>,
    },
    /// Find out what this machine allows, what is missing or wrong, and what to do about it. Exit code 0: nothing is
    /// wrong, 1: something is
    Doctor {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Call tools without `nethost` in front: links to this executable
    Links {
        #[command(subcommand)]
        action: links::Action,
    },
    /// Show a manual page
    Man(man::Page),
    /// Print what a shell needs to complete command lines
    Completions {
        /// The shell
        shell: completions::Shell,
    },
    /// Serve the network privileges to users who have none, as /etc/nethost/policy.toml allows
    Broker(broker::Service),
    /// Print this help, or the help of a bundled plugin or of another command
    Help {
        /// Whose help
        #[arg(value_name = "NAME", trailing_var_arg = true)]
        name: Vec<String>,
    },
    /// Print the version
    Version,
    /// Any bundled or installed plugin by its name: nethost ping HOST
    #[command(external_subcommand)]
    Plugin(Vec<String>),
}

#[derive(Subcommand)]
enum GrantsAction {
    /// Revoke the grants of a digest, or of every digest of a name
    Revoke {
        /// The digest, or the name
        #[arg(value_name = "DIGEST|NAME")]
        which: String,
    },
}

#[derive(Subcommand)]
enum CacheAction {
    /// Remove all compiled forms
    Clear,
    /// Compile every bundled plugin now
    Fill {
        /// For every processor of this architecture, for a package
        #[arg(long)]
        portable: bool,
    },
}

/// Runs the program.
pub fn main() -> ExitCode {
    // A panic is printed like everything else, because the message can contain text of a stranger.
    std::panic::set_hook(Box::new(|panic| output::say("nethost", &panic.to_string())));
    nethost_kit::signals::survive_full_files();
    let mut args = Vec::new();
    for arg in std::env::args_os() {
        match arg.into_string() {
            Ok(arg) => args.push(arg),
            Err(arg) => return fail(&format!("argument {} is not UTF-8", arg.display())),
        }
    }
    // A link named like a plugin runs it, and so does the most common command line. Neither needs the option parser.
    let invoked = args
        .first()
        .and_then(|program| program.rsplit('/').next())
        .unwrap_or_default();
    if catalog::find(invoked).is_some() {
        let plugin = invoked.to_owned();
        return run::run(&Options::default(), &plugin, args.split_off(1));
    }
    match args.get(1).map(String::as_str) {
        Some(name) if catalog::find(name).is_some() => {
            let plugin = name.to_owned();
            return run::run(&Options::default(), &plugin, args.split_off(2));
        }
        _ => {}
    }
    let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["help", name] if catalog::find(name).is_some() => {
            if let Some(printed) = help::print(name) {
                return done(printed);
            }
            return run::run(&Options::default(), name, vec!["--help".to_owned()]);
        }
        // The option parser has these texts under another word.
        ["help", rest @ ..] => {
            let rest = rest.iter().map(|word| (*word).to_owned());
            let mut asked: Vec<String> = args.iter().take(1).cloned().chain(rest).collect();
            asked.push("--help".to_owned());
            args = asked;
        }
        ["version"] => args = vec!["nethost".to_owned(), "--version".to_owned()],
        _ => {}
    }
    let mut command = Cli::command();
    // The list of tools takes time to make: every manifest is read for it.
    if args.len() <= 1 || args.iter().any(|word| word == "--help" || word == "-h") {
        command = command.after_help(help::tools());
    }
    let parsed = command
        .try_get_matches_from_mut(args)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| error.format(&mut command));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and is not an error.
            let told = error.render().to_string();
            if error.exit_code() == 0 {
                let mut output = output::output();
                let written = output.write_all(told.as_bytes());
                return done(written.and_then(|()| output.flush()).map(|()| 0));
            }
            // The message contains the wrong argument, whatever its text is.
            let _ = output::error().write_all(told.as_bytes());
            return ExitCode::from(FAILURE);
        }
    };
    match cli.command {
        Command::Run {
            explain_denied,
            plugin,
        } => {
            let options = Options {
                explain_denied,
                ..cli.options
            };
            named(&options, &plugin)
        }
        Command::Plugin(plugin) => named(&cli.options, &plugin),
        Command::Record(arguments) => record::record(&cli.options, arguments),
        Command::Incident { action } => done(incident::incident(&cli.options, &action)),
        Command::Replay(arguments) => done(replay::replay(&cli.options, &arguments)),
        // Both were answered before.
        Command::Help { .. } | Command::Version => ExitCode::SUCCESS,
        Command::New(options) => done(new::new(&options)),
        Command::Bindings(options) => done(bindings::bindings(&options)),
        Command::Pack(options) => done(package::pack(&options)),
        Command::Sign(options) => done(package::sign(&options)),
        Command::Verify(options) => done(package::verify(&options)),
        Command::Test(options) => done(test::test(&cli.options, &options)),
        Command::Broker(service) => done(broker::broker(&cli.options, &service)),
        Command::Audit { action } => done(audit::audit(&cli.options, *action)),
        Command::Doctor { json } => done(doctor::doctor(&cli.options, json)),
        Command::Links { action } => done(links::links(&action)),
        Command::Man(page) => done(man::man(Cli::command(), &page)),
        Command::Completions { shell } => done(completions::completions(Cli::command(), shell)),
        Command::Install(options) => done(install::install(&cli.options, &options)),
        Command::Update(options) => done(install::update(&cli.options, &options)),
        Command::Rollback(named) => done(install::rollback(&cli.options, &named)),
        Command::Uninstall(named) => done(install::uninstall(&cli.options, &named)),
        Command::Publish(options) => done(install::publish(&cli.options, &options)),
        Command::List { json } => done(list::list(json)),
        Command::Schema { tool } => done(schema::schema(tool.as_deref())),
        Command::Report(options) => done(report::report(&options)),
        Command::Policy { action } => done(policy::policy(&cli.options, &action)),
        Command::Inspect {
            plugin,
            json,
            against,
        } => done(inspect::inspect(
            &cli.options,
            &plugin,
            json,
            against.as_deref(),
        )),
        Command::Grants { json, action } => done(match action {
            None => grants::list(json),
            Some(GrantsAction::Revoke { which }) => grants::revoke(json, &which),
        }),
        Command::Cache { json, action } => done(cache::cache(json, action.as_ref())),
    }
}

fn named(options: &Options, plugin: &[String]) -> ExitCode {
    match plugin.split_first() {
        Some((name, args)) => run::run(options, name, args.to_vec()),
        None => fail("no plugin named; try `nethost list`"),
    }
}

fn done(result: std::io::Result<u8>) -> ExitCode {
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN_PIPE),
        Err(error) => fail(&system_error::words(&error)),
    }
}

fn fail(message: &str) -> ExitCode {
    output::say("nethost", message);
    ExitCode::from(FAILURE)
}
