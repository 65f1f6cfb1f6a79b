//! Parses the command line or a line of a batch file, word by word as dig does. Options before the first name apply
//! to all lookups, options after a name to that name.

mod dash;
mod source;

use std::rc::Rc;

use nethost_sdk::Exit;
use nethost_sdk::args::{Value, clean};

use crate::kind::{self, rtype};
use crate::lookup::{Globals, Greeting, Lookup};
use crate::plus;
use crate::refusal::{fatal, misused};
pub(crate) use dash::OPTIONS;
use dash::by_letter;

/// The lookup that options apply to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// The defaults of all following lookups.
    Model,
    /// A lookup whose name is not known yet.
    Nameless,
    Listed(usize),
}

/// Reads words.
pub(crate) struct Parser {
    pub(crate) globals: Globals,
    model: Lookup,
    lookups: Vec<Lookup>,
    /// For standard error.
    warnings: String,
    pub(crate) in_batch: bool,
    /// No name has been found yet.
    pub(crate) before_names: bool,
    /// What `+comments` and `+question` set before the first name, for zone transfers.
    pub(crate) transfer_comments: bool,
    pub(crate) transfer_question: bool,
    pub(crate) batch: Option<String>,
    /// `-r`: ~/.digrc is not read.
    pub(crate) without_rc: bool,
    /// The text is that of ~/.digrc: options for all lookups, without lookups.
    in_rc: bool,
    target: Target,
    arguments: Vec<String>,
    /// A greeting has been printed in this run.
    greeted: bool,
    /// This line has its greeting.
    line_greeted: bool,
    counted: Option<String>,
    open: bool,
}

impl Parser {
    /// `idn` is whether names are displayed to a person.
    pub(crate) fn new(idn: bool) -> Self {
        Self {
            globals: Globals {
                command: true,
                ..Globals::default()
            },
            model: Lookup {
                idn_in: idn,
                idn_out: idn,
                ..Lookup::default()
            },
            lookups: Vec::new(),
            warnings: String::new(),
            in_batch: false,
            before_names: true,
            transfer_comments: false,
            transfer_question: false,
            batch: None,
            without_rc: false,
            in_rc: false,
            target: Target::Model,
            arguments: Vec::new(),
            greeted: false,
            line_greeted: false,
            counted: None,
            open: true,
        }
    }

    /// Scans the whole command line before it is parsed word by word, as dig does.
    pub(crate) fn prepare(&mut self, arguments: &[String]) -> Result<Vec<String>, Exit> {
        let cleaned = clean(arguments).map_err(|error| fatal(error, 1))?;
        let mut words = cleaned.iter();
        while let Some(word) = words.next() {
            let Some(mut option) = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'))
            else {
                continue;
            };
            let valued = loop {
                let Some(letter) = option.chars().next() else {
                    break None;
                };
                let flag = by_letter(letter).ok_or_else(|| invalid(option))?;
                if flag.value != Value::None {
                    break Some(option);
                }
                match letter {
                    '4' => self.globals.ipv4_only = true,
                    '6' => self.globals.ipv6_only = true,
                    'r' => self.without_rc = true,
                    _ => {}
                }
                option = option.get(1..).unwrap_or_default();
            };
            if self.globals.ipv4_only && self.globals.ipv6_only {
                return Err(fatal("only one of -4 and -6 allowed", 1));
            }
            if let Some(option) = valued
                && option.len() == 1
                && words.next().is_none()
            {
                return Err(invalid(option));
            }
        }
        Ok(cleaned)
    }

    /// Parses the command line. Without a name, it asks for the name servers of the root.
    pub(crate) fn command_line(&mut self, words: &[String]) -> Result<Vec<Lookup>, Exit> {
        self.open = true;
        words.clone_into(&mut self.arguments);
        self.words(words)?;
        if self.lookups.is_empty() && self.batch.is_none() {
            self.with_target(|parser, lookup| {
                parser.begin(lookup, ".", None);
                lookup.rtype = rtype::NS;
                lookup.rtype_set = true;
                Ok(())
            })?;
        }
        Ok(self.finish())
    }

