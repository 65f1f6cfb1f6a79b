//! Says what it learns of the network's configuration, and changes what it is told to:
//! `netlink_facts [list] [route PREFIX/LENGTH] [namespace NAME]`.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::netlink::{
    Change, Failure, How, LinkQuery, Namespace, Objects, Query, Route,
};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "list" => list(None),
                "namespace" => list(words.next().map(String::as_str)),
                "route" => route(words.next().ok_or("no route")?)?,
                other => return Err(format!("{other} is no word of this probe")),
            }
        }
        Ok(0)
    }
}

fn list(name: Option<&str>) {
    let namespace = match Namespace::open(name) {
        Ok(namespace) => namespace,
        Err(error) => return println!("namespace {}", told(&error)),
    };
    let query = Query::Links(LinkQuery {
        index: None,
        name: None,
        master: None,
        kind: None,
        family: 0,
        statistics: false,
    });
    let listing = match namespace.list(&query) {
        Ok(listing) => listing,
        Err(failure) => return println!("links {}", failed(&failure)),
    };
    loop {
        match listing.next(16) {
            Ok(batch) => {
                if let Objects::Links(links) = batch.objects {
                    for link in links {
                        println!("link {}", link.name);
                    }
                }
                if batch.last {
                    return;
                }
            }
            Err(failure) => return println!("links {}", failed(&failure)),
        }
    }
}

fn failed(failure: &Failure) -> String {
    match failure {
        Failure::Refused(error) => told(error),
        Failure::Kernel(error) => format!("kernel {} {}", error.errno, error.text),
    }
}

/// An unreachable route, added and removed.
fn route(text: &str) -> Result<(), String> {
    let (address, length) = text.split_once('/').ok_or("no length")?;
    let destination = nethost_probes::endpoint(address, 0)?.address;
    let route = Route {
        family: 2,
        destination: Some(destination),
        destination_length: length.parse().map_err(|_| "no length")?,
        table: 254,
        protocol: 4,
        kind: 7,
        metric: Some(77),
        ..nethost_sdk::netlink::Route::default()
    };
    let namespace = Namespace::open(None).map_err(|error| told(&error))?;
    for (what, done) in [
        (
            "put",
            namespace.put(&Change::Route(route.clone()), How::CREATE),
        ),
        ("put again", {
            let how = How::CREATE | How::EXCLUSIVE;
            namespace.put(&Change::Route(route.clone()), how)
        }),
        ("remove", namespace.remove(&Change::Route(route.clone()))),
        ("remove again", namespace.remove(&Change::Route(route))),
    ] {
        match done {
            Ok(_) => println!("{what} ok"),
            Err(failure) => println!("{what} {}", failed(&failure)),
        }
    }
    Ok(())
}
