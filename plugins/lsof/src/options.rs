//! What the command line asks for.

use std::time::Duration;

use nethost_sdk::Exit;
use nethost_sdk::netdb::Services;
use nethost_sdk::text::printable;

use crate::address::Selector;
use crate::arguments::{Argument, Arguments};
use crate::command::Command;
use crate::databases::Users;
use crate::flags::FlagForm;
use crate::help::{self, misused};
use crate::marker;
use crate::sockets::Protocol;
use crate::state;

/// What stands in the column SIZE/OFF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SizeOrOffset {
    #[default]
    Both,
    Size,
    Offset,
}

/// How the list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    #[default]
    Columns,
    /// -F.
    Fields,
    /// -t.
    Terse,
    /// -J.
    Json,
}

/// Numbers or names that are selected, and those that are excluded.
#[derive(Clone, Debug)]
pub(crate) struct Set<T> {
    pub(crate) included: Vec<T>,
    pub(crate) excluded: Vec<T>,
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self {
            included: Vec::new(),
            excluded: Vec::new(),
        }
    }
}

impl<T> Set<T> {
    fn is_empty(&self) -> bool {
        self.included.is_empty() && self.excluded.is_empty()
    }
}

impl<T> Set<T> {
    fn push(&mut self, excluded: bool, item: T) {
        match excluded {
            true => self.excluded.push(item),
            false => self.included.push(item),
        }
    }
}

/// A descriptor of -d.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    Name(String),
    Numbers(u32, u32),
}

/// A folder of +d or +D.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) path: String,
    pub(crate) whole_tree: bool,
}

/// -r.
#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    pub(crate) interval: Duration,
    /// +r: until nothing is listed.
    pub(crate) until_none: bool,
    /// A format of strftime(3) for the line between two lists.
    pub(crate) marker: Option<String>,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(crate) and: bool,
    pub(crate) commands: Set<Command>,
    pub(crate) command_width: Option<usize>,
    pub(crate) descriptors: Set<Descriptor>,
    pub(crate) form: Form,
    pub(crate) fields: String,
    /// +f
    pub(crate) flags: Option<FlagForm>,
    pub(crate) groups: Set<u32>,
    pub(crate) show_group: bool,
    pub(crate) internet: Vec<Selector>,
    pub(crate) any_internet: bool,
    /// -x: only with folders.
    pub(crate) crosses: bool,
    pub(crate) numeric_users: bool,
    pub(crate) numeric_hosts: bool,
    pub(crate) numeric_ports: bool,
    pub(crate) network_files: bool,
    pub(crate) size_or_offset: SizeOrOffset,
    pub(crate) offset_digits: usize,
    pub(crate) pids: Set<u32>,
    pub(crate) allow_failure: bool,
    pub(crate) repeat: Option<Repeat>,
    pub(crate) show_parent: bool,
    /// States of TCP by number.
    pub(crate) states: Set<u8>,
    pub(crate) tcp_state: bool,
    pub(crate) tcp_queues: bool,
    pub(crate) users: Set<u32>,
    pub(crate) unix: bool,
    pub(crate) verbose: bool,
    pub(crate) skip_internet: bool,
    pub(crate) show_links: bool,
    pub(crate) links_below: Option<u64>,
    pub(crate) folders: Vec<Folder>,
    pub(crate) names: Vec<String>,
}

fn with_sign(item: &str) -> (bool, &str) {
    match item.strip_prefix('^') {
        Some(item) => (true, item),
        None => (false, item),
    }
}

fn numbers(set: &mut Set<u32>, text: &str, what: &str) -> Result<(), Exit> {
    for item in text.split(',') {
        let (excluded, item) = with_sign(item);
        let number = item
            .parse()
            .map_err(|_| misused(format_args!("illegal {what} ID: {}", printable(item))))?;
        set.push(excluded, number);
    }
    Ok(())
}

impl Options {
    /// Reads the command line.
    pub(crate) async fn read(
        args: &[String],
        users: &mut Users,
        services: &mut Services,
    ) -> Result<Self, Exit> {
        let mut options = Self {
            tcp_state: true,
            offset_digits: 8,
            ..Self::default()
        };
        let mut args = Arguments::new(args);
        while let Some(argument) = args.next() {
            match argument {
                Argument::Operand(name) => options.names.push(name),
                Argument::Option(sign, letter) => {
                    options
                        .read_option(sign, letter, &mut args, users, services)
                        .await?;
                }
            }
        }
        if options.and && options.selects_nothing() {
            return Err(misused("no select options to AND via -a"));
        }
        if options.crosses && options.folders.is_empty() {
            return Err(misused("-x must accompany +d or +D"));
        }
        Ok(options)
    }

