//! Tries one connection and prints how it ended: `tcp_facts ADDRESS PORT [HOP-LIMIT]`.

use nethost_probes::{SECOND, address, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::tcp::{AttemptOutcome, Connector};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [remote, port, rest @ ..] = args.as_slice() else {
            return Err("usage: tcp_facts ADDRESS PORT [HOP-LIMIT]".into());
        };
        let port = port.parse().map_err(|_| "PORT is not a number")?;
        let hop_limit = rest.first().and_then(|text| text.parse().ok());
        let connector = match Connector::open(endpoint(remote, port)?, &no_options()) {
            Ok(connector) => connector,
            Err(error) => {
                println!("open {}", told(&error));
                return Ok(1);
            }
        };
        let report = match connector.attempt(hop_limit, SECOND).await {
            Ok(report) => report,
            Err(error) => {
                println!("attempt {}", told(&error));
                return Ok(1);
            }
        };
        println!("local {}", address(report.local.address));
        println!("took {}", report.ended.saturating_sub(report.sent));
        match report.outcome {
            AttemptOutcome::Established => println!("established"),
            AttemptOutcome::Refused => println!("refused"),
            AttemptOutcome::Unanswered => println!("unanswered"),
            AttemptOutcome::Failed(error) => println!(
                "failed type {} code {} from {:?}",
                error.icmp_type,
                error.icmp_code,
                error.offender.map(|offender| address(offender.address))
            ),
        }
        Ok(0)
    }
}
