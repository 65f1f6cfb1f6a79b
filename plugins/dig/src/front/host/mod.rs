//! `host`: looks a name up and says what it has, as BIND's host does.

pub(crate) mod show;

use std::collections::VecDeque;
use std::rc::Rc;

use nethost_sdk::Exit;
use nethost_sdk::text::printable;

use super::{Front, Outcome, Program, chase, plain, reverse};
use crate::kind::{self, rtype};
use crate::lookup::{Form, Globals, Lookup, Purpose};
use crate::reply::Reply;
use crate::report::Report;
use crate::session::Session;
use crate::{name, usage};

pub(super) const USAGE: &str = concat!(
    "Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]\n",
    "            [-R number] [-m flag] [-p port] hostname [server]\n",
    "       -a is equivalent to -v -t ANY\n",
    "       -A is like -a but omits RRSIG, NSEC, NSEC3\n",
    "       -c specifies query class for non-IN data\n",
    "       -C compares SOA records on authoritative nameservers\n",
    "       -d is equivalent to -v\n",
    "       -l lists all hosts in a domain, using AXFR\n",
    "       -m set memory debugging flag (trace|record|usage)\n",
    "       -N changes the number of dots allowed before root lookup is done\n",
    "       -p specifies the port on the server to query\n",
    "       -r disables recursive processing\n",
    "       -R specifies number of retries for UDP packets\n",
    "       -s a SERVFAIL response should stop query\n",
    "       -t specifies the query type\n",
    "       -T enables TCP/IP mode\n",
    "       -U enables UDP mode\n",
    "       -v enables verbose output\n",
    "       -V print version number and exit\n",
    "       -w specifies to wait forever for a reply\n",
    "       -W specifies how long to wait for a reply\n",
    "       -4 use IPv4 query transport only\n",
    "       -6 use IPv6 query transport only\n",
);

/// Options with a value.
const VALUED: &str = "cmNpRtW";
const SWITCHES: &str = "46aAdilnrsvVwCDTU";
/// For good: no timer lasts longer.
const FOREVER: u32 = i32::MAX as u32;
const MX: u16 = 15;

fn misused(what: &str) -> Exit {
    Exit::misused(1, what)
}

/// Options with their values, and the words behind them.
type Line<'a> = (Vec<(char, &'a str)>, &'a [String]);

/// Takes a command line apart.
fn options(args: &[String]) -> Result<Line<'_>, Exit> {
    let mut found = Vec::new();
    let mut rest = args;
    while let Some((word, behind)) = rest.split_first() {
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            break;
        };
        rest = behind;
        if letters == "-" {
            break;
        }
        for (place, letter) in letters.char_indices() {
            if SWITCHES.contains(letter) {
                found.push((letter, ""));
                continue;
            }
            if !VALUED.contains(letter) {
                let letter = printable(&letter.to_string()).into_owned();
                return Err(misused(&format!("host: illegal option -- {letter}")));
            }
            let value = &letters[place + 1..];
            if !value.is_empty() {
                found.push((letter, value));
            } else {
                let Some((value, behind)) = rest.split_first() else {
                    return Err(misused(&format!(
                        "host: option requires an argument -- {letter}"
                    )));
                };
                rest = behind;
                found.push((letter, value));
            }
            break;
        }
    }
    Ok((found, rest))
}

/// A number as atoi(3) reads it.
fn number(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    sign * digits.parse::<i64>().unwrap_or_default()
}

/// What the command line asks for.
struct Asked {
    lookup: Lookup,
    globals: Globals,
    view: show::View,
    /// A, then AAAA and MX.
    several: bool,
}

impl Default for Asked {
    fn default() -> Self {
        let lookup = Lookup {
            comments: false,
            tries: Some(2),
            ..plain()
        };
        Self {
            lookup,
            globals: Globals::default(),
            view: show::View::default(),
            several: true,
        }
    }
}

fn invalid(what: &str, value: &str) -> Exit {
    Exit::failed(2, format!("host: invalid {what}: {}\n", printable(value)))
}

impl Asked {
    fn option(&mut self, letter: char, value: &str) -> Result<(), Exit> {
        let (lookup, view) = (&mut self.lookup, &mut self.view);
        match letter {
            'l' => {
                lookup.tcp = true;
                lookup.rtype = rtype::AXFR;
                lookup.rtype_set = true;
            }
            'v' | 'd' => view.verbose = true,
            'r' => lookup.recurse = false,
            't' => return self.rtype(value),
            'c' => {
                lookup.class = kind::parse_class(value).ok_or_else(|| invalid("class", value))?;
                lookup.class_set = true;
                self.several = false;
            }
            'A' | 'a' => {
                view.almost_all |= letter == 'A';
                if lookup.rtype != rtype::AXFR {
                    lookup.rtype = rtype::ANY;
                }
                lookup.rtype_set = true;
                lookup.tcp |= !lookup.tcp_set;
                view.list = Some(rtype::ANY);
                view.verbose = true;
                self.several = false;
            }
            'w' => self.globals.timeout = Some(FOREVER),
            'W' => self.globals.timeout = Some(number(value).clamp(1, FOREVER.into()) as u32),
            'R' => lookup.tries = Some((number(value) + 1).clamp(2, 1000) as u32),
            'T' | 'U' => {
                lookup.tcp = letter == 'T';
                lookup.tcp_set = true;
            }
            'C' => {
                lookup.rtype = rtype::NS;
                lookup.rtype_set = true;
                lookup.purpose = Purpose::NsSearch;
                view.name_servers = true;
                self.several = false;
            }
            'N' => self.globals.ndots = Some(number(value).max(0) as u32),
            's' => lookup.servfail_stops = true,
            'p' => self.globals.port = Some(number(value) as u16),
            '4' => self.globals.ipv4_only = true,
            '6' => self.globals.ipv6_only = true,
            // -i, -n, -D and -m have no effect on what is asked.
            _ => {}
        }
        Ok(())
    }

