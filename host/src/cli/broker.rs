//! `nethost broker`: gives the users of this machine access to its network privileges, as a service.

use std::io;
use std::path::PathBuf;

use super::Options;
use nethost_broker::Limits;
use nethost_policy::SYSTEM_FILE;
use nethost_service::{self as service, DEFAULT_LIMITS};

/// Options of `nethost broker`.
#[derive(clap::Args)]
pub(super) struct Service {
    /// The path of the socket, unless the service manager passes a socket (LISTEN_FDS)
    #[arg(long, value_name = "SOCKET")]
    listen: Option<PathBuf>,
    /// The group that may connect to the socket of --listen, besides root
    #[arg(long, value_name = "GROUP", requires = "listen")]
    group: Option<String>,
    /// The maximum number of runs at the same time
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT_LIMITS.total)]
    most: usize,
    /// The maximum number of runs of one user at the same time
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT_LIMITS.per_user)]
    most_of_each: usize,
}

/// Serves until it is killed.
pub(super) fn broker(options: &Options, service: &Service) -> io::Result<u8> {
    if options.policy.is_some() || !options.allow.is_empty() || !options.deny.is_empty() {
        return Err(io::Error::other(format!(
            "--policy, --allow and --deny are for runs; what a service allows is in {SYSTEM_FILE}"
        )));
    }
    let service = service::Service {
        listen: service.listen.clone(),
        group: service.group.clone(),
        limits: Limits {
            total: service.most,
            per_user: service.most_of_each,
        },
        audit: options.audit.clone(),
    };
    match service::serve(&service) {
        Ok(never) => match never {},
        Err(error) => Err(io::Error::other(error)),
    }
}
