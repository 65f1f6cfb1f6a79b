//! Reads the command line.

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
use crate::options::{
    Crosses, Descriptor, Endpoints, Folder, Form, Names, Options, Repeat, Set, SizeOrOffset, Tasks,
};
use crate::sockets::Protocol;
use crate::state;

/// The letters of -F.
const FIELDS: &str = "0acCdDfFgGiKklLmMnNoprRPsStTuz";

fn with_sign(item: &str) -> (bool, &str) {
    match item.strip_prefix('^') {
        Some(item) => (true, item),
        None => (false, item),
    }
}

fn numbers(set: &mut Set<u32>, text: &str, what: &str, short: &str) -> Result<(), Exit> {
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let (excluded, item) = with_sign(item);
        let number = item
            .parse()
            .map_err(|_| misused(format_args!("illegal {what} ID: {}", printable(text))))?;
        push(set, excluded, number, short)?;
    }
    Ok(())
}

/// Adds what is named once as included or excluded.
fn push(set: &mut Set<u32>, excluded: bool, number: u32, what: &str) -> Result<(), Exit> {
    let others = match excluded {
        true => &set.included,
        false => &set.excluded,
    };
    if others.contains(&number) {
        return Err(misused(format_args!(
            "{what} {number} has been included and excluded."
        )));
    }
    set.push(excluded, number);
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
            warns: true,
            ..Self::default()
        };
        let mut args = Arguments::new(args);
        let mut forms = Forms::default();
        while let Some(argument) = args.next() {
            match argument {
                Argument::Operand(name) => options.names.push(name),
                Argument::Option(sign, letter) => {
                    options
                        .read_option(sign, letter, &mut args, &mut forms, users, services)
                        .await?;
                }
            }
        }
        if options.and && options.selects_nothing() {
            return Err(misused("no select options to AND via -a"));
        }
        if options.crosses.given && options.folders.is_empty() {
            return Err(misused("-x must accompany +d or +D"));
        }
        if options.skip_internet && options.selects_internet() {
            return Err(misused("-i is useless when -X is specified."));
        }
        options.form = forms.form()?;
        Ok(options)
    }

    async fn read_option(
        &mut self,
        sign: char,
        letter: char,
        args: &mut Arguments,
        forms: &mut Forms,
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
            // Calls that could block, and overhead: there are none here.
            ('-', 'b' | 'C' | 'O') => {}
            (_, 'w') => self.warns = sign == '+',
            ('+', 'c') => {
                let width = required()?;
                let width = width.parse();
                let width = width.map_err(|_| misused("+c not followed by width number"))?;
                self.command_width = Some(width);
            }
            ('-', 'c') => self.read_command(&required()?)?,
            ('-', 'd') => self.read_descriptors(&required()?)?,
            ('+', 'd' | 'D') => self.folders.push(Folder {
                path: required()?,
                whole_tree: letter == 'D',
            }),
            ('-', 'F') => {
                forms.fields = true;
                if let Some(fields) = args.optional(|_| true) {
                    if fields.contains('?') {
                        return Err(help::fields());
                    }
                    if let Some(other) = fields.chars().find(|field| !FIELDS.contains(*field)) {
                        let other = other.to_string();
                        return Err(misused(format_args!(
                            "unknown field: {}",
                            printable(&other)
                        )));
                    }
                    self.fields = fields;
                }
            }
            (_, 'g') => {
                self.show_group = true;
                if let Some(groups) = args.optional(|_| true) {
                    numbers(&mut self.groups, &groups, "process group", "PGID")?;
                }
            }
            ('-', 'h' | '?') => return Err(help::help()),
            ('-', 'i') => match args.optional(|_| true) {
                Some(text) => self.internet.push(Selector::read(&text, services).await?),
                None => self.any_internet = true,
            },
            ('-', 'J') => forms.json = true,
            ('-', 'j') => forms.json_lines = true,
            ('-', 'l') => self.numeric_users = true,
            (_, 'L') => {
                self.show_links = sign == '+';
                if let Some(below) = args.optional(is_number) {
                    if sign == '-' {
                        return Err(misused("no number may follow -L"));
                    }
                    self.links_below = below.parse().ok();
                }
            }
            ('-', 'n') => self.numeric_hosts = true,
            ('-', 'N') => self.network_files = true,
            ('-', 'o') => match args.optional(is_number) {
                Some(digits) => self.offset_digits = digits.parse().unwrap_or(8),
                None => self.size_or_offset = SizeOrOffset::Offset,
            },
            (_, 'p') => numbers(&mut self.pids, &required()?, "process", "PID")?,
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
                let interval = Duration::from_secs(seconds.parse().unwrap_or(15));
                self.repeat = Some(Repeat {
                    interval,
                    until_none: sign == '+',
                    marker,
                })
                .filter(|_| !interval.is_zero());
            }
            ('-', 'R') => self.show_parent = true,
            ('-', 's') => match args.optional(|_| true) {
                Some(states) => self.read_states(&states)?,
                None => self.size_or_offset = SizeOrOffset::Size,
            },
            ('-', 'S') => drop(args.optional(is_number)),
            ('-', 't') => {
                forms.terse = true;
                self.warns = false;
            }
            ('-', 'T') => {
                let chosen = args.optional(|_| true).unwrap_or_default();
                (self.tcp_state, self.tcp_queues, self.tcp_given) = (false, false, true);
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
            ('-', 'x') => {
                let kinds = args.optional(|_| true).unwrap_or_default();
                if let Some(other) = kinds.chars().find(|kind| !"fl".contains(*kind)) {
                    let other = other.to_string();
                    let other = printable(&other);
                    return Err(misused(format_args!("unknown cross-over option: {other}")));
                }
                let has = |kind| kinds.is_empty() || kinds.contains(kind);
                self.crosses = Crosses {
                    given: true,
                    file_systems: self.crosses.file_systems || has('f'),
                    links: self.crosses.links || has('l'),
                };
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
            (_, 'E') => {
                self.endpoints = Some(match sign {
                    '+' => Endpoints::Listed,
                    _ => Endpoints::Told,
                });
            }
            ('-', 'K') => match args.optional(|_| true) {
                None => self.tasks = Tasks::Listed,
                Some(word) if word.eq_ignore_ascii_case("i") => self.tasks = Tasks::Ignored,
                Some(word) => {
                    return Err(misused(format_args!(
                        "-K not followed by i (but by {})",
                        printable(&word)
                    )));
                }
            },
            ('-', 'm') => return Err(misused("-m not supported")),
            ('+', 'm') => match args.optional(|text| !text.is_empty()) {
                None => self.lists_mounts = true,
                Some(_) => return Err(not_built(sign, "m m: mount supplements of a file")),
            },
            ('-', 'D') => return Err(misused("unsupported option: -D")),
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
        if kinds.is_empty() {
            self.names_are = match sign {
                '+' => Names::FileSystems,
                _ => Names::Files,
            };
        }
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
            let wrong = |what: &str| misused(format_args!("{what}: {}", printable(item)));
            let descriptor = match name.split_once('-') {
                None => match name.parse() {
                    Ok(number) => Descriptor::Numbers(number, number),
                    Err(_) => Descriptor::Name(name.to_ascii_lowercase()),
                },
                Some(("", _)) => return Err(wrong("illegal FD range for -d")),
                Some((first, last)) => {
                    // As lsof: nothing is 0.
                    let bound = |text: &str| match text {
                        "" => Ok(0),
                        text => text.parse(),
                    };
                    match (bound(first), bound(last)) {
                        (Ok(first), Ok(last)) if first < last => Descriptor::Numbers(first, last),
                        (Ok(_), Ok(_)) => return Err(wrong("-d FD range's low >= its high")),
                        _ => return Err(wrong("non-digit in -d FD range")),
                    }
                }
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
        let unknown = || misused(format_args!("unknown -s protocol: \"{}\"", printable(text)));
        let (protocol, names) = text.split_once(':').ok_or_else(unknown)?;
        match Protocol::named(protocol) {
            Some(Protocol::Tcp) => {}
            Some(_) => {
                return Err(misused(format_args!(
                    "no UDP state names available: {}",
                    printable(text)
                )));
            }
            None => return Err(unknown()),
        }
        if names.is_empty() {
            return Err(misused(format_args!(
                "no TCP state names in: {}",
                printable(text)
            )));
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
        for item in text.split(',').filter(|item| !item.is_empty()) {
            let (excluded, name) = with_sign(item);
            let id = match name.parse() {
                Ok(id) => id,
                Err(_) => users.id(name).ok_or_else(|| {
                    misused(format_args!("can't get UID for {}", printable(name)))
                })?,
            };
            push(&mut self.users, excluded, id, "UID")?;
        }
        Ok(())
    }
}

/// The forms that were asked for.
#[derive(Debug, Default)]
struct Forms {
    fields: bool,
    terse: bool,
    json: bool,
    json_lines: bool,
}

impl Forms {
    fn form(&self) -> Result<Form, Exit> {
        match (self.json, self.json_lines, self.terse, self.fields) {
            (true, true, ..) => Err(misused("-J and -j are mutually exclusive")),
            (true, _, true, _) | (_, true, true, _) => {
                Err(misused("-J/-j and -t are mutually exclusive"))
            }
            (true, ..) => Ok(Form::Json),
            (_, true, ..) => Ok(Form::JsonLines),
            (_, _, true, _) => Ok(Form::Terse),
            (_, _, _, true) => Ok(Form::Fields),
            _ => Ok(Form::Columns),
        }
    }
}

/// An option of lsof that this has not.
fn not_built(sign: char, what: &str) -> Exit {
    Exit::failed(1, format!("lsof: not supported by nethost: {sign}{what}"))
}
