//! Resolves symbolic links. Paths that a user typed, or wrote into their own policy, are resolved with the rights of
//! that user only. Otherwise a rule that root resolves would reveal targets of links that the user cannot read.

use std::fmt;
use std::sync::Arc;

use nethost_core::{AbsolutePath, file};

type Follow = dyn Fn(&[AbsolutePath]) -> Option<Vec<AbsolutePath>> + Send + Sync;

/// A function that resolves links. Without one, this process resolves them.
#[derive(Clone, Default)]
pub struct Links(Option<Arc<Follow>>);

impl Links {
    /// Resolved by this function, which returns a result for each path in order.
    pub fn followed_by(
        follow: impl Fn(&[AbsolutePath]) -> Option<Vec<AbsolutePath>> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(follow)))
    }

    /// The real path of each path. Unchanged if it cannot be resolved.
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
