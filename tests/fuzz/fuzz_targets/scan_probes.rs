//! A file of probes for services, and an answer: any text is a file, and no pattern takes more than its share.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| nmap::read_probes(bytes));