    /// Parses a line of ~/.digrc.
    pub(crate) fn rc_line(&mut self, line: &str) -> Result<(), Exit> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        (self.in_rc, self.open) = (true, true);
        let read = self.words(&words);
        self.in_rc = false;
        read
    }

    /// Parses a line of a batch file.
    pub(crate) fn batch_line(&mut self, line: &str) -> Result<Vec<Lookup>, Exit> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        self.in_batch = true;
        self.open = true;
        self.line_greeted = false;
        self.arguments.clone_from(&words);
        self.target = Target::Nameless;
        let mut nameless = self.model.clone();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            // A lookup without a name is kept here until its name is known.
            if self.target == Target::Nameless {
                self.word(&mut nameless, word, &mut words)?;
                if let Target::Listed(place) = self.target {
                    self.store(place, std::mem::take(&mut nameless));
                }
            } else {
                self.with_target(|parser, lookup| parser.word(lookup, word, &mut words))?;
            }
        }
        Ok(self.finish())
    }

    /// Takes the warnings so far.
    pub(crate) fn take_warnings(&mut self) -> String {
        std::mem::take(&mut self.warnings)
    }

    /// Notes a warning.
    pub(crate) fn warn(&mut self, words: &str) {
        self.warnings.push_str(words);
        self.warnings.push('\n');
    }

    /// The parsed lookups, each with the current settings for all lookups.
    fn finish(&mut self) -> Vec<Lookup> {
        let globals = Rc::new(self.globals.clone());
        let mut lookups = std::mem::take(&mut self.lookups);
        for lookup in &mut lookups {
            lookup.globals = Rc::clone(&globals);
        }
        self.target = Target::Model;
        lookups
    }

    fn words(&mut self, words: &[String]) -> Result<(), Exit> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word.starts_with('%') {
                break;
            }
            self.with_target(|parser, lookup| parser.word(lookup, word, &mut words))?;
        }
        Ok(())
    }

    /// Returns the lookup that options apply to.
    fn with_target(
        &mut self,
        act: impl FnOnce(&mut Self, &mut Lookup) -> Result<(), Exit>,
    ) -> Result<(), Exit> {
        let mut lookup = match self.target {
            Target::Listed(place) => self
                .lookups
                .get_mut(place)
                .map(std::mem::take)
                .unwrap_or_default(),
            _ => std::mem::take(&mut self.model),
        };
        let result = act(self, &mut lookup);
        match self.target {
            Target::Listed(place) => self.store(place, lookup),
            _ => self.model = lookup,
        }
        result
    }

    fn store(&mut self, place: usize, lookup: Lookup) {
        if let Some(slot) = self.lookups.get_mut(place) {
            *slot = lookup;
        }
    }

    /// Starts a lookup for this name and puts the current one back.
    pub(crate) fn begin(&mut self, lookup: &mut Lookup, name: &str, rtype: Option<u16>) {
        if self.in_rc {
            return;
        }
        match self.target {
            Target::Nameless => {}
            Target::Model => self.model = lookup.clone(),
            Target::Listed(place) => {
                let done = std::mem::replace(lookup, self.model.clone());
                self.store(place, done);
            }
        }
        name.clone_into(&mut lookup.name);
        if let Some(rtype) = rtype.filter(|_| !lookup.rtype_set) {
            lookup.rtype = rtype;
        }
        if !self.line_greeted && self.globals.command {
            lookup.greeting = Some(Greeting {
                arguments: self.arguments.clone(),
                first: !self.greeted,
                counted: self.counted.clone(),
                short: self.globals.short,
                command: self.globals.command,
            });
            self.greeted = true;
        }
        self.line_greeted = true;
        self.before_names = false;
        self.lookups.push(Lookup::default());
        self.target = Target::Listed(self.lookups.len() - 1);
    }

    fn word(
        &mut self,
        lookup: &mut Lookup,
        word: &str,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), Exit> {
        if let Some(server) = word.strip_prefix('@') {
            lookup.servers.push(server.to_owned());
            self.counted = Some(server.to_owned());
            return Ok(());
        }
        if let Some(option) = word.strip_prefix('+') {
            return plus::apply(self, lookup, option);
        }
        if let Some(option) = word.strip_prefix("--") {
            return self.long(lookup, option);
        }
        if let Some(option) = word.strip_prefix('-') {
            return self.dash(lookup, option, rest);
        }
        if self.open && self.type_or_class(lookup, word)? {
            return Ok(());
        }
        self.begin(lookup, word, None);
        Ok(())
    }

    /// Whether the word is a type or a class.
    fn type_or_class(&mut self, lookup: &mut Lookup, word: &str) -> Result<bool, Exit> {
        let transfer = word
            .get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case("ixfr="));
        if transfer {
            self.set_type(lookup, rtype::IXFR, word.get(5..))?;
            return Ok(true);
        }
        match kind::parse_type(word) {
            Some(rtype::IXFR) => {
                self.warn(";; Warning, ixfr requires a serial number");
                return Ok(true);
            }
            Some(code) => {
                self.set_type(lookup, code, None)?;
                return Ok(true);
            }
            None => {}
        }
        let Some(class) = kind::parse_class(word) else {
            return Ok(false);
        };
        if lookup.class_set {
            self.warn(";; Warning, extra class option");
        }
        lookup.class = class;
        lookup.class_set = true;
        Ok(true)
    }

    fn set_type(
        &mut self,
        lookup: &mut Lookup,
        code: u16,
        serial: Option<&str>,
    ) -> Result<(), Exit> {
        if lookup.rtype_set {
            self.warn(";; Warning, extra type option");
        }
        lookup.rtype = code;
        lookup.rtype_set = true;
        lookup.ixfr_serial = match serial {
            Some(text) => {
                let failed = "Couldn't parse serial number";
                plus::number(text, u32::MAX, "serial number", failed)
                    .map_err(|refusal| Exit { code: 1, ..refusal })?
            }
            None => 0,
        };
        if [rtype::AXFR, rtype::IXFR].contains(&code) {
            lookup.question = self.transfer_question;
            lookup.comments = self.transfer_comments;
        }
        if [rtype::ANY, rtype::IXFR].contains(&code) && !lookup.tcp_set {
            lookup.tcp = true;
        }
        Ok(())
    }
}

/// An unknown option, from its letter on.
fn invalid(option: &str) -> Exit {
    misused(format!("Invalid option: -{option}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
