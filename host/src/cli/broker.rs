//! `nethost broker`: the privileges of this machine's network as a service for its users.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Options, log, run};
use crate::broker::{self, Hello, Listener, Most, Peer, Session};
use crate::capability;
use crate::lockdown;
use crate::plugin::catalog;
use nethost_audit as audit;
use nethost_core::User;
use nethost_core::home;
use nethost_core::text;
use nethost_gate::{Accounts, Gate};
use nethost_policy as policy;
use nethost_policy::{Links, Names, Policies, PolicyWatch, SYSTEM_FILE, Subject};

/// Options of `nethost broker`.
#[derive(clap::Args)]
pub(super) struct Service {
    /// Where to listen, unless the service manager passes a socket (LISTEN_FDS)
    #[arg(long, value_name = "SOCKET")]
    listen: Option<PathBuf>,
    /// The group that may connect to --listen's socket, besides root
    #[arg(long, value_name = "GROUP", requires = "listen")]
    group: Option<String>,
    /// How many runs are served at once
    #[arg(long, value_name = "COUNT", default_value_t = 512)]
    most: usize,
    /// How many of them may be one user's
    #[arg(long, value_name = "COUNT", default_value_t = 64)]
    most_of_each: usize,
}

/// Why the service does not begin, or a run does not.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Policy(#[from] policy::Error),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Audit(#[from] audit::Error),
    #[error("{SYSTEM_FILE} is missing: a service for others needs it to say who may do what")]
    NoPolicy,
    #[error("--policy, --allow and --deny are for runs; what a service allows is in {SYSTEM_FILE}")]
    Flags,
    #[error("{0}")]
    Socket(#[from] broker::ListenError),
    #[error("the bundled plugin {0} is damaged; install nethost again")]
    Bundle(&'static str),
    #[error("broker: {0}")]
    System(#[from] io::Error),
}

/// Listens until it is killed.
pub(super) fn broker(options: &Options, service: &Service) -> io::Result<u8> {
    match serve(options, service) {
        Ok(never) => match never {},
        Err(error) => Err(io::Error::other(error)),
    }
}

fn serve(options: &Options, service: &Service) -> Result<std::convert::Infallible, Error> {
    if options.policy.is_some() || !options.allow.is_empty() || !options.deny.is_empty() {
        return Err(Error::Flags);
    }
    // What would refuse every run is said now; each run reads the policy as it is by then.
    ceiling()?;
    let listener = match &service.listen {
        Some(path) => Listener::at(path, service.group.as_deref())?,
        None => Listener::inherited()?,
    };
    let most = Most {
        altogether: service.most,
        of_each: service.most_of_each,
    };
    let accounts = Accounts::shared()?;
    Ok(broker::serve(listener, most, accounts, |hello, peer| {
        session(options, hello, peer, accounts)
    })?)
}

fn names<'a>(capabilities: &'a [&'a str]) -> Names<'a> {
    Names {
        capabilities,
        plugins: &[],
    }
}

fn ceiling() -> Result<Policies, Error> {
    let capabilities = capability::request_names();
    let policies = Policies::load(Some(Path::new(SYSTEM_FILE)), None, names(&capabilities))?;
    match policies.ceiling {
        Some(_) => Ok(policies),
        None => Err(Error::NoPolicy),
    }
}

/// The policy and the log of one run. The system's policy is the ceiling; what the operator says can only
/// narrow it. That a plugin is part of this build, this build says.
fn session(
    options: &Options,
    hello: &Hello<'_>,
    peer: &Peer,
    accounts: Accounts,
) -> Result<Session, Error> {
    home::is(User::home(peer.uid).map(Into::into));
    let capabilities = capability::request_names();
    let mut policies = ceiling()?;
    if let Some((origin, text)) = &hello.policy {
        // Records tell the system's rules from those of whoever comes, whatever they call their file.
        let origin = format!("--policy {}", text::line(origin));
        policies.chosen = Some(policy::parse(&origin, text, names(&capabilities))?);
    }
    let flags = Options {
        allow: hello.allow.iter().map(ToString::to_string).collect(),
        deny: hello.deny.iter().map(ToString::to_string).collect(),
        ..Options::default()
    };
    policies.flags = run::flags(&flags, names(&capabilities))?;
    let user = peer.clone();
    policies.links = Links::followed_by(move |paths| broker::real_paths(&user, paths));
    let bundled = catalog::by_digest(&hello.digest);
    if let Some(plugin) = bundled {
        let damaged = |_| Error::Bundle(plugin.name);
        let manifest = catalog::manifest(plugin).map_err(|_| Error::Bundle(plugin.name))?;
        let origin = format!("plugin.toml of {}", plugin.name);
        policies.manifest = catalog::rules(&manifest.request, &origin).map_err(damaged)?;
    }
    let name = bundled.map_or(&*hello.plugin, |plugin| plugin.name);
    let subject = Subject {
        name: name.into(),
        digest: hello.digest.to_string(),
        bundled: bundled.is_some(),
        args: hello.args.iter().map(ToString::to_string).collect(),
        user: peer.user(),
    };
    let log = log::open_for_peer(options, &policies, &subject, peer)?;
    Ok(Session {
        gate: Gate::sharing(&policies, &subject, Arc::new(log), accounts.of(peer.uid)),
        args: subject.args.clone(),
        confined: policies.audit().required,
        unconfined: lockdown::lacking(),
        watch: Some(watch(policies, subject, peer.clone())),
    })
}

/// Looks whether what allows this run is still there: the system's policy, and the user.
fn watch(policies: Policies, subject: Subject, peer: Peer) -> PolicyWatch {
    let listed = User::listed(peer.uid);
    let (at_start, before) = (policies.clone(), subject.clone());
    PolicyWatch::new(run::watched_files(), &policies, &subject, move || {
        let capabilities = capability::request_names();
        let policies = at_start.reread(Path::new(SYSTEM_FILE), names(&capabilities));
        let policies = policies.map_err(|error| error.to_string())?;
        Ok(run::still(policies, &before, peer.user(), &listed))
    })
}
