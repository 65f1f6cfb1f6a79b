//! What a registry says: any bytes are the manifest of one component with a digest that is one, or one line that says why
//! not; any text is a place of plain characters, or none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nethost_registry::{Artifact, Place};

fuzz_target!(|bytes: &[u8]| {
    match Artifact::parse(bytes) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(artifact) => {
            let digits = artifact.component.strip_prefix("sha256:").unwrap();
            let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            assert!(digits.len() == 64 && digits.bytes().all(is_digit));
        }
    }
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(place) = text.parse::<Place>()
    {
        let shown = place.to_string();
        assert!(
            shown.bytes().all(|byte| byte.is_ascii_graphic()),
            "{shown:?}"
        );
        assert!(!shown.contains("/.."), "{shown:?}");
        assert_eq!(shown.parse::<Place>().unwrap(), place);
    }
});