    fn rtype(&mut self, value: &str) -> Result<(), Exit> {
        let (lookup, view) = (&mut self.lookup, &mut self.view);
        let incremental = value
            .get(..5)
            .filter(|start| start.eq_ignore_ascii_case("ixfr="))
            .and(value.get(5..));
        let code = match incremental {
            Some(_) => rtype::IXFR,
            None => kind::parse_type(value).ok_or_else(|| invalid("type", value))?,
        };
        if lookup.rtype != rtype::AXFR || !lookup.rtype_set {
            lookup.rtype = code;
        }
        lookup.rtype_set = true;
        view.list = Some(code);
        match code {
            rtype::AXFR => {
                view.list = Some(rtype::ANY);
                view.verbose = true;
                lookup.tcp = true;
            }
            rtype::IXFR => {
                lookup.ixfr_serial = number(incremental.unwrap_or_default()) as u32;
                lookup.tcp = true;
            }
            // The list of -l goes on as it was.
            rtype::ANY => {
                view.list = Some(rtype::A);
                lookup.tcp |= !lookup.tcp_set;
            }
            _ => {}
        }
        self.several = false;
        Ok(())
    }
}

pub(super) async fn run(args: &[String], form: Form) -> Result<u8, Exit> {
    let (options, words) = options(args)?;
    let has = |letter| options.iter().any(|(option, _)| *option == letter);
    if has('V') {
        let version = usage::PROGRAM.replacen("DiG", "host", 1);
        return Err(Exit::failed(0, version));
    }
    if has('4') && has('6') {
        return Err(Exit::failed(1, "host: only one of -4 and -6 allowed"));
    }
    let mut asked = Asked::default();
    for (letter, value) in options {
        asked.option(letter, value)?;
    }
    let Some((hostname, behind)) = words.split_first() else {
        return Err(misused(""));
    };
    let Asked {
        mut lookup,
        mut globals,
        mut view,
        mut several,
    } = asked;
    match behind.first() {
        Some(server) => {
            lookup.servers.push(server.clone());
            view.names_server = true;
        }
        None => lookup.needs_recursion = true,
    }
    globals.form = form;
    match reverse(hostname) {
        Some(name) => {
            lookup.name = name;
            lookup.rtype = rtype::PTR;
            several = false;
        }
        None => {
            lookup.name.clone_from(hostname);
            globals.search = true;
        }
    }
    view.tells_absence = !several;
    globals.front = Front::Host(view);
    lookup.globals = Rc::new(globals);
    look_up(lookup, several, form).await
}

/// Asks, and asks further for the other records of a host.
async fn look_up(lookup: Lookup, several: bool, form: Form) -> Result<u8, Exit> {
    let session = Session::new(&lookup.globals, false)?;
    let mut report = Report::new(form);
    let mut lookups = VecDeque::from([lookup]);
    while let Some(lookup) = lookups.pop_front() {
        let asks_further = several && lookup.rtype == rtype::A;
        let next = lookup.clone();
        match Program::Host.ask(&session, lookup, &mut report).await? {
            Outcome::NoName(_) => return Ok(1),
            Outcome::Searched(code) => return Ok(u8::from(code != 0 || !report.heard.answered)),
            Outcome::Silence => {}
            Outcome::Answer(asked, bytes) => {
                let Ok(reply) = Reply::parse(&bytes, true) else {
                    continue;
                };
                if asks_further && reply.rcode == 0 {
                    let name = name::text(&chase(&asked, &reply));
                    for rtype in [rtype::AAAA, MX] {
                        lookups.push_back(Lookup {
                            name: name.clone(),
                            rtype,
                            ..next.clone()
                        });
                    }
                }
                if form == Form::Json {
                    report.heard.answered = true;
                    report.heard.failed |= reply.rcode != 0;
                }
            }
        }
    }
    let heard = report.heard;
    Ok(u8::from(!heard.answered || heard.failed))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Owned = (Vec<(char, String)>, Vec<String>);

    fn read(line: &str) -> Result<Owned, Exit> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (found, rest) = options(&args)?;
        let found = found.into_iter().map(|(c, v)| (c, v.to_owned())).collect();
        Ok((found, rest.to_vec()))
    }

    #[test]
    fn options_end_at_the_first_word() {
        let (found, rest) = read("-vtA web -4 x").unwrap();
        assert_eq!(found, [('v', String::new()), ('t', "A".into())]);
        assert_eq!(rest, ["web", "-4", "x"]);
        for (line, text) in [
            ("-x", "host: illegal option -- x"),
            ("-t", "host: option requires an argument -- t"),
        ] {
            let exit = read(line).unwrap_err();
            assert_eq!((exit.code, exit.stderr.as_str()), (1, text));
            assert!(exit.usage);
        }
    }

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        assert_eq!(number("12x"), 12);
        assert_eq!(number("x"), 0);
        assert_eq!(number("-3"), -3);
    }
}
