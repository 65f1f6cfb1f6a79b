//! Prints everything that a terminal could act on, on both streams, whole and cut, and in its error message: `panic`
//! has it in a panic instead.

use nethost_sdk::bindings::{Guest, export_tool};
use std::io::Write;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

/// C0, DEL and C1; what reorders text; sequences of them.
fn hostile() -> String {
    let controls = (0..0x20_u32)
        .chain(0x7f..0xa0)
        .filter_map(char::from_u32)
        .map(|control| format!("a{control}b"));
    let marks = "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let sequences = "\u{1b}]0;stolen title\u{7} \u{1b}[31mred\u{1b}[0m \u{9b}2J over\rwritten back\u{8}\u{8}\u{8}\u{8}";
    controls.chain([marks.into(), sequences.into()]).collect()
}

/// C1 as single bytes, and characters that end too early.
const RAW: &[u8] = b"raw \x80\x9b2J\xff\xe2\x80 \xc2 ";

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let text = hostile();
        println!("out {text} end");
        eprintln!("err {text} end");
        for bytes in [text.as_bytes(), RAW] {
            for byte in bytes {
                // Once each, so that what is judged arrives in pieces.
                let _ = std::io::stderr().write_all(std::slice::from_ref(byte));
            }
            let _ = std::io::stdout().write_all(bytes);
        }
        let _ = std::io::stdout().write_all(b"\rlone\r");
        let _ = std::io::stdout().flush();
        assert!(args.is_empty(), "message {text} end");
        Err(format!("message {text} end"))
    }
}
