//! The broker as a service: it performs operations for users without privilege, as the system's policy allows. Both
//! `nethost broker` and `nethost-broker` are this service; the latter has no WebAssembly engine, no compiler and no
//! TLS.

pub mod catalog;
mod confinement;
pub mod grants;
pub mod installed;
pub mod log;
mod recovery;
mod signature;
mod starter;
mod sys;
mod watch;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use confinement::lacking;
pub use recovery::journals;
pub use starter::serve_starter;
pub use sys::{clock_is_synchronised, has_gained_privileges, landlock_version};
pub use watch::{still, watched_files};

use nethost_audit as audit;
use nethost_broker::{self as broker, CAPABILITIES, Hello, Limits, Listener, Peer, Session};
use nethost_core::RecordError;
use nethost_core::User;
use nethost_core::home;
use nethost_core::text;
use nethost_gate::{Accounts, Gate};
use nethost_policy as policy;
use nethost_policy::{Effect, Links, Names, Policies, PolicyWatch, Rule, SYSTEM_FILE, Subject};

/// The default limits of concurrent runs.
pub const DEFAULT_LIMITS: Limits = Limits {
    total: 512,
    per_user: 64,
};

/// The options of a service.
#[derive(Debug)]
pub struct Service {
    /// The path on which it listens, unless the service manager passes a socket (LISTEN_FDS).
    pub listen: Option<PathBuf>,
    /// The group that may connect, in addition to root.
    pub group: Option<String>,
    /// The limits of concurrent runs.
    pub limits: Limits,
    /// The file of the audit log.
    pub audit: Option<PathBuf>,
}

/// Why the service, or a run, does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The policy cannot be used.
    #[error(transparent)]
    Policy(#[from] policy::Error),
    /// The log cannot be opened.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The log cannot be used.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// There is no policy.
    #[error("{SYSTEM_FILE} is missing: a service for other users requires it")]
    NoPolicy,
    /// It cannot listen.
    #[error("{0}")]
    Socket(#[from] broker::ListenError),
    /// This executable is damaged.
    #[error("the bundled plugin {0} is damaged; install nethost again")]
    Bundle(&'static str),
    /// The grant that the operator is said to have given cannot be read.
    #[error("the grant is not a list of requests that this broker knows")]
    Granted,
    /// A policy requires another signature.
    #[error("{0}")]
    Unsigned(String),
    /// The refusal cannot be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The system refused.
    #[error("broker: {0}")]
    System(#[from] io::Error),
}

/// Serves until it is killed. Only for a process with a single thread.
pub fn serve(service: &Service) -> Result<std::convert::Infallible, Error> {
    // An error that would make every run fail is reported now. Each run reads the current policy.
    ceiling()?;
    let listener = match &service.listen {
        Some(path) => Listener::at(path, service.group.as_deref())?,
        None => Listener::inherited()?,
    };
    let accounts = Accounts::shared(service.limits.total)?;
    let log = service.audit.as_deref();
    let open = |hello: &Hello<'_>, peer: &Peer| session(log, hello, peer, accounts);
    // Before anybody comes, and whenever the broker of a run was killed.
    let recover = || recovery::recover(log);
    recover();
    Ok(broker::serve(
        listener,
        service.limits,
        accounts,
        open,
        recover,
    )?)
}

/// The names of all requests.
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

/// The policy and the log of one run. The system's policy is the ceiling; the operator's options can only narrow it.
/// Whether a plugin is bundled is decided by this executable.
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
        // Records distinguish the rules of the system from those of the client, whatever the name of its file is.
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
        signer: signature::signer(hello),
        args: hello.args.iter().map(ToString::to_string).collect(),
        user: peer.user(),
    };
    let log = log::open_for_peer(log, &policies, &subject, peer)?;
    let log = signature::required(&policies, &subject, log)?;
    Ok(Session {
        gate: Gate::sharing(&policies, &subject, Arc::new(log), accounts.of(peer.uid)),
        capabilities: CAPABILITIES.into(),
        args: subject.args.clone(),
        confined: policies.audit().required,
        unconfined: lacking(),
        journals: journals(name),
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

/// Checks whether the reasons to allow this run still exist: the system's policy, and the user.
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
