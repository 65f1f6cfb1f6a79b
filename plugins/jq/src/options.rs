//! The command line. jq reads it in a way of its own: options and operands in any order, short options together, and
//! options with values that take the next words.

use nethost_sdk::Exit;

use crate::read::Mode;
use crate::value::{Map, Val};
use crate::write::Style;
use crate::{files, read, usage};

/// What the command line says.
#[derive(Default)]
pub(crate) struct Options {
    /// The program, or the file that it is in.
    pub(crate) program: Option<String>,
    pub(crate) from_file: bool,
    pub(crate) files: Vec<String>,
    pub(crate) folders: Vec<String>,
    pub(crate) named: Map,
    pub(crate) positional: Vec<Val>,
    pub(crate) mode: Mode,
    pub(crate) style: Style,
    pub(crate) null_input: bool,
    pub(crate) raw_input: bool,
    pub(crate) slurp: bool,
    pub(crate) raw: bool,
    pub(crate) join: bool,
    pub(crate) nul: bool,
    pub(crate) unbuffered: bool,
    pub(crate) exit_status: bool,
    /// Colours: asked for, refused, or as the terminal is.
    pub(crate) colour: Option<bool>,
}

/// What becomes of words that are no options.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Further {
    Files,
    Strings,
    Json,
}

fn wrong(message: impl std::fmt::Display) -> Exit {
    Exit::failed(2, format!("{message}\n{}", usage::HINT))
}

struct Words<'a> {
    words: &'a [String],
    at: usize,
    options: Options,
    further: Further,
}

/// The options that a command line gives.
///
/// # Errors
/// What ends the run: help, or a mistake.
pub(crate) fn parse(words: &[String]) -> Result<Options, Exit> {
    let mut words = Words {
        words,
        at: 0,
        options: Options {
            style: Style {
                indent: Some(2),
                ..Style::default()
            },
            ..Options::default()
        },
        further: Further::Files,
    };
    words.all()?;
    Ok(words.options)
}

/// Whether a word is an option.
fn is_option(word: &str) -> bool {
    let octets = word.as_bytes();
    octets.first() == Some(&b'-')
        && octets
            .get(1)
            .is_some_and(|second| *second == b'-' || second.is_ascii_alphabetic())
}

