//! Words that begin with a hyphen.

use super::Parser;
use super::source::source;
use crate::kind::{self, rtype};
use crate::lookup::{Form, Lookup, TextKey};
use crate::name;
use crate::plus;
use crate::refusal::Refusal;
use crate::usage;

/// Letters without a value.
pub(super) const SWITCHES: &str = "46dhimnruv";
/// All of them.
pub(super) const LETTERS: &str = "46abcdfhikmnpqrtvyx";

impl Parser {
    /// Long options, which dig has not.
    pub(super) fn long(&mut self, lookup: &mut Lookup, option: &str) -> Result<(), Refusal> {
        match option.split_once('=').unwrap_or((option, "")) {
            ("json", "") => {
                self.globals.form = Form::Json;
                self.globals.command = false;
                lookup.stats = false;
                lookup.record_comments = -1;
            }
            ("watch", "") => self.globals.watch = Some(1),
            ("watch", seconds) => {
                let failed = "Couldn't parse the seconds of --watch";
                self.globals.watch =
                    Some(plus::number(seconds, 86_400, "interval", failed)?.max(1));
            }
            ("help", "") => return Err(Refusal::done(usage::long(), "")),
            ("version", "") => return Err(Refusal::done(String::new(), usage::VERSION)),
            _ => return Err(Refusal::usage(format!("Invalid option: --{option}"))),
        }
        Ok(())
    }

    /// Letters, several of which may stand together.
    pub(super) fn dash(
        &mut self,
        lookup: &mut Lookup,
        mut option: &str,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), Refusal> {
        while let Some(letter) = option.chars().next().filter(|c| SWITCHES.contains(*c)) {
            match letter {
                '4' => self.globals.ipv4_only = true,
                '6' => self.globals.ipv6_only = true,
                'h' => return Err(Refusal::done(usage::long(), "")),
                'v' => return Err(Refusal::done(String::new(), usage::VERSION)),
                'u' => lookup.microseconds = true,
                // -d, -i, -m and -n have no effect, and -r has had its own.
                _ => {}
            }
            option = option.get(1..).unwrap_or_default();
            if option.is_empty() {
                return Ok(());
            }
        }
        let letter = option.chars().next().unwrap_or_default();
        let invalid = || Refusal::usage(format!("Invalid option: -{option}"));
        if !LETTERS.contains(letter) {
            return Err(invalid());
        }
        let value = match option.get(1..) {
            Some("") | None => rest.next().ok_or_else(invalid)?,
            Some(attached) => attached,
        };
        match letter {
            'a' => self.globals.anchors = Some(value.to_owned()),
            'b' => self.globals.source = Some(source(value)?),
            'c' => self.class(lookup, value),
            'f' => self.batch = Some(value.to_owned()),
            'k' => self.globals.key_file = Some(value.to_owned()),
            'p' => {
                let failed = "Couldn't parse port number";
                let port = plus::number(value, 0xffff, "port number", failed)
                    .map_err(|refusal| Refusal { code: 1, ..refusal })?;
                self.globals.port = Some(port as u16);
            }
            'q' => self.begin(lookup, value, None),
            't' => self.rtype(lookup, value)?,
            'x' => self.begin(lookup, &name::reverse(value), Some(rtype::PTR)),
            'y' => self.globals.key = Some(self.key(value)?),
            _ => return Err(invalid()),
        }
        Ok(())
    }

    fn class(&mut self, lookup: &mut Lookup, value: &str) {
        if lookup.class_set {
            self.warn(";; Warning, extra class option");
        }
        self.open = false;
        match kind::parse_class(value) {
            Some(class) => {
                lookup.class = class;
                lookup.class_set = true;
            }
            None => self.warn(&format!(
                ";; Warning, ignoring invalid class {}",
                nethost_sdk::text::printable(value)
            )),
        }
    }

    fn rtype(&mut self, lookup: &mut Lookup, value: &str) -> Result<(), Refusal> {
        self.open = false;
        let serial = value
            .get(..5)
            .filter(|start| start.eq_ignore_ascii_case("ixfr="))
            .and(value.get(5..));
        let code = match serial {
            Some(_) => Some(rtype::IXFR),
            None => kind::parse_type(value).filter(|code| *code != rtype::IXFR),
        };
        match code {
            Some(code) => self.set_type(lookup, code, serial),
            None => {
                self.warn(&format!(
                    ";; Warning, ignoring invalid type {}",
                    nethost_sdk::text::printable(value)
                ));
                Ok(())
            }
        }
    }

    /// `[hmac:]name:secret`.
    fn key(&mut self, value: &str) -> Result<TextKey, Refusal> {
        let parts: Vec<&str> = value.splitn(3, ':').collect();
        let (algorithm, name, secret) = match parts.as_slice() {
            [name, secret] => ("hmac-md5", *name, *secret),
            [algorithm, name, secret] => (*algorithm, *name, *secret),
            _ => return Err(Refusal::usage(String::new())),
        };
        if !crate::signing::tsig::is_algorithm(algorithm) {
            self.warn(&format!(
                ";; Warning, ignoring invalid TSIG algorithm {}",
                nethost_sdk::text::printable(algorithm)
            ));
        }
        Ok(TextKey {
            algorithm: algorithm.to_owned(),
            name: name.to_owned(),
            secret: secret.to_owned(),
        })
    }
}
