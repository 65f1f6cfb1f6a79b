//! Capture files: any bytes are packets that are shown in all forms, or a file that is told to be malformed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| tcpdump::read_capture(bytes));
