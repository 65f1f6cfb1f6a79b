//! The broker as a service: the privileges of this machine's network for its users, as the system's policy allows.
//! `nethost broker` and `nethost-broker` are both this; the latter has no WebAssembly engine, no compiler and no TLS.

pub mod catalog;
mod confinement;
pub mod grants;
pub mod log;
mod starter;
mod sys;
mod watch;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use confinement::lacking;
pub use starter::serve_starter;
pub use sys::has_gained_privileges;
pub use watch::{still, watched_files};

use nethost_audit as audit;
use nethost_broker::{self as broker, CAPABILITIES, Hello, Listener, Most, Peer, Session};
use nethost_core::User;
use nethost_core::home;
use nethost_core::text;
use nethost_gate::{Accounts, Gate};
use nethost_policy as policy;
use nethost_policy::{Effect, Links, Names, Policies, PolicyWatch, Rule, SYSTEM_FILE, Subject};

/// How many runs are served at once where nobody says.
pub const MOST: Most = Most {
    altogether: 512,
    of_each: 64,
};

/// How a service listens and whom it serves.
#[derive(Debug)]
pub struct Service {
    /// Where it listens, unless the service manager passes a socket (LISTEN_FDS).
    pub listen: Option<PathBuf>,
    /// The group that may connect there, besides root.
    pub group: Option<String>,
    /// How many runs it serves at once.
    pub most: Most,
    /// The audit log's file.
    pub audit: Option<PathBuf>,
}

/// Why the service does not begin, or a run does not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] policy::Error),
    /// There is no log.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The log cannot be used.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// There is no policy.
    #[error("{SYSTEM_FILE} is missing: a service for others needs it to say who may do what")]
    NoPolicy,
    /// It cannot listen.
    #[error("{0}")]
    Socket(#[from] broker::ListenError),
    /// This executable is damaged.
    #[error("the bundled plugin {0} is damaged; install nethost again")]
    Bundle(&'static str),
    /// What the operator is said to have granted cannot be read.
    #[error("what was granted to the plugin is no list of requests that this broker knows")]
    Granted,
    /// The system refused.
    #[error("broker: {0}")]
    System(#[from] io::Error),
}

/// Listens until it is killed. Only for a process with a single thread.
pub fn serve(service: &Service) -> Result<std::convert::Infallible, Error> {
    // What would refuse every run is said now; each run reads the policy as it is by then.
    ceiling()?;
    let listener = match &service.listen {
        Some(path) => Listener::at(path, service.group.as_deref())?,
        None => Listener::inherited()?,
    };
    let accounts = Accounts::shared(service.most.altogether)?;
    let log = service.audit.as_deref();
    let open = |hello: &Hello<'_>, peer: &Peer| session(log, hello, peer, accounts);
    Ok(broker::serve(listener, service.most, accounts, open)?)
}

/// Names of all requests that exist.
fn request_names() -> Vec<&'static str> {
    CAPABILITIES.iter().map(|declared| declared.name).collect()
}

/// `--allow` and `--deny`.
pub fn flags<T: AsRef<str>>(
    allow: &[T],
    deny: &[T],
    names: Names<'_>,
) -> Result<Vec<Rule>, policy::Error> {
    let of = |effect, flag, texts: &[T]| -> Result<Vec<Rule>, policy::Error> {
        let rule = |text: &T| Rule::from_flag(effect, flag, text.as_ref(), names.capabilities);
        texts.iter().map(rule).collect()
    };
    let mut rules = of(Effect::Allow, "--allow", allow)?;
    rules.extend(of(Effect::Deny, "--deny", deny)?);
    Ok(rules)
}

fn names<'a>(capabilities: &'a [&'a str]) -> Names<'a> {
    Names {
        capabilities,
        plugins: &[],
    }
}

fn ceiling() -> Result<Policies, Error> {
    let capabilities = request_names();
    let policies = Policies::load(Some(Path::new(SYSTEM_FILE)), None, names(&capabilities))?;
    match policies.ceiling {
        Some(_) => Ok(policies),
        None => Err(Error::NoPolicy),
    }
}

/// The policy and the log of one run. The system's policy is the ceiling; what the operator says can only
/// narrow it. That a plugin is part of this build, this build says.
fn session(
    log: Option<&Path>,
    hello: &Hello<'_>,
    peer: &Peer,
    accounts: Accounts,
) -> Result<Session, Error> {
    home::is(User::home(peer.uid).map(Into::into));
    let capabilities = request_names();
    let mut policies = ceiling()?;
    if let Some((origin, text)) = &hello.policy {
        // Records tell the system's rules from those of whoever comes, whatever they call their file.
        let origin = format!("--policy {}", text::line(origin));
        policies.chosen = Some(policy::parse(&origin, text, names(&capabilities))?);
    }
    policies.flags = flags(&hello.allow, &hello.deny, names(&capabilities))?;
    let user = peer.clone();
    policies.links = Links::followed_by(move |paths| broker::real_paths(&user, paths));
    let bundled = catalog::by_digest(&hello.digest);
    if let Some(plugin) = bundled {
        policies.manifest = manifest_rules(plugin)?;
    }
    let name = bundled.map_or(&*hello.plugin, |plugin| plugin.name);
    let subject = Subject {
        name: name.into(),
        digest: hello.digest.to_string(),
        bundled: bundled.is_some(),
        args: hello.args.iter().map(ToString::to_string).collect(),
        user: peer.user(),
    };
    let log = log::open_for_peer(log, &policies, &subject, peer)?;
    Ok(Session {
        gate: Gate::sharing(&policies, &subject, Arc::new(log), accounts.of(peer.uid)),
        capabilities: CAPABILITIES.into(),
        args: subject.args.clone(),
        confined: policies.audit().required,
        unconfined: lacking(),
        watch: Some(watch(policies, subject, peer.clone())),
    })
}

/// What a bundled plugin asks for.
fn manifest_rules(plugin: &'static nethost_bundle::Plugin) -> Result<Vec<Rule>, Error> {
    let damaged = || Error::Bundle(plugin.name);
    let manifest = catalog::manifest(plugin).map_err(|_| damaged())?;
    let origin = format!("plugin.toml of {}", plugin.name);
    catalog::rules(&manifest.request, &origin).map_err(|_| damaged())
}

/// Looks whether what allows this run is still there: the system's policy, and the user.
fn watch(policies: Policies, subject: Subject, peer: Peer) -> PolicyWatch {
    let listed = User::listed(peer.uid);
    let (at_start, before) = (policies.clone(), subject.clone());
    PolicyWatch::new(watched_files(), &policies, &subject, move || {
        let capabilities = request_names();
        let policies = at_start.reread(Path::new(SYSTEM_FILE), names(&capabilities));
        let policies = policies.map_err(|error| error.to_string())?;
        Ok(still(policies, &before, peer.user(), &listed))
    })
}
