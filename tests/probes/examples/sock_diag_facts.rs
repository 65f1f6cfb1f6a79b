//! Lists the sockets of a protocol, and says how many there are in which states.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::sock_diag::{Namespace, Protocol, Query, Table};
use nethost_sdk::bindings::{Guest, export_tool};
use nethost_sdk::sock_diag::Messages;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        for arg in &args {
            match list(arg) {
                Ok(text) => println!("{arg} {text}"),
                Err(error) => println!("{arg} {error}"),
            }
        }
        Ok(0)
    }
}

fn list(what: &str) -> Result<String, String> {
    let namespace = Namespace::open(None).map_err(|error| told(&error))?;
    let protocol = match what {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "unix" => Protocol::Unix,
        _ => {
            let reader = namespace.read_table(Table::Raw);
            let reader = reader.map_err(|error| told(&error))?;
            let text = reader.next().map_err(|error| told(&error))?;
            return Ok(format!("table of {} octets", text.len()));
        }
    };
    let query = Query {
        protocol,
        family: 2,
        states: 0xfff,
        show: 0,
        filter: Vec::new(),
    };
    let listing = namespace.list(&query).map_err(|error| told(&error))?;
    let (mut all, mut listening) = (0, 0);
    loop {
        let batch = listing.next().map_err(|error| told(&error))?;
        for message in Messages(&batch.messages) {
            all += 1;
            listening += u32::from(message.inet().is_some_and(|socket| socket.state() == 10));
        }
        if batch.last {
            return Ok(format!("sockets {all} listening {listening}"));
        }
    }
}
