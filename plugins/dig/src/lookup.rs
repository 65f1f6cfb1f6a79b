//! One lookup as the command line asks for it, and what holds for all of them.

use std::net::SocketAddr;
use std::rc::Rc;

use crate::front::Front;
use crate::kind::{self, rtype};

/// Size of UDP messages that are asked for unless told otherwise (DNS flag day 2020).
pub(crate) const UDP_SIZE: u16 = 1232;

/// Which way a query goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
    Tls,
    Https,
    HttpPlain,
}

/// How `+https` and its kin are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Http {
    pub(crate) path: String,
    pub(crate) get: bool,
    pub(crate) plain: bool,
}

/// How the server of an encrypted transport is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) on: bool,
    /// `+tls-ca`: check its certificate; against this file or the system's roots.
    pub(crate) verify: bool,
    pub(crate) ca_file: Option<String>,
    pub(crate) hostname: Option<String>,
    pub(crate) certificate_file: Option<String>,
    pub(crate) key_file: Option<String>,
    /// `+tls-pin`: SHA-256 of the public key, in base64; one must match.
    pub(crate) pins: Vec<String>,
}

/// What a lookup is for beyond its own answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    #[default]
    Answer,
    Trace,
    NsSearch,
    Compare,
    Validate,
    /// A front end looks at the answer and asks further.
    Follow,
}

/// One lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) name: String,
    pub(crate) rtype: u16,
    pub(crate) rtype_set: bool,
    pub(crate) class: u16,
    pub(crate) class_set: bool,
    pub(crate) ixfr_serial: u32,
    /// As typed behind `@`; those of resolv.conf when there are none.
    pub(crate) servers: Vec<String>,
    /// The echo of the command line, when it comes before this answer.
    pub(crate) greeting: Option<Greeting>,
    pub(crate) purpose: Purpose,
    pub(crate) dns64_prefix: bool,

    pub(crate) recurse: bool,
    pub(crate) aa: bool,
    pub(crate) ad: bool,
    pub(crate) cd: bool,
    pub(crate) ra: bool,
    pub(crate) tc: bool,
    pub(crate) z: bool,
    pub(crate) opcode: u8,
    pub(crate) id: Option<u16>,
    pub(crate) header_only: bool,

    /// The version; none for no EDNS.
    pub(crate) edns: Option<u8>,
    pub(crate) edns_negotiation: bool,
    /// A server that knows no EDNS is asked again without it.
    pub(crate) edns_fallback: bool,
    pub(crate) edns_flags: u16,
    pub(crate) edns_options: Vec<(u16, Vec<u8>)>,
    pub(crate) udp_size: Option<u16>,
    pub(crate) dnssec: bool,
    pub(crate) compact: bool,
    pub(crate) nsid: bool,
    pub(crate) expire: bool,
    pub(crate) keepalive: bool,
    pub(crate) send_cookie: bool,
    /// What to send instead of a fresh client cookie.
    pub(crate) cookie: Option<Vec<u8>>,
    pub(crate) retry_bad_cookie: bool,
    pub(crate) show_bad_cookie: bool,
    pub(crate) subnet: Option<Subnet>,
    pub(crate) padding: u16,

    pub(crate) tcp: bool,
    pub(crate) tcp_set: bool,
    pub(crate) tls: Tls,
    pub(crate) https: Option<Http>,
    pub(crate) ignore_truncation: bool,
    pub(crate) servfail_stops: bool,
    /// A server that offers no recursion is passed over.
    pub(crate) needs_recursion: bool,
    pub(crate) best_effort: bool,
    pub(crate) tries: Option<u32>,
    pub(crate) microseconds: bool,

    pub(crate) comments: bool,
    pub(crate) stats: bool,
    pub(crate) question: bool,
    pub(crate) answer: bool,
    pub(crate) authority: bool,
    pub(crate) additional: bool,
    pub(crate) identify: bool,
    pub(crate) show_query: bool,
    pub(crate) multiline: bool,
    pub(crate) ttl: bool,
    pub(crate) ttl_units: bool,
    pub(crate) show_class: bool,
    pub(crate) crypto: bool,
    /// 1 on, -1 off, 0 as `+multiline` has it.
    pub(crate) record_comments: i8,
    pub(crate) one_soa: bool,
    pub(crate) expand_aaaa: bool,
    pub(crate) unknown_format: bool,
    pub(crate) idn_in: bool,
    pub(crate) idn_out: bool,

    pub(crate) globals: Rc<Globals>,
}

/// The echo of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Greeting {
    pub(crate) arguments: Vec<String>,
    /// The first of the run has a blank line before it and the global options behind it.
    pub(crate) first: bool,
    /// The server whose addresses are counted.
    pub(crate) counted: Option<String>,
    pub(crate) short: bool,
    pub(crate) command: bool,
}

