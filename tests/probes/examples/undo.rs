//! Changes the network in scopes, as it is told: `undo LINK STEP…`. The steps: `up`, `down`, `mtu=N`, `address=A/L`,
//! `lasting=A/L/SECONDS`, `no-address=A/L`, `route=D/L/VIA`, `replace=D/L/VIA`, `beside=D/L/VIA`, `no-route=D/L`,
//! `kind` (which cannot be undone), `begin` (another scope), `commit`, `undo`, `drop`, `wait`, `trap`.

use nethost_probes::{SECOND, told};
use nethost_sdk::bindings::nethost::cap::clock;
use nethost_sdk::bindings::nethost::cap::netlink::{
    Address, Attribute, AttributeValue, Change, Failure, How, Lifetime, LinkChange, LinkQuery,
    Namespace, Objects, Query, Route, Undoable, UndoneChange,
};
use nethost_sdk::bindings::nethost::cap::types::IpAddress;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let mut words = args.iter();
        let link = words.next().ok_or("no link")?;
        let (name, link) = match link.split_once(':') {
            Some((name, link)) => (Some(name), link),
            None => (None, link.as_str()),
        };
        let namespace = Namespace::open(name).map_err(|error| told(&error))?;
        let index = index(&namespace, link)?;
        let mut scope = Some(Undoable::open(&namespace));
        for word in words {
            let (step, value) = word.split_once('=').unwrap_or((word, ""));
            match step {
                "begin" => {
                    // The first one stays open.
                    std::mem::forget(scope.replace(Undoable::open(&namespace)));
                    println!("begin ok");
                    continue;
                }
                "drop" => {
                    scope = None;
                    println!("drop ok");
                    continue;
                }
                "wait" => {
                    println!("waiting");
                    clock::wait_for(600 * SECOND).await;
                    continue;
                }
                "trap" => std::process::abort(),
                _ => {}
            }
            let open = scope.as_ref().ok_or("no scope")?;
            match step {
                "commit" => match open.commit() {
                    Ok(()) => println!("commit ok"),
                    Err(error) => println!("commit {}", told(&error)),
                },
                "undo" => match open.undo() {
                    Ok(undone) => {
                        let undone: Vec<String> = undone.iter().map(shown).collect();
                        println!("undo {}", undone.join(" "));
                    }
                    Err(error) => println!("undo {}", told(&error)),
                },
                _ => match change(open, index, step, value)? {
                    Ok(_) => println!("{word} ok"),
                    Err(failure) => println!("{word} {}", failed(&failure)),
                },
            }
        }
        Ok(0)
    }
}

fn shown(undone: &UndoneChange) -> String {
    match undone {
        UndoneChange::Undone => "undone".into(),
        UndoneChange::Gone => "gone".into(),
        UndoneChange::Left => "left".into(),
        UndoneChange::Failed(errno) => format!("failed({errno})"),
    }
}

fn failed(failure: &Failure) -> String {
    match failure {
        Failure::Refused(error) => told(error),
        Failure::Kernel(error) => format!("kernel {} {}", error.errno, error.text),
    }
}

type Done = Result<Option<String>, Failure>;

fn change(scope: &Undoable, index: u32, step: &str, value: &str) -> Result<Done, String> {
    let set = |flags, mask, attributes| {
        let change = LinkChange {
            index,
            flags,
            flags_mask: mask,
            attributes,
            ..LinkChange::default()
        };
        scope.put(&Change::Link(change), How::empty())
    };
    let adding = How::CREATE | How::EXCLUSIVE;
    Ok(match step {
        "up" => set(1, 1, Vec::new()),
        "down" => set(0, 1, Vec::new()),
        "mtu" => {
            let mtu = value.parse().map_err(|_| "no MTU")?;
            let value = AttributeValue::Number(mtu);
            set(0, 0, vec![Attribute { id: 4, value }])
        }
        "kind" => {
            let change = LinkChange {
                name: Some("new0".into()),
                kind: Some("veth".into()),
                ..LinkChange::default()
            };
            scope.put(&Change::Link(change), adding)
        }
        "address" => scope.put(&address(index, value)?, adding),
        "lasting" => scope.put(&address(index, value)?, How::CREATE | How::REPLACE),
        "no-address" => scope.remove(&address(index, value)?),
        "route" => scope.put(&route(index, value)?, adding),
        "replace" => scope.put(&route(index, value)?, How::CREATE | How::REPLACE),
        "beside" => scope.put(&route(index, value)?, How::CREATE),
        "no-route" => scope.remove(&any_route(value)?),
        other => return Err(format!("{other} is no step of this probe")),
    })
}

fn parts(text: &str) -> Result<(IpAddress, u8, Option<&str>), String> {
    let mut parts = text.split('/');
    let address = parts.next().ok_or("no address")?;
    let address = nethost_probes::endpoint(address, 0)?.address;
    let length = parts.next().and_then(|length| length.parse().ok());
    Ok((address, length.ok_or("no length")?, parts.next()))
}

fn family(address: IpAddress) -> u8 {
    match address {
        IpAddress::Ipv4(_) => 2,
        IpAddress::Ipv6(_) => 10,
    }
}

fn address(index: u32, text: &str) -> Result<Change, String> {
    let (address, prefix_length, seconds) = parts(text)?;
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    Ok(Change::Address(Address {
        family: family(address),
        index,
        prefix_length,
        // IFA_F_NODAD: it is there at once.
        flags: if family(address) == 10 { 2 } else { 0 },
        local: Some(address),
        peer: Some(address),
        lifetime: seconds.map(|seconds| Lifetime {
            preferred: seconds,
            valid: seconds,
        }),
        ..Address::default()
    }))
}

fn route(index: u32, text: &str) -> Result<Change, String> {
    let (destination, destination_length, via) = parts(text)?;
    let gateway = via.map(|via| nethost_probes::endpoint(via, 0));
    let gateway = gateway.transpose()?.map(|endpoint| endpoint.address);
    Ok(Change::Route(Route {
        family: family(destination),
        destination: Some(destination),
        destination_length,
        table: 254,
        protocol: 4,
        scope: if gateway.is_none() && family(destination) == 2 {
            253
        } else {
            0
        },
        kind: 1,
        output_interface: Some(index),
        gateway,
        ..Route::default()
    }))
}

/// A route by its destination alone.
fn any_route(text: &str) -> Result<Change, String> {
    let (destination, destination_length, _) = parts(text)?;
    Ok(Change::Route(Route {
        family: family(destination),
        destination: Some(destination),
        destination_length,
        table: 254,
        // RT_SCOPE_NOWHERE: any.
        scope: if family(destination) == 2 { 255 } else { 0 },
        ..Route::default()
    }))
}

fn index(namespace: &Namespace, name: &str) -> Result<u32, String> {
    let query = Query::Links(LinkQuery {
        name: Some(name.to_owned()),
        ..LinkQuery::default()
    });
    let listing = namespace.list(&query).map_err(|failure| failed(&failure))?;
    let batch = listing.next(1).map_err(|failure| failed(&failure))?;
    match batch.objects {
        Objects::Links(links) => Ok(links.first().ok_or("no such link")?.index),
        _ => Err("no links".into()),
    }
}
