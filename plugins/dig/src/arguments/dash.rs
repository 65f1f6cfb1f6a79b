//! Words that begin with a hyphen: each option with its help and its meaning.

use nethost_sdk::Exit;
use nethost_sdk::args::{self, Value};

use super::source::source;
use super::{Parser, invalid};
use crate::kind::{self, rtype};
use crate::lookup::{Form, Lookup, TextKey};
use crate::name;
use crate::plus;
use crate::refusal::misused;
use crate::usage;

/// What an option does, given its value.
type Effect = fn(&mut Parser, &mut Lookup, &str) -> Result<(), Exit>;
type Flag = args::Flag<Effect>;

/// The longest text of a name to BIND: each octet in four characters.
const LONGEST_REVERSE: usize = 1023;

const fn switch(letter: char, help: &'static str, effect: Effect) -> Flag {
    Flag::new(Some(letter), None, Value::None, help, effect)
}

const fn valued(letter: char, value: &'static str, help: &'static str, effect: Effect) -> Flag {
    let value = Value::Required(value);
    Flag::new(Some(letter), None, value, help, effect)
}

const fn long(name: &'static str, value: Value, help: &'static str, effect: Effect) -> Flag {
    Flag::new(None, Some(name), value, help, effect)
}

/// The order is that of the help text. dig has no long options: those are ours.
pub(crate) static OPTIONS: &[Flag] = &[
    switch('4', "IPv4 only", |parser, _, _| {
        parser.globals.ipv4_only = true;
        Ok(())
    }),
    switch('6', "IPv6 only", |parser, _, _| {
        parser.globals.ipv6_only = true;
        Ok(())
    }),
    valued(
        'a',
        "file",
        "trust anchors for +validate, instead of the root's",
        |parser, _, value| {
            parser.globals.anchors = Some(value.to_owned());
            Ok(())
        },
    ),
    valued(
        'b',
        "address[#port]",
        "from this address and port",
        |parser, _, value| {
            parser.globals.source = Some(source(value)?);
            Ok(())
        },
    ),
    valued('c', "class", "class", |parser, lookup, value| {
        parser.class(lookup, value);
        Ok(())
    }),
    switch('d', "", no_effect),
    valued(
        'f',
        "file",
        "batch: one command line in each line, many in flight",
        |parser, _, value| {
            parser.batch = Some(value.to_owned());
            Ok(())
        },
    ),
    switch('h', "this help", |_, _, _| Err(Exit::done(usage::long()))),
    switch('i', "", no_effect),
    valued(
        'k',
        "keyfile",
        "file with a TSIG key, or K*.private for SIG(0)",
        |parser, _, value| {
            parser.globals.key_file = Some(value.to_owned());
            Ok(())
        },
    ),
    switch('m', "accepted, without effect", no_effect),
    switch('n', "", no_effect),
    valued('p', "port", "port of the server", |parser, _, value| {
        let failed = "Couldn't parse port number";
        let port = plus::number(value, 0xffff, "port number", failed)
            .map_err(|refusal| Exit { code: 1, ..refusal })?;
        parser.globals.port = Some(port as u16);
        Ok(())
    }),
    valued('q', "name", "name", |parser, lookup, value| {
        parser.begin(lookup, value, None);
        Ok(())
    }),
    // Has had its effect before the options of that file were read.
    switch('r', "without the options of ~/.digrc", no_effect),
    valued('t', "type", "type", |parser, lookup, value| {
        parser.rtype(lookup, value)
    }),
    switch(
        'u',
        "microseconds instead of milliseconds",
        |_, lookup, _| {
            lookup.microseconds = true;
            Ok(())
        },
    ),
    switch('v', "version", |_, _, _| {
        Err(Exit::failed(0, usage::PROGRAM))
    }),
    valued('x', "address", "reverse lookup", |parser, lookup, value| {
        let name = name::reverse(value);
        if name.len() > LONGEST_REVERSE {
            let shown = nethost_sdk::text::printable(value);
            return Err(Exit::failed(1, format!("Invalid IP address {shown}")));
        }
        parser.begin(lookup, &name, Some(rtype::PTR));
        Ok(())
    }),
    valued(
        'y',
        "[hmac:]name:key",
        "TSIG key in base64",
        |parser, _, value| {
            parser.globals.key = Some(parser.key(value)?);
            Ok(())
        },
    ),
    long("json", Value::None, "JSON lines", |parser, lookup, _| {
        parser.globals.form = Form::Json;
        parser.globals.command = false;
        lookup.stats = false;
        lookup.record_comments = -1;
        Ok(())
    }),
    long(
        "watch",
        Value::Optional("seconds"),
        "ask again and again, and mark what changes",
        |parser, _, seconds| {
            let failed = "Couldn't parse the seconds of --watch";
            parser.globals.watch = Some(match seconds {
                "" => 1,
                seconds => plus::number(seconds, 86_400, "interval", failed)?.max(1),
            });
            Ok(())
        },
    ),
    long("help", Value::None, "", |_, _, _| {
        Err(Exit::done(usage::long()))
    }),
    long("version", Value::None, "", |_, _, _| {
        Err(Exit::failed(0, usage::PROGRAM))
    }),
];

fn no_effect(_: &mut Parser, _: &mut Lookup, _: &str) -> Result<(), Exit> {
    Ok(())
}

/// The option of a letter.
pub(super) fn by_letter(letter: char) -> Option<&'static Flag> {
    OPTIONS.iter().find(|flag| flag.short == Some(letter))
}

impl Parser {
    /// A long option, given without its hyphens.
    pub(super) fn long(&mut self, lookup: &mut Lookup, option: &str) -> Result<(), Exit> {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let flag = OPTIONS.iter().find(|flag| flag.long == Some(name));
        match flag.filter(|flag| value.is_empty() || flag.value != Value::None) {
            Some(flag) => (flag.effect)(self, lookup, value),
            None => Err(misused(format!("Invalid option: --{option}"))),
        }
    }

    /// Letters, several of which may stand together.
    pub(super) fn dash(
        &mut self,
        lookup: &mut Lookup,
        mut option: &str,
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Result<(), Exit> {
        loop {
            let mut letters = option.chars();
            let letter = letters.next().unwrap_or_default();
            let flag = by_letter(letter).ok_or_else(|| invalid(option))?;
            match (flag.value, letters.as_str()) {
                (Value::None, behind) => {
                    (flag.effect)(self, lookup, "")?;
                    if behind.is_empty() {
                        return Ok(());
                    }
                    option = behind;
                }
                (_, "") => {
                    let value = rest.next().ok_or_else(|| invalid(option))?;
                    return (flag.effect)(self, lookup, value);
                }
                (_, attached) => return (flag.effect)(self, lookup, attached),
            }
        }
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

    fn rtype(&mut self, lookup: &mut Lookup, value: &str) -> Result<(), Exit> {
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
    fn key(&mut self, value: &str) -> Result<TextKey, Exit> {
        let parts: Vec<&str> = value.splitn(3, ':').collect();
        let (algorithm, name, secret) = match parts.as_slice() {
            [name, secret] => ("hmac-md5", *name, *secret),
            [algorithm, name, secret] => (*algorithm, *name, *secret),
            _ => return Err(misused(String::new())),
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
