//! `nethost run --explain-denied`: what a plugin asked for without asking for it in its plugin.toml, as the lines that
//! would ask.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use nethost_broker::Link;
use nethost_core::{
    AbsolutePath, Access, Authority, Event, Exception, HostName, RecordError, Recorder, Request,
    ResolvedName, Target, home, output, text,
};
use nethost_manifest::{Ports, Wanted};
use nethost_policy::{Decision, Policies, Subject, quoted};
use nethost_runner::capabilities::INTERFACES;
use nethost_service::catalog;

/// The most requests that are explained.
const MOST: usize = 64;

/// The link to the broker, which notes what is denied on the way.
pub(super) struct Noting {
    link: Arc<Link>,
    denied: Mutex<Vec<Denied>>,
}

/// A denied request.
struct Denied {
    capability: &'static str,
    request: Request,
    /// The name that the target was resolved from.
    asked: Option<HostName>,
    rule: String,
}

impl Noting {
    pub(super) fn new(link: &Arc<Link>) -> Arc<Self> {
        Arc::new(Self {
            link: Arc::clone(link),
            denied: Mutex::default(),
        })
    }

    fn note(&self, access: &Access<'_>, rule: &str) {
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |known: &Denied| {
            known.capability == access.capability && known.request.target == access.request.target
        };
        if denied.len() < MOST && !denied.iter().any(is_known) {
            denied.push(Denied {
                capability: access.capability,
                request: access.request.clone(),
                asked: access.asked.and_then(HostName::new),
                rule: rule.into(),
            });
        }
    }

    /// Says what to change where. Nothing if nothing was denied.
    pub(super) fn tell(&self, policies: &Policies, subject: &Subject) {
        let denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |one: &&Denied| one.rule.starts_with("no rule");
        let (missing, forbidden): (Vec<&Denied>, Vec<&Denied>) =
            denied.iter().partition(is_missing);
        if !missing.is_empty() {
            output::say(
                "nethost",
                "nothing allows what the plugin asked for. These lines in its plugin.toml would ask for it:",
            );
            // What several calls need is asked for once.
            let lines: BTreeSet<String> = missing
                .iter()
                .map(|denied| denied.lines(policies, subject))
                .collect();
            // If it cannot be printed, nothing else can be done.
            for row in lines.iter().flat_map(|lines| lines.lines()) {
                let _ = writeln!(output::error(), "{}", text::line(row));
            }
        }
        for denied in forbidden {
            let told = format!(
                "{} to {} was denied: {}; no line of plugin.toml changes that",
                denied.capability, denied.request.target, denied.rule
            );
            output::say("nethost", &told);
        }
    }
}

impl Denied {
    fn lines(&self, policies: &Policies, subject: &Subject) -> String {
        let mut wanted = Wanted {
            cap: self.capability.into(),
            to: Some(vec!["$args".into()]),
            ports: None,
            interfaces: None,
            options: None,
            attended: false,
            reason: String::new(),
        };
        if !self.is_covered(&wanted, policies, subject) {
            let options = self.request.options();
            let options: Vec<String> = options
                .filter(|option| option.needs_naming())
                .map(|option| option.name().into())
                .collect();
            if !options.is_empty() {
                wanted.options = Some(options);
            }
        }
        if !self.is_covered(&wanted, policies, subject) {
            wanted.to = Some(vec![self.target()]);
            wanted.ports = self
                .request
                .target
                .port()
                .map(|port| vec![Ports(port..=port)]);
        }
        let raised = raised_by(self.capability, self.request.op);
        let mut lines = format!(
            "\n[[request]]        # {raised}\ncap = {}\n",
            quoted(&wanted.cap)
        );
        let list = |texts: &[String]| {
            let all: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
            format!("[{}]", all.join(", "))
        };
        // Writing to a string cannot fail.
        if let Some(to) = &wanted.to {
            let _ = writeln!(lines, "to = {}", list(to));
        }
        if let Some(ports) = &wanted.ports {
            let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
            let _ = writeln!(lines, "ports = [{}]", ports.join(", "));
        }
        if let Some(options) = &wanted.options {
            let _ = writeln!(lines, "options = {}", list(options));
        }
        lines + "reason = \"say here what for\"\n"
    }

    /// The target as a pattern of a manifest: the name that the operator knows, if there is one.
    fn target(&self) -> String {
        match (&self.asked, &self.request.target) {
            (Some(name), Target::Address { .. }) => name.to_string(),
            (_, Target::Address { address, .. } | Target::Listen { address, .. }) => {
                address.to_string()
            }
            (_, Target::Path(path)) => in_home(path),
            (_, target) => target.to_string(),
        }
    }

    /// Whether this request in a manifest would cover it.
    fn is_covered(&self, wanted: &Wanted, policies: &Policies, subject: &Subject) -> bool {
        let Ok(granted) = catalog::rules(std::slice::from_ref(wanted), "plugin.toml") else {
            return false;
        };
        let policies = Policies {
            granted,
            ceiling: None,
            chosen: None,
            flags: Vec::new(),
            manifest: Vec::new(),
            links: policies.links.clone(),
        };
        let names: Vec<_> = self
            .asked
            .iter()
            .cloned()
            .map(ResolvedName::from_dns)
            .collect();
        let decision = policies
            .in_force(subject)
            .decide(self.capability, &self.request, &names);
        matches!(decision, Decision::Allowed(_))
    }
}

/// A path, with `~/` for the home of the user.
fn in_home(path: &AbsolutePath) -> String {
    let home = home::folder();
    let below = home.and_then(|home| path.as_path().strip_prefix(home).ok().map(Path::to_owned));
    match below {
        Some(below) => format!("~/{}", below.display()),
        None => path.to_string(),
    }
}

/// The function of the contract that raised a request: `nethost:cap/icmp echo-socket.open`.
fn raised_by(capability: &str, op: &str) -> String {
    let mut all = INTERFACES.iter();
    let of = all.find(|interface| {
        let mut requests = interface.requests.iter();
        requests.any(|declared| declared.name == capability)
    });
    match of {
        Some(interface) => format!("{} {op}", interface.name),
        None => op.to_owned(),
    }
}

impl Authority for Noting {
    fn authorize(&self, access: &Access<'_>) -> Result<Vec<(Exception, String)>, RecordError> {
        let decided = self.link.authorize(access);
        if let Err(RecordError::Refused(rule)) = &decided {
            self.note(access, rule);
        }
        decided
    }

    fn resolved(
        &self,
        handle: u64,
        name: &HostName,
        addresses: &[IpAddr],
    ) -> Result<(), RecordError> {
        Authority::resolved(&*self.link, handle, name, addresses)
    }
}

impl Recorder for Noting {
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError> {
        if let Event::Denied(access) = event {
            self.note(access, access.rule);
        }
        self.link.record(event)
    }

    fn is_here(&self) -> bool {
        self.link.is_here()
    }

    fn policy_changed(&self, digest: Option<String>) {
        self.link.policy_changed(digest);
    }
}
