//! Captures and compiles in ways that make no sense.

use nethost_sdk::bindings::{Guest, export_tool};
use nethost_sdk::capture::{CaptureOptions, CompileOptions, Instruction, Origin, Session, compile};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

fn step(code: u16, jump_true: u8, operand: u32) -> Instruction {
    Instruction {
        code,
        jump_true,
        jump_false: 0,
        operand,
    }
}

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let mut accepted = 0;
        let mut open = |name: Option<&str>, link, snapshot, filter: Vec<Instruction>| {
            let options = CaptureOptions {
                link,
                snapshot,
                promiscuous: true,
                buffer: u32::MAX,
                immediate: true,
                filter,
            };
            accepted += u32::from(Session::open(name, &options).is_ok());
        };
        for name in ["", "..", "a/b", "a\0b", "no-such-link", &"x".repeat(300)] {
            open(Some(name), 1, 96, Vec::new());
        }
        for (link, snapshot) in [
            (276, 96),
            (1, 0),
            (1, 262_145),
            (1, u32::MAX),
            (u32::MAX, 96),
            (0, 96),
        ] {
            open(Some("lo"), link, snapshot, Vec::new());
        }
        open(None, 1, 96, Vec::new());
        for filter in [
            // It does not end; jumps behind its end; returns what it computes; has no such instruction; is too long.
            vec![step(0, 0, 0)],
            vec![step(5, 0, 0)],
            vec![step(5, 0, u32::MAX), step(6, 0, 1)],
            vec![step(0x15, 9, 0), step(6, 0, 1)],
            vec![step(0x16, 0, 0)],
            vec![step(0xffff, 0, 0), step(6, 0, 1)],
            vec![step(0x60, 0, 99), step(6, 0, 1)],
            vec![step(6, 0, 1); 5000],
        ] {
            open(Some("lo"), 1, 96, filter);
        }
        // Fields of a cooked header that the kernel does not have.
        open(None, 276, 96, vec![step(0x30, 0, 12), step(6, 0, 1)]);
        for expression in [
            "foo",
            "ip and",
            "host",
            "\0",
            "tcp\0",
            &"(".repeat(100_000),
            "port 99999",
            "host no.such.host",
        ] {
            let options = CompileOptions {
                link: 1,
                snapshot: u32::MAX,
                optimize: true,
                netmask: 0,
                origin: Origin::File,
            };
            accepted += u32::from(compile(expression, options).is_ok());
        }
        println!("accepted {accepted}");
        Ok(0)
    }
}