    async fn read_option(
        &mut self,
        sign: char,
        letter: char,
        args: &mut Arguments,
        users: &mut Users,
        services: &mut Services,
    ) -> Result<(), Exit> {
        let mut required = || {
            let missing = || match (sign, letter) {
                ('-', 'c') => misused("missing -c option value"),
                ('+', 'c') => misused("+c not followed by width number"),
                (_, 'd' | 'D') if sign == '+' => misused("+d not followed by a directory path"),
                (_, 'e') => misused(format_args!(
                    "{sign}e not followed by a file system path: \"(null)\""
                )),
                (_, 'd') => misused("no file descriptor specified"),
                (_, 'p') => misused("no process ID specified"),
                (_, 'u') => misused("no UIDs specified"),
                _ => misused(format_args!("{sign}{letter} not followed by a value")),
            };
            args.required().ok_or_else(missing)
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match (sign, letter) {
            ('-', 'a') => self.and = true,
            // Warnings, calls that could block, and overhead: there are none here.
            ('-', 'b' | 'C' | 'O') | (_, 'w') => {}
            ('+', 'c') => {
                let width = required()?;
                self.command_width = Some(width.parse().map_err(|_| {
                    misused(format_args!("illegal command width: {}", printable(&width)))
                })?);
            }
            ('-', 'c') => self.read_command(&required()?)?,
            ('-', 'd') => self.read_descriptors(&required()?)?,
            ('+', 'd' | 'D') => self.folders.push(Folder {
                path: required()?,
                whole_tree: letter == 'D',
            }),
            ('-', 'F') => {
                self.form = Form::Fields;
                if let Some(fields) = args.optional(|_| true) {
                    if fields.contains('?') {
                        return Err(help::fields());
                    }
                    self.fields = fields;
                }
            }
            (_, 'g') => {
                self.show_group = true;
                if let Some(groups) = args.optional(|_| true) {
                    numbers(&mut self.groups, &groups, "process group")?;
                }
            }
            ('-', 'h' | '?') => return Err(help::help()),
            ('-', 'i') => match args.optional(|_| true) {
                Some(text) => self.internet.push(Selector::read(&text, services).await?),
                None => self.any_internet = true,
            },
            ('-', 'J') => self.form = Form::Json,
            ('-', 'l') => self.numeric_users = true,
            (_, 'L') => {
                self.show_links = sign == '+';
                if let Some(below) = args.optional(is_number) {
                    let below: u64 = below.parse().unwrap_or_default();
                    self.links_below = Some(below).filter(|below| *below > 0 && sign == '+');
                }
            }
            ('-', 'n') => self.numeric_hosts = true,
            ('-', 'N') => self.network_files = true,
            ('-', 'o') => match args.optional(is_number) {
                Some(digits) => self.offset_digits = digits.parse().unwrap_or(8),
                None => self.size_or_offset = SizeOrOffset::Offset,
            },
            (_, 'p') => numbers(&mut self.pids, &required()?, "process")?,
            ('-', 'P') => self.numeric_ports = true,
            ('-', 'Q') => self.allow_failure = true,
            (_, 'r') => {
                let fits = |text: &str| text.starts_with(|c: char| c == 'm' || c.is_ascii_digit());
                let text = args.optional(fits).unwrap_or_default();
                let (seconds, marker) = match text.split_once('m') {
                    Some((seconds, marker)) => (seconds, Some(marker.to_owned())),
                    None => (text.as_str(), None),
                };
                if let Some(format) = &marker
                    && marker::now(format).is_none()
                {
                    return Err(misused(format_args!(
                        "illegal <fmt>: \"{}\"",
                        printable(format)
                    )));
                }
                self.repeat = Some(Repeat {
                    interval: Duration::from_secs(seconds.parse().unwrap_or(15)),
                    until_none: sign == '+',
                    marker,
                });
            }
            ('-', 'R') => self.show_parent = true,
            ('-', 's') => match args.optional(|_| true) {
                Some(states) => self.read_states(&states)?,
                None => self.size_or_offset = SizeOrOffset::Size,
            },
            ('-', 'S') => drop(args.optional(is_number)),
            ('-', 't') => self.form = Form::Terse,
            ('-', 'T') => {
                let chosen = args.optional(|_| true).unwrap_or_default();
                (self.tcp_state, self.tcp_queues) = (false, false);
                for kind in chosen.chars() {
                    match kind {
                        's' => self.tcp_state = true,
                        'q' => self.tcp_queues = true,
                        // Linux tells none of these.
                        'f' => {}
                        other => {
                            return Err(misused(format_args!(
                                "unsupported TCP/TPI info selection: {other}"
                            )));
                        }
                    }
                }
            }
            ('-', 'u') => self.read_users(&required()?, users)?,
            ('-', 'U') => self.unix = true,
            ('-', 'v') => return Err(help::version()),
            ('-', 'V') => self.verbose = true,
            // Links are not followed by a list of what is open, and names are not looked up in file systems.
            ('-', 'x') => {
                self.crosses = true;
                let kinds = args.optional(|_| true).unwrap_or_default();
                if let Some(other) = kinds.chars().find(|kind| !"fl".contains(*kind)) {
                    let other = other.to_string();
                    let other = printable(&other);
                    return Err(misused(format_args!("unknown cross-over option: {other}")));
                }
            }
            ('-', 'X') => self.skip_internet = true,
            (_, 'f') => self.read_flags(sign, &args.optional(|_| true).unwrap_or_default())?,
            // Exempts a file system from calls that could block: there are none here.
            (_, 'e') => {
                let path = required()?;
                if !path.starts_with('/') {
                    return Err(misused(format_args!(
                        "{sign}e not followed by a file system path: \"{}\"",
                        printable(&path)
                    )));
                }
            }
            (_, 'E') => return Err(not_built(sign, "E: endpoints of pipes and sockets")),
            // Tasks are not listed by themselves, so that there are none to leave out.
            ('-', 'K') => match args.optional(|text| text == "i") {
                Some(_) => {}
                None => return Err(not_built(sign, "K: tasks")),
            },
            ('-', 'm') => return Err(misused("-m not supported")),
            ('+', 'm') => return Err(not_built(sign, "m: mount supplements")),
            // The portmapper is not asked, so that -M has nothing to leave out.
            ('-', 'M') => {}
            ('+', 'M') => return Err(not_built(sign, "M: registrations of the portmapper")),
            ('-', 'Z') => return Err(misused("-Z limited to SELinux")),
            (_, other) => {
                return Err(misused(format_args!(
                    "illegal option character: {}",
                    printable(&other.to_string())
                )));
            }
        }
        Ok(())
    }

    fn read_command(&mut self, text: &str) -> Result<(), Exit> {
        let (excluded, name) = with_sign(text);
        if name.is_empty() {
            return Err(misused("missing -c command"));
        }
        let command = match excluded {
            // Only names are excluded.
            true => Command::Prefix(name.to_owned()),
            false => Command::read(name)?,
        };
        self.commands.push(excluded, command);
        Ok(())
    }

    /// +f alone, and -f, are about names of file systems.
    fn read_flags(&mut self, sign: char, kinds: &str) -> Result<(), Exit> {
        for kind in kinds.chars() {
            let form = match kind {
                'g' => FlagForm::Letters,
                'G' => FlagForm::Number,
                other => {
                    return Err(misused(format_args!(
                        "unknown file struct option: {}",
                        printable(&other.to_string())
                    )));
                }
            };
            self.flags = (sign == '+').then_some(form);
        }
        Ok(())
    }

    fn read_descriptors(&mut self, text: &str) -> Result<(), Exit> {
        for item in text.split(',') {
            let (excluded, name) = with_sign(item);
            let range = name.split_once('-').unwrap_or((name, name));
            let descriptor = match (range.0.parse(), range.1.parse()) {
                (Ok(first), Ok(last)) if first <= last => Descriptor::Numbers(first, last),
                (Ok(_), _) => {
                    return Err(misused(format_args!(
                        "illegal FD range for -d: {}",
                        printable(item)
                    )));
                }
                _ => Descriptor::Name(name.to_ascii_lowercase()),
            };
            let other = match excluded {
                true => !self.descriptors.included.is_empty(),
                false => !self.descriptors.excluded.is_empty(),
            };
            if other {
                let (what, list) = match excluded {
                    true => ("exclude in an include", ""),
                    false => ("include in an exclude", ""),
                };
                return Err(misused(format_args!(
                    "{what}{list} -d list: {}",
                    printable(item)
                )));
            }
            self.descriptors.push(excluded, descriptor);
        }
        Ok(())
    }

    fn read_states(&mut self, text: &str) -> Result<(), Exit> {
        let (protocol, names) = text.split_once(':').unwrap_or((text, ""));
        match Protocol::named(protocol) {
            Some(Protocol::Tcp) => {}
            Some(_) => {
                return Err(misused(format_args!(
                    "no UDP state names available: {}",
                    printable(text)
                )));
            }
            None => {
                return Err(misused(format_args!(
                    "unknown -s protocol: \"{}\"",
                    printable(text)
                )));
            }
        }
        for item in names.split(',') {
            let (excluded, name) = with_sign(item);
            let state = state::named(name).ok_or_else(|| {
                misused(format_args!("unknown TCP state name: {}", printable(name)))
            })?;
            self.states.push(excluded, state);
        }
        Ok(())
    }

    fn read_users(&mut self, text: &str, users: &mut Users) -> Result<(), Exit> {
        for item in text.split(',') {
            let (excluded, name) = with_sign(item);
            let id = match name.parse() {
                Ok(id) => id,
                Err(_) => users.id(name).ok_or_else(|| {
                    misused(format_args!("can't get UID for {}", printable(name)))
                })?,
            };
            self.users.push(excluded, id);
        }
        Ok(())
    }

    fn selects_nothing(&self) -> bool {
        let selects = self.selects_internet()
            || self.unix
            || self.network_files
            || self.links_below.is_some()
            || !self.names.is_empty()
            || !self.folders.is_empty()
            || !self.commands.is_empty()
            || !self.descriptors.is_empty()
            || !self.pids.is_empty()
            || !self.groups.is_empty()
            || !self.users.is_empty();
        !selects
    }

    /// Whether Internet sockets are selected as such.
    pub(crate) fn selects_internet(&self) -> bool {
        self.any_internet || !self.internet.is_empty()
    }
}

/// An option of lsof that this has not.
fn not_built(sign: char, what: &str) -> Exit {
    Exit::failed(1, format!("lsof: not supported by nethost: {sign}{what}"))
}