/// An EDNS client subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subnet {
    /// None for `+subnet=0`.
    pub(crate) address: Option<std::net::IpAddr>,
    pub(crate) prefix: u8,
}

/// In which form answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    #[default]
    Text,
    Yaml,
    Json,
}

/// What holds for all lookups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Globals {
    pub(crate) form: Form,
    /// In which program's words answers are printed.
    pub(crate) front: Front,
    pub(crate) short: bool,
    pub(crate) command: bool,
    pub(crate) ndots: Option<u32>,
    /// Seconds.
    pub(crate) timeout: Option<u32>,
    pub(crate) search: bool,
    pub(crate) show_search: bool,
    pub(crate) domain: Option<String>,
    pub(crate) keep_open: bool,
    pub(crate) port: Option<u16>,
    pub(crate) source: Option<SocketAddr>,
    pub(crate) ipv4_only: bool,
    pub(crate) ipv6_only: bool,
    pub(crate) split: Option<usize>,
    /// `-y`.
    pub(crate) key: Option<TextKey>,
    /// `-k`.
    pub(crate) key_file: Option<String>,
    /// `-a`: a file with trust anchors for `+validate`.
    pub(crate) anchors: Option<String>,
    /// `+root`: of these only the ones of this zone.
    pub(crate) root: Option<String>,
    /// `+harden`: each algorithm of the DS set must have signed.
    pub(crate) harden: bool,
    /// `--watch`: ask again after so many seconds.
    pub(crate) watch: Option<u32>,
    /// `+hints`: `+trace` begins at the built-in root servers.
    pub(crate) hints: bool,
}

/// A TSIG key as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextKey {
    pub(crate) algorithm: String,
    pub(crate) name: String,
    pub(crate) secret: String,
}

impl Default for Lookup {
    fn default() -> Self {
        Self {
            name: String::new(),
            rtype: rtype::A,
            rtype_set: false,
            class: kind::IN,
            class_set: false,
            ixfr_serial: 0,
            servers: Vec::new(),
            greeting: None,
            purpose: Purpose::Answer,
            dns64_prefix: false,
            recurse: true,
            aa: false,
            ad: true,
            cd: false,
            ra: false,
            tc: false,
            z: false,
            opcode: 0,
            id: None,
            header_only: false,
            edns: Some(0),
            edns_negotiation: true,
            edns_fallback: false,
            edns_flags: 0,
            edns_options: Vec::new(),
            udp_size: None,
            dnssec: false,
            compact: false,
            nsid: false,
            expire: false,
            keepalive: false,
            send_cookie: true,
            cookie: None,
            retry_bad_cookie: true,
            show_bad_cookie: false,
            subnet: None,
            padding: 0,
            tcp: false,
            tcp_set: false,
            tls: Tls::default(),
            https: None,
            ignore_truncation: false,
            servfail_stops: true,
            needs_recursion: false,
            best_effort: true,
            tries: None,
            microseconds: false,
            comments: true,
            stats: true,
            question: true,
            answer: true,
            authority: true,
            additional: true,
            identify: false,
            show_query: false,
            multiline: false,
            ttl: true,
            ttl_units: false,
            show_class: true,
            crypto: true,
            record_comments: 0,
            one_soa: false,
            expand_aaaa: false,
            unknown_format: false,
            idn_in: false,
            idn_out: false,
            globals: Rc::default(),
        }
    }
}

impl Lookup {
    /// EDNS with version 0 unless another is set already.
    pub(crate) fn want_edns(&mut self) {
        self.edns = self.edns.or(Some(0));
    }

    /// Whether it transfers a zone.
    pub(crate) fn is_transfer(&self) -> bool {
        self.rtype == rtype::AXFR || (self.rtype == rtype::IXFR && self.tcp)
    }

    /// Which way it goes.
    pub(crate) fn transport(&self) -> Transport {
        match &self.https {
            Some(http) if http.plain => Transport::HttpPlain,
            Some(_) => Transport::Https,
            None if self.tls.on || self.tls.verify => Transport::Tls,
            None if self.tcp || self.rtype == rtype::AXFR => Transport::Tcp,
            None => Transport::Udp,
        }
    }

    /// The port, typed or the transport's own.
    pub(crate) fn port(&self) -> u16 {
        self.globals.port.unwrap_or(match self.transport() {
            Transport::Udp | Transport::Tcp => 53,
            Transport::Tls => 853,
            Transport::Https => 443,
            Transport::HttpPlain => 80,
        })
    }
}
