//! What answers a probe: any bytes are an answer, or none.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| nmap::read_answer(bytes));
