//! What `set` and the options of nslookup say.

use std::fmt::Write as _;
use std::rc::Rc;

use nethost_sdk::text::printable;

use super::super::{Front, plain, reverse};
use super::show::View;
use crate::kind::{self, rtype};
use crate::lookup::{Form, Globals, Lookup};
use crate::resolv_conf::ResolvConf;

/// What became of an option.
pub(super) enum Done {
    Set,
    /// It says something, such as what is wrong with it.
    Told(String),
    /// The same, for standard error.
    Warned(&'static str),
    /// All settings are to be shown.
    ShowAll,
}

/// The settings.
pub(super) struct Settings {
    form: Form,
    /// As typed; those of resolv.conf when there are none.
    pub(super) servers: Vec<String>,
    pub(super) needs_recursion: bool,
    /// As typed, for `set all`; none until one is set.
    rtype: Option<String>,
    class: String,
    domain: Option<String>,
    /// The search list of resolv.conf.
    search_list: Vec<String>,
    search: bool,
    recurse: bool,
    tcp: Option<bool>,
    debug: bool,
    servfail_stops: bool,
    port: u16,
    /// 0 for the transport's own.
    timeout: u32,
    tries: u32,
    ndots: u32,
}

/// Tries unless resolv.conf or the operator say otherwise.
const TRIES: u32 = 3;

impl Settings {
    pub(super) fn new(form: Form, conf: &ResolvConf) -> Self {
        Self {
            form,
            servers: Vec::new(),
            needs_recursion: true,
            rtype: None,
            class: "IN".to_owned(),
            domain: None,
            search_list: conf.search.clone(),
            search: true,
            recurse: true,
            tcp: None,
            debug: false,
            servfail_stops: false,
            port: 53,
            timeout: conf.timeout.unwrap_or_default(),
            tries: conf.attempts.unwrap_or(TRIES),
            ndots: conf.ndots,
        }
    }

    /// Whether both kinds of address are asked for.
    pub(super) fn several(&self) -> bool {
        self.rtype.is_none()
    }

    /// The question about this name.
    pub(super) fn lookup(&self, name: &str) -> Lookup {
        let typed = self.rtype.as_deref().unwrap_or("A");
        let (name, rtype) = match reverse(name) {
            Some(name) => (name, rtype::PTR),
            None => (name.to_owned(), kind::parse_type(typed).unwrap_or(rtype::A)),
        };
        let front = Front::Nslookup(View {
            debug: self.debug,
            several: self.several(),
        });
        let globals = Globals {
            form: self.form,
            front,
            port: Some(self.port),
            timeout: (self.timeout > 0).then_some(self.timeout),
            ndots: Some(self.ndots),
            search: self.search,
            domain: self.domain.clone().filter(|_| self.search),
            show_search: self.debug,
            ..Globals::default()
        };
        Lookup {
            tcp: self.tcp.unwrap_or(rtype == rtype::ANY),
            tcp_set: self.tcp.is_some(),
            rtype_set: true,
            class: kind::parse_class(&self.class).unwrap_or(kind::IN),
            class_set: true,
            servers: self.servers.clone(),
            needs_recursion: self.needs_recursion,
            recurse: self.recurse,
            servfail_stops: self.servfail_stops,
            tries: Some(self.tries),
            name,
            rtype,
            globals: Rc::new(globals),
            ..plain()
        }
    }

    /// The text of `set all`, below the servers.
    pub(super) fn text(&self) -> String {
        let or = |set: bool, yes: &'static str, no: &'static str| if set { yes } else { no };
        let search = match &self.domain {
            Some(domain) => domain.clone(),
            None => self.search_list.join("/"),
        };
        let mut out = String::from("\nSet options:\n");
        let _ = writeln!(
            out,
            "  {}\t\t\t{}\t\tnod2",
            or(self.tcp == Some(true), "vc", "novc"),
            or(self.debug, "debug", "nodebug")
        );
        let _ = writeln!(
            out,
            "  {}\t\t{}",
            or(self.search, "search", "nosearch"),
            or(self.recurse, "recurse", "norecurse")
        );
        let _ = writeln!(
            out,
            "  timeout = {}\t\tretry = {}\tport = {}\tndots = {}",
            self.timeout, self.tries, self.port, self.ndots
        );
        let rtype = printable(self.rtype.as_deref().unwrap_or("A"));
        let class = printable(&self.class);
        let _ = writeln!(out, "  querytype = {rtype:<8}\tclass = {class}");
        let _ = writeln!(out, "  srchlist = {}", printable(&search));
        out
    }

