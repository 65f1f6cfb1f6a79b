//! The policy reader: any text is a policy or one line that says what is wrong with it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let names = nethost::capability::request_names();
    if let Err(error) = nethost::policy::parse("policy.toml", text, &names) {
        let message = error.to_string();
        assert!(
            message.starts_with("policy.toml:"),
            "{message:?} names no place"
        );
        assert!(
            !message.contains(char::is_control),
            "{message:?} is not one plain line"
        );
    }
});
