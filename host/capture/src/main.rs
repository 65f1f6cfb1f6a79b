//! The compiler of packet filters, a separate executable: it reads an expression of pcap-filter(7) from standard input
//! and writes its program to standard output, eight bytes an instruction, in network order. The broker starts it. So
//! libpcap, which reads what a plugin wrote, is in no process with privileges, and no other tool pays for loading it.
//!
//! Arguments: the link (a LINKTYPE_ number), the snapshot length, the mask of the IPv4 network, `optimize` or `plain`,
//! and `file`, `live` or `tagged`: see `handle::Origin`.
//!
//! Exit code 0; 1 with libpcap's words on standard error; 2 if this executable failed itself.

mod confine;
mod handle;
mod sys;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use handle::Origin;

/// No expression is longer.
const LONGEST: u64 = 64 << 10;

/// What the arguments say.
struct Arguments {
    link: u32,
    snapshot: u32,
    netmask: u32,
    optimize: bool,
    origin: Origin,
}

/// Why there is no program.
enum Failure {
    /// The expression is wrong.
    Expression(String),
    /// This executable, or what started it, is.
    Own(String),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Expression(message)) => {
            eprintln!("{message}");
            ExitCode::from(1)
        }
        Err(Failure::Own(message)) => {
            eprintln!("nethost-capture: {message}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments = arguments().ok_or_else(|| {
        let usage = "usage: nethost-capture LINK SNAPSHOT NETMASK optimize|plain file|live|tagged < EXPRESSION";
        Failure::Own(usage.into())
    })?;
    sys::close_inherited_files().map_err(|error| Failure::Own(error.to_string()))?;
    // Nothing of the expression is read before the privileges are given up. What the handle needs is numbers.
    let handle = handle::open(arguments.origin, arguments.link, arguments.snapshot);
    let handle = handle.map_err(Failure::Own)?;
    confine::confine().map_err(Failure::Own)?;
    let mut expression = Vec::new();
    let read = io::stdin()
        .lock()
        .take(LONGEST + 1)
        .read_to_end(&mut expression);
    read.map_err(|error| Failure::Own(format!("reading the expression: {error}")))?;
    if expression.len() as u64 > LONGEST {
        return Err(Failure::Expression("expression too long".into()));
    }
    let program = handle
        .compile(&expression, arguments.netmask, arguments.optimize)
        .map_err(Failure::Expression)?;
    let mut output = io::stdout().lock();
    let written = output.write_all(&program).and_then(|()| output.flush());
    written.map_err(|error| Failure::Own(format!("writing the program: {error}")))
}

fn arguments() -> Option<Arguments> {
    let mut words = std::env::args().skip(1);
    let mut number = || words.next()?.parse::<u32>().ok();
    let (link, snapshot, netmask) = (number()?, number()?, number()?);
    let optimize = match words.next()?.as_str() {
        "optimize" => true,
        "plain" => false,
        _ => return None,
    };
    let origin = match words.next()?.as_str() {
        "file" => Origin::File,
        "live" => Origin::Live,
        "tagged" => Origin::Tagged,
        _ => return None,
    };
    words.next().is_none().then_some(Arguments {
        link,
        snapshot,
        netmask,
        optimize,
        origin,
    })
}
