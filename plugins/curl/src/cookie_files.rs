//! The files that cookies come from.

use crate::operate::Shared;
use crate::settings::Operation;

/// Reads the cookies of a group of URLs. A file that is not there holds none.
pub(crate) fn load(shared: &Shared, op: &Operation) {
    let mut jar = shared.session.cookies.borrow_mut();
    if op.cookie_files.is_empty() && op.cookie_jar.is_none() {
        return;
    }
    jar.is_on = true;
    for path in op.cookie_files.iter().filter(|path| !path.is_empty()) {
        match crate::cli::files::read(path) {
            Ok(bytes) => jar.read(&String::from_utf8_lossy(&bytes), op.junk_session),
            Err(reason) if reason.starts_with("denied") => crate::cli::warning(&reason),
            Err(_) => {}
        }
    }
}
