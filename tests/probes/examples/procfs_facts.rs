//! Prints what the host says of processes and counters: `procfs_facts OWNER INODE NAME…`, where OWNER is own, all or a
//! user's id.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::procfs::{
    CounterFile, Extent, FileKinds, Owner, ProcessListing, find_socket_owners,
};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

fn owner(text: &str) -> Result<Owner, String> {
    Ok(match text {
        "own" => Owner::Own,
        "all" => Owner::All,
        user => Owner::User(user.parse().map_err(|_| format!("{user}: no user"))?),
    })
}

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [of, inode, names @ ..] = args.as_slice() else {
            return Err("usage: procfs_facts OWNER INODE NAME…".into());
        };
        if inode != "-" {
            let inode = inode.parse().map_err(|_| format!("{inode}: no inode"))?;
            match find_socket_owners(owner(of)?, &[inode], Extent::Every) {
                Ok(found) => {
                    for one in found.owners {
                        let process = &found.processes[one.owner as usize];
                        println!(
                            "owner {} {} {} {}",
                            process.process, process.user, one.descriptor, process.command
                        );
                    }
                    println!("unreadable {}", found.unreadable > 0);
                }
                Err(error) => println!("owners {}", told(&error)),
            }
            match ProcessListing::open(owner(of)?, &[], FileKinds::TEXT | FileKinds::SOCKETS) {
                Ok(listing) => loop {
                    let entries = listing.next(7).map_err(|error| told(&error))?;
                    if entries.is_empty() {
                        break;
                    }
                    for entry in entries {
                        println!("process {} {}", entry.facts.process, entry.facts.command);
                    }
                },
                Err(error) => println!("processes {}", told(&error)),
            }
        }
        for name in names {
            match CounterFile::open(name) {
                Ok(file) => {
                    let first = file.read().map_err(|error| told(&error))?;
                    let again = file.read().map_err(|error| told(&error))?;
                    let text = String::from_utf8_lossy(&first);
                    let line = text.lines().next().unwrap_or_default();
                    println!("counters {name} {} {line}", !again.is_empty());
                }
                Err(error) => println!("counters {name} {}", told(&error)),
            }
        }
        Ok(0)
    }
}
