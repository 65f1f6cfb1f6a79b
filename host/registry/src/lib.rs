//! Plugins in registries: how an operator names a place there, and what is written and read there. Nothing here asks a
//! network; the bundled plugin `oci` does.

mod artifact;
mod place;

pub use artifact::{About, Artifact, Error as ArtifactError, LONGEST_MANIFEST, Written};
pub use place::{BadPlace, Place, SCHEME};
