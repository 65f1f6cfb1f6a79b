//! Where symbolic links lead. What somebody typed, or wrote into a policy of their own, is followed with their rights
//! and no others: a rule that root resolves would tell where links lead that they cannot read.

use std::fmt;
use std::sync::Arc;

use nethost_core::{AbsolutePath, file};

type Follow = dyn Fn(&[AbsolutePath]) -> Option<Vec<AbsolutePath>> + Send + Sync;

/// A way to follow links; without one, this process's.
#[derive(Clone, Default)]
pub struct Links(Option<Arc<Follow>>);

impl Links {
    /// Followed by this, which answers for each path in order.
    pub fn followed_by(
        follow: impl Fn(&[AbsolutePath]) -> Option<Vec<AbsolutePath>> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(follow)))
    }

    /// The real path of each; the same path where nobody can tell.
    pub(super) fn resolve(&self, paths: &[AbsolutePath]) -> Vec<AbsolutePath> {
        let Some(follow) = &self.0 else {
            return paths.iter().map(file::resolve).collect();
        };
        if paths.is_empty() {
            return Vec::new();
        }
        match follow(paths) {
            Some(real) if real.len() == paths.len() => real,
            _ => paths.to_vec(),
        }
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.0.is_some() { "a user" } else { "own" };
        write!(f, "Links({whose})")
    }
}
