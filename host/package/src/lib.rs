//! Packs plugins, signs them, verifies their signatures, and reads and writes what a registry has of them.
//!
//! A packed plugin is one file: the component with its manifest, without names and debug information. A signature is a
//! file of its own beside it, so that the component and its digest, by which policies know it, stay the same. Nothing
//! here asks a network, and nothing needs a privilege.

mod artifact;
mod component;
mod key;
mod pack;
mod place;
mod signature;

pub use artifact::{About, Artifact, Error as ArtifactError, LONGEST_MANIFEST, Written};
pub use component::Malformed;
pub use key::{BadKey, PublicKey, SecretKey};
pub use pack::{Error as PackError, pack};
pub use place::{BadPlace, Place, SCHEME};
pub use signature::{LONGEST as LONGEST_SIGNATURE, Refusal, beside, sign, signer, verify};
