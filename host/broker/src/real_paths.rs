//! Resolves a user's paths to real paths, with the user's rights.

use super::file;
use super::peer::Peer;
use super::user_process::Rights;
use nethost_core::AbsolutePath;

/// The number of paths of maximum length that fit into one answer.
const AT_ONCE: usize = 16;

/// The real path of each path, in order. None if it cannot be resolved.
pub fn real_paths(user: &Peer, paths: &[AbsolutePath]) -> Option<Vec<AbsolutePath>> {
    let rights = Rights::of(Some(user));
    let mut real = Vec::with_capacity(paths.len());
    for some in paths.chunks(AT_ONCE) {
        let followed = rights.learn(|| Ok(some.iter().map(file::resolve).collect::<Vec<_>>()));
        real.extend(followed.ok()?);
    }
    Some(real)
}
