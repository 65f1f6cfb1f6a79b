//! Reads the command line, in curl's own way: letters may be bundled, long names cut, and `--next` begins another group.

pub(crate) mod config_file;
pub(crate) mod data;
pub(crate) mod files;
pub(crate) mod flags;
pub(crate) mod help;
pub(crate) mod number;
pub(crate) mod protocols;
pub(crate) mod variables;

use nethost_sdk::Exit;
use nethost_sdk::output::complain;

use crate::settings::{Family, Global, HttpVersion, Method, Operation, Resume, TraceTo};
use flags::{Effect, Flag};

/// What is wrong with an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Unknown,
    Ambiguous,
    NoParameter,
    BadNumber,
    NegativeNumber,
    TooLarge,
    BadUse,
    Unreadable,
    /// A protocol that is not spoken here.
    Unspoken,
    Absent,
    NoSwitch,
    BadExpansion,
    Contradiction,
    /// The run ends here, well or not.
    Ends(Exit),
}

impl Problem {
    fn text(&self) -> &'static str {
        match self {
            Self::Unknown => "is unknown",
            Self::Ambiguous => "is ambiguous",
            Self::NoParameter => "requires parameter",
            Self::BadNumber => "expected a proper numerical parameter",
            Self::NegativeNumber => "expected a positive numerical parameter",
            Self::TooLarge => "too large number",
            Self::BadUse => "is badly used here",
            Self::Unreadable => "error encountered when reading a file",
            Self::Unspoken => "a specified protocol is unsupported by libcurl",
            Self::Absent => "the installed libcurl version doesn't support this",
            Self::NoSwitch => "used '--no-' for option that isn't a boolean",
            Self::BadExpansion => "variable expansion failure",
            Self::Contradiction | Self::Ends(_) => "",
        }
    }
}

/// The reference at the end of what is wrong.
pub(crate) const TRY: &str = "curl: try 'curl --help' or 'curl --manual' for more information";

/// A command line that is being read.
pub(crate) struct Parser {
    pub(crate) global: Global,
    pub(crate) operations: Vec<Operation>,
    /// How many configuration files are being read.
    pub(crate) depth: u8,
}

impl Parser {
    /// Reads a command line, and `~/.curlrc` before it.
    pub(crate) fn read(args: &[String]) -> Result<(Global, Vec<Operation>), Exit> {
        let mut parser = Self {
            global: Global {
                parallel_max: 50,
                ..Global::default()
            },
            operations: vec![Operation::default()],
            depth: 0,
        };
        let first = args.first().map(String::as_str).unwrap_or_default();
        let disabled =
            first == "--disable" || (first.starts_with("-q") && !first.starts_with("--"));
        if !disabled {
            config_file::read_default(&mut parser)?;
        }
        parser.arguments(args)?;
        Ok((parser.global, parser.operations))
    }

