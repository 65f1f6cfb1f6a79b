//! Packs plugins, signs them, and verifies their signatures.
//!
//! A packed plugin is one file: the component with its manifest, without names and debug information. A signature is a
//! file of its own beside it, so that the component and its digest, by which policies know it, stay the same. Nothing
//! here asks a network, and nothing needs a privilege.

mod component;
mod key;
mod pack;
mod signature;

pub use component::Malformed;
pub use key::{BadKey, PublicKey, SecretKey};
pub use pack::{Error as PackError, pack};
pub use signature::{LONGEST as LONGEST_SIGNATURE, Refusal, beside, sign, signer, verify};
