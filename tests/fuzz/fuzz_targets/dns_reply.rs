//! DNS replies: any bytes are a message that is shown in all forms, or one that is told to be malformed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| dig::read_reply(bytes));