    fn arguments(&mut self, args: &[String]) -> Result<(), Exit> {
        let mut only_urls = false;
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if only_urls || !arg.starts_with('-') || arg.is_empty() {
                self.url(arg.clone());
                if self.check_etags().is_err() {
                    return Err(Exit::failed(
                        2,
                        format!("curl: option {arg}: {}\n{TRY}", Problem::BadUse.text()),
                    ));
                }
                continue;
            }
            if arg == "--" {
                only_urls = true;
                continue;
            }
            let mut rest_of = rest.clone();
            match self.option(arg, rest_of.next().map(String::as_str)) {
                Ok(false) => {}
                Ok(true) => {
                    rest.next();
                }
                Err(Problem::Ends(exit)) => return Err(exit),
                Err(Problem::Contradiction) => return Err(Exit::silent(2)),
                Err(problem) => {
                    let code = match problem {
                        Problem::Unreadable => 26,
                        Problem::Unspoken => 1,
                        _ => 2,
                    };
                    let text = problem.text();
                    return Err(Exit::failed(
                        code,
                        format!("curl: option {arg}: {text}\n{TRY}"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Reads an option; true if it has taken the next argument.
    pub(crate) fn option(&mut self, arg: &str, next: Option<&str>) -> Result<bool, Problem> {
        if let Some(name) = arg.strip_prefix("--") {
            let (name, expands) = match name.strip_prefix("expand-") {
                Some(name) => (name, true),
                None => (name, false),
            };
            let found = flags::of_name(name);
            // A value may stand behind an equals sign.
            if let (Err(Problem::Unknown), Some((name, value))) = (&found, name.split_once('='))
                && let Ok((flag, true)) = flags::of_name(name)
                && !flag.takes.is_empty()
                && !expands
            {
                self.act(flag, true, Some(value))?;
                return Ok(false);
            }
            let (flag, on) = found?;
            if flag.takes.is_empty() || matches!(flag.effect, Effect::Ending) {
                if expands {
                    return Err(Problem::BadExpansion);
                }
                self.act(flag, on, next.filter(|_| flag.long == "help"))?;
                return Ok(false);
            }
            let value = next.ok_or(Problem::NoParameter)?;
            if expands {
                let value = variables::expand(&self.global.variables, value)?;
                self.act(flag, on, Some(&value))?;
            } else {
                self.warn_of_dash(flag, value);
                self.act(flag, on, Some(value))?;
            }
            return Ok(true);
        }
        let letters = arg.strip_prefix('-').unwrap_or_default();
        for (at, letter) in letters.char_indices() {
            let flag = flags::of_letter(letter).ok_or(Problem::Unknown)?;
            let rest = &letters[at + letter.len_utf8()..];
            // What is off without a letter is on with it: `-N` is --no-buffer.
            let on = !flag.long.starts_with("no-");
            if matches!(flag.effect, Effect::Ending) {
                self.act(flag, on, next.filter(|_| letter == 'h'))?;
            } else if flag.takes.is_empty() {
                self.act(flag, on, None)?;
            } else if !rest.is_empty() {
                self.act(flag, on, Some(rest))?;
                return Ok(false);
            } else {
                let value = next.ok_or(Problem::NoParameter)?;
                self.warn_of_dash(flag, value);
                self.act(flag, on, Some(value))?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn act(&mut self, flag: &Flag, on: bool, value: Option<&str>) -> Result<(), Problem> {
        let value = value.unwrap_or_default();
        // Typographic quotes come from texts that were copied.
        if value.starts_with(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}']) {
            warning(&format!(
                "The argument '{value}' starts with a Unicode character. Maybe ASCII was intended?"
            ));
        }
        match flag.effect {
            Effect::Set(set) => set(self, on),
            Effect::Check(set) => set(self, on)?,
            Effect::Value(set) => set(self, value)?,
            Effect::Text(set) => set(self, value.to_owned()),
            Effect::Ending => return Err(Problem::Ends(help::ending(flag.long, value))),
            Effect::Absent => return Err(Problem::Absent),
        }
        Ok(())
    }

    fn warn_of_dash(&self, flag: &Flag, value: &str) {
        let is_file = flag.takes == "<file>" || flag.takes == "<filename>";
        if is_file && value.starts_with('-') && value.len() > 1 {
            self.warn(&format!(
                "The file name argument '{value}' looks like a flag."
            ));
        }
    }

    /// The group of URLs that is being read.
    pub(crate) fn op(&mut self) -> &mut Operation {
        if self.operations.is_empty() {
            self.operations.push(Operation::default());
        }
        let last = self.operations.len() - 1;
        &mut self.operations[last]
    }

    /// Warns, wrapped as curl does it.
    pub(crate) fn warn(&self, text: &str) {
        if !self.global.silent {
            warning(text);
        }
    }

    fn http(&mut self, on: bool, version: HttpVersion) {
        self.op().version = if on { version } else { HttpVersion::Any };
    }

    fn family(&mut self, on: bool, family: Family) {
        self.op().family = if on { family } else { Family::Any };
    }

    fn url(&mut self, url: String) {
        self.op().place_of_url().url = Some(url);
    }

    /// `--url`: a URL, or a file of them behind `@`.
    fn urls(&mut self, value: &str) -> Result<(), Problem> {
        let Some(path) = value.strip_prefix('@') else {
            self.url(value.to_owned());
            return self.check_etags();
        };
        let bytes = files::read(path).map_err(|reason| {
            self.warn(&format!("Failed to open {path}: {reason}"));
            Problem::Unreadable
        })?;
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                self.url(line.to_owned());
                self.op().place_of_output().remote_name = true;
            }
        }
        Ok(())
    }

    /// The options for ETag fields are about one URL.
    fn check_etags(&mut self) -> Result<(), Problem> {
        let op = self.op();
        let uses = op.etag_save.is_some() || op.etag_compare.is_some();
        if uses && op.gets.iter().filter(|get| get.url.is_some()).count() > 1 {
            complain("curl: The etag options only work on a single URL");
            return Err(Problem::BadUse);
        }
        Ok(())
    }

    /// What cannot go together with a transfer that goes on.
    fn check_resume(&mut self) -> Result<(), Problem> {
        let op = self.op();
        let other = match (op.resume, op.no_clobber, op.remove_on_error) {
            (Resume::No, ..) | (_, false, false) => return Ok(()),
            (_, true, _) => "--no-clobber",
            _ => "--remove-on-error",
        };
        complain(format_args!(
            "curl: --continue-at is mutually exclusive with {other}"
        ));
        Err(Problem::BadUse)
    }

    /// `--trace-config`: `time`, and parts of the tool, which have no more to tell than `--verbose` does.
    fn trace_config(&mut self, value: &str) -> Result<(), Problem> {
        for item in value.split([',', ' ']).filter(|item| !item.is_empty()) {
            let (name, on) = match item.strip_prefix('-') {
                Some(name) => (name, false),
                None => (item.strip_prefix('+').unwrap_or(item), true),
            };
            match name.to_ascii_lowercase().as_str() {
                "ids" => return Err(Problem::Absent),
                "time" | "all" => self.global.trace_time = on,
                _ => {}
            }
        }
        Ok(())
    }

    fn output(&mut self, path: String) {
        let place = self.op().place_of_output();
        place.output = Some(path);
        place.remote_name = false;
        place.output_set = true;
    }

    fn remote_name(&mut self, on: bool) {
        let place = self.op().place_of_output();
        place.output = None;
        place.remote_name = on;
        place.output_set = true;
    }

    fn no_output(&mut self, on: bool) {
        let place = self.op().place_of_output();
        place.no_output = on;
        place.output_set = true;
    }

    fn upload(&mut self, path: String) {
        let place = self.op().place_of_upload();
        place.upload_set = true;
        place.upload = Some(path).filter(|path| !path.is_empty());
    }

    fn fail(&mut self, on: bool, with_body: bool) -> Result<(), Problem> {
        let op = self.op();
        let other = if with_body {
            op.fail_with_body = on;
            op.fail
        } else {
            op.fail = on;
            op.fail_with_body
        };
        if on && other {
            let (chosen, left) = match with_body {
                true => ("--fail-with-body", "--fail"),
                false => ("--fail", "--fail-with-body"),
            };
            match with_body {
                true => self.op().fail = false,
                false => self.op().fail_with_body = false,
            }
            self.warn(&format!("{chosen} deselects {left} here"));
        }
        Ok(())
    }

    fn verbose(&mut self, on: bool) {
        self.global.verbose = match on {
            true => self.global.verbose.saturating_add(1),
            false => 0,
        };
    }

    fn trace(&mut self, path: String, hex: bool) {
        self.global.trace = Some(TraceTo { path, hex });
    }

    fn next(&mut self) -> Result<(), Problem> {
        if self.op().gets.iter().all(|get| get.url.is_none()) {
            // Where nothing was said yet, it has no effect.
            if self.depth > 0 || self.op().gets.is_empty() {
                return Ok(());
            }
            complain("curl: missing URL before --next");
            return Err(Problem::BadUse);
        }
        self.operations.push(Operation::default());
        Ok(())
    }

    /// Asks for a kind of request.
    pub(crate) fn ask(&mut self, method: Method) -> Result<(), Problem> {
        self.op().ask(method).map_err(|(set, asked)| {
            if !self.global.silent {
                contradiction(asked, set);
            }
            Problem::Contradiction
        })
    }
}

/// Two kinds of requests are asked for.
pub(crate) fn contradiction(asked: Method, set: Method) {
    let name = |method| match method {
        Method::Unset => "",
        Method::Get => "GET (-G, --get)",
        Method::Head => "HEAD (-I, --head)",
        Method::Form => "multipart formpost (-F, --form)",
        Method::Post => "POST (-d, --data)",
    };
    warning(&format!(
        "You can only select one HTTP request method! You asked for both {} and {}.",
        name(asked),
        name(set)
    ));
}

/// A warning on lines of at most 79 characters.
pub(crate) fn warning(text: &str) {
    const PREFIX: &str = "Warning: ";
    let width = 79 - PREFIX.len();
    let mut rest = text;
    while rest.len() > width {
        let end = (0..=width).rev().find(|at| rest.is_char_boundary(*at));
        let end = end.unwrap_or(width);
        let cut = rest[..end].rfind([' ', '\t']).map_or(end, |at| at + 1);
        complain(format_args!("{PREFIX}{}", &rest[..cut]));
        rest = &rest[cut..];
    }
    complain(format_args!("{PREFIX}{rest}"));
}
