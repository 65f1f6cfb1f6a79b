//! Where paths of a user's lead, as far as that user may see.

use super::file;
use super::peer::Peer;
use super::user_process::Rights;
use nethost_core::AbsolutePath;

/// So many of the longest fit into one answer.
const AT_ONCE: usize = 16;

/// The real path of each, in order. None where nobody can tell.
pub fn real_paths(user: &Peer, paths: &[AbsolutePath]) -> Option<Vec<AbsolutePath>> {
    let rights = Rights::of(Some(user));
    let mut real = Vec::with_capacity(paths.len());
    for some in paths.chunks(AT_ONCE) {
        let followed = rights.learn(|| Ok(some.iter().map(file::resolve).collect::<Vec<_>>()));
        real.extend(followed.ok()?);
    }
    Some(real)
}
