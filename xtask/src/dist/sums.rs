//! The checksums of a release, and their signature.

use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::{STEP, stage};
use crate::step::{self, Failure};

const SUMS: &str = "SHA256SUMS";
/// The secret key that signs, as signify(1) makes it. Without it nothing is signed.
const KEY: &str = "NETHOST_SIGN_KEY";

/// Writes the checksums of these files, and signs them if there is a key.
pub(super) fn write(out: &Path, files: &[&str]) -> Result<(), Failure> {
    let mut sums = String::new();
    for file in files {
        let path = out.join(file);
        let bytes = std::fs::read(&path).map_err(|error| stage::failed(&path, error))?;
        let digest = Sha256::digest(&bytes);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        // The format of sha256sum(1), for `sha256sum --check`.
        sums.push_str(&format!("{hex}  {file}\n"));
    }
    step::write(STEP, &out.join(SUMS), &sums)?;
    eprint!("{sums}");
    let signature = format!("{SUMS}.sig");
    let _ = std::fs::remove_file(out.join(&signature));
    let Some(key) = std::env::var_os(KEY).filter(|key| !key.is_empty()) else {
        eprintln!("not signed: {KEY} names no key (signify -G makes one)");
        return Ok(());
    };
    // Debian calls it signify-openbsd, others signify.
    let found = ["signify-openbsd", "signify"].into_iter().find(|program| {
        let mut probe = Command::new(program);
        probe
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    });
    let mut sign = Command::new(found.unwrap_or("signify-openbsd"));
    sign.current_dir(out)
        .args(["-S", "-s"])
        .arg(key)
        .args(["-m", SUMS, "-x", &signature]);
    step::run(
        STEP,
        &mut sign,
        "install signify-openbsd, or look at the key",
    )
}
