//! The manifest reader: any text is a manifest that can be shown as it is, or one plain line that says
//! why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nethost_manifest::{LARGEST, Manifest};

fuzz_target!(|text: &str| match Manifest::parse(text) {
    Err(error) => plain(&error.to_string()),
    Ok(manifest) => {
        assert!(text.len() <= LARGEST);
        plain(&manifest.summary);
        manifest.names().for_each(plain);
        for wanted in &manifest.request {
            plain(&wanted.cap);
            plain(&wanted.reason);
            wanted.to.iter().flatten().for_each(|target| plain(target));
        }
    }
});

fn plain(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
}
