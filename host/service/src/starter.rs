//! The broker of one run, for the user who started it: an executable with file capabilities (capabilities(7)), which
//! any user can start with any arguments, environment, descriptors, limits and signals. It takes the same precautions
//! as a set-user-ID program.
//!
//! Its user is the one who started it, by the real IDs of this process. The system's policy, if there is one, is the
//! ceiling. The log is the one that the policy names, or that of the user.

use std::os::fd::RawFd;
use std::path::Path;
use std::sync::Arc;

use nethost_broker::{self as broker, CAPABILITIES, Granted, Hello, Peer, Session};
use nethost_core::{User, home, text};
use nethost_gate::Gate;
use nethost_manifest::Wanted;
use nethost_policy::{self as policy, Links, Policies, Policy, PolicyWatch, SYSTEM_FILE, Subject};

use crate::grants::Grants;
use crate::{Error, catalog, flags, lacking, log, names, request_names, still, watched_files};

/// Serves the run whose socket has this number.
pub fn serve_starter(socket: RawFd) -> Result<(), Error> {
    Ok(broker::serve_starter(socket, session)?)
}

fn session(hello: &Hello<'_>, peer: &Peer) -> Result<Session, Error> {
    // `~/` in the system's policy is no word of the environment. Without that policy, what the user says counts.
    if Path::new(SYSTEM_FILE).symlink_metadata().is_ok() {
        home::is(User::home(peer.uid).map(Into::into));
    }
    let capabilities = request_names();
    let names = names(&capabilities);
    let mut policies = Policies::load(Some(Path::new(SYSTEM_FILE)), None, names)?;
    if let Some((origin, text)) = &hello.policy {
        let origin = match policies.ceiling {
            // Records distinguish the rules of the system from those of the client, whatever the name of its file is.
            Some(_) => format!("--policy {}", text::line(origin)),
            None => text::line(origin),
        };
        policies.chosen = Some(Policy::of_operator(policy::parse(&origin, text, names)?));
    }
    policies.flags = flags(&hello.allow, &hello.deny, names)?;
    let user = peer.clone();
    policies.links = Links::followed_by(move |paths| broker::real_paths(&user, paths));
    let bundled = catalog::by_digest(&hello.digest);
    if let Some(plugin) = bundled {
        policies.manifest = crate::manifest_rules(plugin)?;
    }
    let granted = hello.granted.as_ref().filter(|_| bundled.is_none());
    if let Some(granted) = granted {
        policies.granted = granted_rules(granted)?;
    }
    let subject = Subject {
        name: bundled.map_or(&*hello.plugin, |plugin| plugin.name).into(),
        digest: hello.digest.to_string(),
        bundled: bundled.is_some(),
        signer: crate::signature::signer(hello),
        args: hello.args.iter().map(ToString::to_string).collect(),
        user: peer.user(),
    };
    let named = hello.audit.as_deref().map(Path::new);
    let log = log::open_for_peer(named, &policies, &subject, peer)?;
    let log = crate::signature::required(&policies, &subject, log)?;
    let grants = granted.filter(|granted| granted.for_good);
    let grants = grants.and_then(|_| Grants::of_user());
    Ok(Session {
        gate: Gate::new(&policies, &subject, Arc::new(log)),
        capabilities: CAPABILITIES.into(),
        args: subject.args.clone(),
        confined: policies.audit().required,
        unconfined: lacking(),
        // Its user could write them, and so have it do what no policy allows.
        journals: None,
        watch: Some(watch(policies, subject, peer.clone(), grants)),
    })
}

fn granted_rules(granted: &Granted<'_>) -> Result<Vec<policy::Rule>, Error> {
    let requests: Vec<Wanted> =
        serde_json::from_str(&granted.requests).map_err(|_| Error::Granted)?;
    let known = request_names();
    if requests
        .iter()
        .any(|one| !known.contains(&one.cap.as_str()))
    {
        return Err(Error::Granted);
    }
    // Whatever its name is, records distinguish it from the system's rules.
    let origin = format!(
        "granted, by the user's word: {}",
        text::line(&granted.origin)
    );
    catalog::rules(&requests, &origin).map_err(|_| Error::Granted)
}

/// Checks whether the reasons to allow this run still exist: the system's policy, the user, and permanent grants.
fn watch(policies: Policies, subject: Subject, peer: Peer, grants: Option<Grants>) -> PolicyWatch {
    let mut files = watched_files();
    files.extend(grants.iter().map(|grants| grants.path().to_owned()));
    let listed = User::listed(peer.uid);
    let (at_start, before) = (policies.clone(), subject.clone());
    PolicyWatch::new(files, &policies, &subject, move || {
        let capabilities = request_names();
        let policies = at_start.reread(Path::new(SYSTEM_FILE), names(&capabilities));
        let mut policies = policies.map_err(|error| error.to_string())?;
        if let Some(grants) = &grants {
            let all = grants.all().map_err(|error| error.to_string())?;
            if !all.iter().any(|one| one.version.digest == before.digest) {
                policies.granted.clear();
            }
        }
        Ok(still(policies, &before, peer.user(), &listed))
    })
}