impl Words<'_> {
    fn all(&mut self) -> Result<(), Exit> {
        let mut ended = false;
        while let Some(word) = self.words.get(self.at).cloned() {
            if ended || !is_option(&word) {
                self.operand(word)?;
            } else if word == "--" {
                ended = true;
            } else if let Some(name) = word.strip_prefix("--") {
                if !self.long(name)? {
                    return Err(wrong(format_args!("jq: Unknown option --{name}")));
                }
            } else {
                self.short(&word[1..])?;
            }
            self.at += 1;
        }
        Ok(())
    }

    fn operand(&mut self, word: String) -> Result<(), Exit> {
        if self.options.program.is_none() {
            self.options.program = Some(word);
            return Ok(());
        }
        match self.further {
            Further::Files => self.options.files.push(word),
            Further::Strings => self.options.positional.push(Val::text(word)),
            Further::Json => match read::parse(&word) {
                Ok(value) => self.options.positional.push(value),
                Err(_) => return Err(wrong("jq: invalid JSON text passed to --jsonargs")),
            },
        }
        Ok(())
    }

    fn short(&mut self, letters: &str) -> Result<(), Exit> {
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let name = match letter {
                's' => "slurp",
                'r' => "raw-output",
                'j' => "join-output",
                'c' => "compact-output",
                'C' => "color-output",
                'M' => "monochrome-output",
                'a' => "ascii-output",
                'S' => "sort-keys",
                'R' => "raw-input",
                'n' => "null-input",
                'f' => "from-file",
                'b' => "binary",
                'e' => "exit-status",
                'h' => "help",
                'V' => "version",
                'L' => {
                    let folder = rest.as_str();
                    return self.folder(folder);
                }
                _ => {
                    let message = format!("jq: Unknown option -{letter}");
                    return Err(wrong(message));
                }
            };
            self.long(name)?;
        }
        Ok(())
    }

    fn folder(&mut self, folder: &str) -> Result<(), Exit> {
        let folder = match folder {
            "" => match self.words.get(self.at + 1) {
                Some(next) => {
                    self.at += 1;
                    next.clone()
                }
                None => {
                    let message = "-L takes a parameter: (e.g. -L /search/path or -L/search/path)";
                    return Err(wrong(message));
                }
            },
            folder => folder.to_owned(),
        };
        self.options.folders.push(folder);
        Ok(())
    }

    /// The two words behind an option.
    fn two(&mut self, name: &str, what: &str) -> Result<(String, String), Exit> {
        match self.words.get(self.at + 1..self.at + 3) {
            Some([first, second]) => {
                self.at += 2;
                Ok((first.clone(), second.clone()))
            }
            _ => Err(wrong(format_args!(
                "jq: --{name} takes two parameters (e.g. --{name} {what})"
            ))),
        }
    }

    fn set(&mut self, name: String, value: Val) {
        self.options.named.entry(name.into()).or_insert(value);
    }

    /// Whether there is a long option of this name.
    fn long(&mut self, name: &str) -> Result<bool, Exit> {
        let options = &mut self.options;
        match name {
            "slurp" => options.slurp = true,
            "raw-output" => options.raw = true,
            "raw-output0" => (options.raw, options.join, options.nul) = (true, true, true),
            "join-output" => (options.raw, options.join) = (true, true),
            "compact-output" => (options.style.indent, options.style.tabs) = (None, false),
            "color-output" => options.colour = options.colour.or(Some(true)),
            "monochrome-output" => options.colour = Some(false),
            "ascii-output" => options.style.ascii = true,
            "unbuffered" => options.unbuffered = true,
            "sort-keys" => options.style.sorted = true,
            "raw-input" => options.raw_input = true,
            "null-input" => options.null_input = true,
            "from-file" => options.from_file = true,
            "binary" => {}
            "tab" => options.style.tabs = true,
            "indent" => self.indent()?,
            "seq" => options.mode.seq = true,
            "stream" => options.mode.stream = true,
            "stream-errors" => (options.mode.stream, options.mode.stream_errors) = (true, true),
            "exit-status" => options.exit_status = true,
            "args" => self.further = Further::Strings,
            "jsonargs" => self.further = Further::Json,
            "library-path" => self.folder("")?,
            "arg" => {
                let (name, value) = self.two("arg", "varname value")?;
                self.set(name, Val::text(value));
            }
            "argjson" => {
                let (name, value) = self.two("argjson", "varname text")?;
                if !self.options.named.contains_key(name.as_str()) {
                    let parsed = read::parse(&value)
                        .map_err(|_| wrong("jq: invalid JSON text passed to --argjson"))?;
                    self.set(name, parsed);
                }
            }
            "rawfile" | "slurpfile" => {
                let (variable, file) = self.two(name, "varname filename")?;
                if !self.options.named.contains_key(variable.as_str()) {
                    let value = files::load(&file, name == "rawfile").map_err(|reason| {
                        let message =
                            format!("jq: Bad JSON in --{name} {variable} {file}: {reason}");
                        Exit::failed(2, message)
                    })?;
                    self.set(variable, value);
                }
            }
            "help" => return Err(Exit::done(format!("{}{}", usage::SHORT, usage::OPTIONS))),
            "version" => {
                let version = concat!("jq-1.8 nethost-", env!("CARGO_PKG_VERSION"), "\n");
                return Err(Exit::done(version));
            }
            "build-configuration" => {
                let built = concat!(
                    "nethost ",
                    env!("CARGO_PKG_VERSION"),
                    ", jaq-core 3, wasm32-wasip2\n"
                );
                return Err(Exit::done(built));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn indent(&mut self) -> Result<(), Exit> {
        let Some(word) = self.words.get(self.at + 1) else {
            return Err(wrong("jq: --indent takes one parameter"));
        };
        self.at += 1;
        let style = &mut self.options.style;
        match word.parse::<i32>() {
            Ok(-1) => style.indent = None,
            Ok(0) => style.indent = None,
            Ok(count @ 1..=7) => style.indent = Some(count as usize),
            _ => return Err(wrong("jq: --indent takes a number between -1 and 7")),
        }
        style.tabs = false;
        Ok(())
    }
}