    /// `set OPTION` or `-OPTION`.
    pub(super) fn set(&mut self, option: &str) -> Done {
        if let Some((name, value)) = option.split_once('=') {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "class" | "cl" => return self.set_class(value),
                "type" | "ty" | "querytype" | "query" | "qu" | "q" => return self.set_type(value),
                "domain" | "do" => {
                    self.domain = Some(value.to_owned());
                    self.search = true;
                    return Done::Set;
                }
                "port" | "po" => {
                    return number(value, 0xffff, "port", |port| self.port = port as u16);
                }
                "timeout" | "t" => {
                    return number(value, u32::MAX, "timeout", |seconds| self.timeout = seconds);
                }
                "retry" | "ret" => {
                    return number(value, i32::MAX as u32, "tries", |tries| self.tries = tries);
                }
                "ndots" => return number(value, 128, "ndots", |ndots| self.ndots = ndots),
                _ => {}
            }
        }
        // Short enough to be unique, and no longer than the word.
        let is = |word: &str, least: usize| {
            option.len() >= least
                && word
                    .get(..option.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(option))
        };
        match () {
            () if is("all", 3) => return Done::ShowAll,
            () if is("recurse", 3) => self.recurse = true,
            () if is("norecurse", 5) => self.recurse = false,
            () if is("defname", 3) || is("search", 3) => self.search = true,
            () if is("nodefname", 5) || is("nosearch", 5) => self.search = false,
            () if is("vc", 2) => self.tcp = Some(true),
            () if is("novc", 4) => self.tcp = Some(false),
            () if is("debug", 3) => self.debug = true,
            () if is("nodebug", 5) => self.debug = false,
            () if is("d2", 2) => {
                return Done::Warned(
                    "nslookup: d2 shows what goes on inside of BIND: not available; see debug",
                );
            }
            () if is("nod2", 4) || is("sil", 3) => {}
            // It is the default that a server's failure leads to the next one.
            () if is("fail", 3) => self.servfail_stops = true,
            () if is("nofail", 5) => self.servfail_stops = false,
            () => return Done::Told(format!("*** Invalid option: {}\n", printable(option))),
        }
        Done::Set
    }

    fn set_type(&mut self, value: &str) -> Done {
        if kind::parse_type(value).is_none() {
            return Done::Told(format!("unknown query type: {}\n", printable(value)));
        }
        self.rtype = Some(value.to_owned());
        Done::Set
    }

    fn set_class(&mut self, value: &str) -> Done {
        if kind::parse_class(value).is_none() {
            return Done::Told(format!("unknown query class: {}\n", printable(value)));
        }
        value.clone_into(&mut self.class);
        Done::Set
    }
}

fn number(value: &str, most: u32, what: &str, set: impl FnOnce(u32)) -> Done {
    let shown = printable(value);
    match value.parse::<u32>() {
        Ok(number) if number <= most => {
            set(number);
            Done::Set
        }
        Ok(_) => Done::Told(format!("invalid {what} '{shown}': out of range\n")),
        Err(_) if !value.is_empty() && value.bytes().all(|c| c.is_ascii_digit()) => {
            Done::Told(format!("invalid {what} '{shown}': out of range\n"))
        }
        Err(_) => Done::Told(format!("invalid {what} '{shown}': not a valid number\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_abbreviated_as_bind_has_it() {
        let mut settings = Settings::new(Form::Text, &ResolvConf::default());
        for (option, told) in [
            ("rec", ""),
            ("norec", ""),
            ("nore", "*** Invalid option: nore\n"),
            ("recursed", "*** Invalid option: recursed\n"),
            ("TYPE=mx", ""),
            ("ty=zz", "unknown query type: zz\n"),
            ("port=x", "invalid port 'x': not a valid number\n"),
            ("port=65536", "invalid port '65536': out of range\n"),
            ("foo", "*** Invalid option: foo\n"),
        ] {
            let text = match settings.set(option) {
                Done::Told(text) => text,
                _ => String::new(),
            };
            assert_eq!(text, told, "{option}");
        }
        assert!(!settings.recurse && !settings.several());
        assert!(
            settings
                .text()
                .contains("  querytype = mx      \tclass = IN\n")
        );
    }
}
