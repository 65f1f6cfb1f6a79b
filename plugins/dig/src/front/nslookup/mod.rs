//! `nslookup`: looks names up, one by one or in a dialogue, as BIND's nslookup does.

mod settings;
pub(crate) mod show;

use std::collections::VecDeque;
use std::io::BufRead;

use nethost_sdk::Exit;
use nethost_sdk::output::{complain, show};
use nethost_sdk::terminal::{StandardStream, is_terminal};

use super::{Outcome, Program, chase};
use crate::kind::rtype;
use crate::lookup::{Form, Globals, Lookup};
use crate::reply::Reply;
use crate::report::Report;
use crate::session::Session;
use crate::{name, usage};
use settings::Settings;

pub(super) const USAGE: &str = concat!(
    "Usage:\n",
    "   nslookup [-opt ...]             # interactive mode using default server\n",
    "   nslookup [-opt ...] - server    # interactive mode using 'server'\n",
    "   nslookup [-opt ...] host        # just look up 'host' using default server\n",
    "   nslookup [-opt ...] host server # just look up 'host' using 'server'\n",
);

/// The longest line that is read.
const LONGEST: usize = 64 << 10;

struct Nslookup {
    session: Session,
    settings: Settings,
    report: Report,
    /// No server has been reached yet.
    unreached: bool,
}

pub(super) async fn run(args: &[String], form: Form) -> Result<u8, Exit> {
    let session = Session::new(&Globals::default(), false)?;
    let mut nslookup = Nslookup {
        settings: Settings::new(form, session.conf()),
        session,
        report: Report::new(form),
        unreached: true,
    };
    let mut lookup = None;
    let mut is_dialogue = true;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            Some(option)
                if option
                    .get(..3)
                    .is_some_and(|start| start.eq_ignore_ascii_case("ver")) =>
            {
                let version = usage::PROGRAM.replacen("DiG", "nslookup", 1);
                return Err(Exit::failed(0, version));
            }
            Some("") if lookup.is_none() => lookup = Some(String::new()),
            Some("") => {}
            Some(option) => nslookup.set(option).await?,
            None if lookup.is_none() => {
                lookup = Some(word.clone());
                is_dialogue = false;
            }
            None if words.len() > 0 => return Err(Exit::misused(1, "")),
            None => nslookup.server(word).await?,
        }
    }
    match (lookup, is_dialogue) {
        (Some(name), false) => nslookup.look_up(&name).await?,
        _ => nslookup.dialogue().await?,
    }
    if form == Form::Text {
        show("\n")?;
    }
    let failed = nslookup.unreached || nslookup.report.heard.failed;
    Ok(u8::from(failed))
}

impl Nslookup {
    async fn dialogue(&mut self) -> Result<(), Exit> {
        let prompts = is_terminal(StandardStream::Input);
        loop {
            if prompts {
                show("> ")?;
            }
            let mut line = Vec::new();
            let mut input = std::io::Read::take(std::io::stdin().lock(), LONGEST as u64);
            let read = input.read_until(b'\n', &mut line);
            if read.map_or(true, |count| count == 0) {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line).into_owned();
            let mut words = line
                .split([' ', '\t', '\r', '\n'])
                .filter(|word| !word.is_empty());
            let Some(command) = words.next() else {
                continue;
            };
            let argument = words.next();
            match (command.to_ascii_lowercase().as_str(), argument) {
                ("set", Some(option)) => self.set(option).await?,
                ("server" | "lserver", argument) => {
                    if let Some(server) = argument {
                        self.server(server).await?;
                    }
                    self.show_servers(true).await?;
                }
                ("exit", _) => return Ok(()),
                ("help" | "?", _) => {
                    show(format_args!(
                        "The '{command}' command is not yet implemented.\n"
                    ))?;
                }
                ("finger" | "root" | "ls" | "view", _) => {
                    show(format_args!(
                        "The '{command}' command is not implemented.\n"
                    ))?;
                }
                _ => self.look_up(command).await?,
            }
        }
    }

    async fn set(&mut self, option: &str) -> Result<(), Exit> {
        match self.settings.set(option) {
            settings::Done::Set => Ok(()),
            settings::Done::Told(words) => show(words),
            settings::Done::Warned(words) => {
                complain(words);
                Ok(())
            }
            settings::Done::ShowAll => {
                self.show_servers(true).await?;
                show(self.settings.text())
            }
        }
    }

    /// The servers from now on are those of this name.
    async fn server(&mut self, name: &str) -> Result<(), Exit> {
        let lookup = Lookup {
            servers: vec![name.to_owned()],
            ..self.settings.lookup("")
        };
        let found = self.session.servers(&lookup).await;
        found.map_err(|why| Exit::failed(1, format!("dig: {why}")))?;
        self.settings.servers = lookup.servers;
        self.settings.needs_recursion = false;
        Ok(())
    }

    async fn show_servers(&self, all: bool) -> Result<(), Exit> {
        let lookup = self.settings.lookup("");
        let servers = self.session.servers(&lookup).await;
        let servers = servers.map_err(|why| Exit::failed(1, format!("dig: {why}")))?;
        let shown = if all { servers.usable.len() } else { 1 };
        for server in servers.usable.iter().take(shown) {
            show(format_args!(
                "Default server: {}\nAddress: {}\n",
                nethost_sdk::text::printable(&server.name),
                server.socket()
            ))?;
        }
        Ok(())
    }

    /// Asks for a name; both kinds of address unless a type was set.
    async fn look_up(&mut self, name: &str) -> Result<(), Exit> {
        self.report.heard.no_address = false;
        let first = self.settings.lookup(name);
        let several = self.settings.several();
        let mut lookups = VecDeque::from([first]);
        while let Some(lookup) = lookups.pop_front() {
            let asks_further = several && lookup.rtype == rtype::A;
            let next = lookup.clone();
            let outcome = Program::Nslookup
                .ask(&self.session, lookup, &mut self.report)
                .await?;
            let (asked, bytes) = match outcome {
                Outcome::NoName(code) => return Err(Exit::silent(code)),
                Outcome::Silence | Outcome::Searched(_) => continue,
                Outcome::Answer(asked, bytes) => (asked, bytes),
            };
            self.unreached = false;
            let Ok(reply) = Reply::parse(&bytes, true) else {
                continue;
            };
            self.report.heard.failed |= reply.rcode != 0;
            if asks_further && reply.rcode == 0 {
                lookups.push_back(Lookup {
                    name: name::text(&chase(&asked, &reply)),
                    rtype: rtype::AAAA,
                    ..next
                });
            }
        }
        Ok(())
    }
}
