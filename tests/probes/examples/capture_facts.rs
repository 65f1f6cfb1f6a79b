//! Captures on the interfaces that are named until a packet passes, and says what it was; `filter` compiles an expression.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::capture::{
    CaptureOptions, CompileOptions, Origin, Session, compile,
};
use nethost_sdk::bindings::nethost::cap::types::ErrorCode;
use nethost_sdk::bindings::{Guest, export_tool};

/// How long a packet is waited for.
const PATIENCE: u64 = 20_000_000_000;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        for arg in &args {
            let found = match arg.as_str() {
                "filter" => filter(),
                interface => capture(interface).await,
            };
            match found {
                Ok(text) => println!("{arg} {text}"),
                Err(error) => println!("{arg} {}", told(&error)),
            }
        }
        Ok(0)
    }
}

fn filter() -> Result<String, ErrorCode> {
    let options = CompileOptions {
        link: 1,
        snapshot: 96,
        optimize: true,
        netmask: 0,
        origin: Origin::Nowhere,
    };
    let program = compile("ip", options)?;
    Ok(format!("has {} instructions", program.len()))
}

async fn capture(interface: &str) -> Result<String, ErrorCode> {
    let (name, link) = match interface {
        "any-interface" => (None, 276),
        name => (Some(name), 1),
    };
    let options = CaptureOptions {
        link,
        snapshot: 96,
        promiscuous: false,
        buffer: 0,
        immediate: true,
        filter: Vec::new(),
    };
    let session = Session::open(name, &options)?;
    println!("{interface} open");
    let batch = session.receive(1, PATIENCE).await?;
    let packet = batch.packets.first().ok_or(ErrorCode::Timeout)?;
    let counts = session.statistics()?;
    let (kept, long) = (packet.length, packet.original);
    Ok(format!(
        "packet of {long} kept {kept} dropped {}",
        counts.dropped
    ))
}
