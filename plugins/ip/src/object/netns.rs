//! `ip netns`: network namespaces with names.

use nethost_sdk::Exit;
use nethost_sdk::netlink::{
    Change, Failure, How, NamedNamespace, Namespace, NamespaceName, NamespaceNumber,
    NamespaceNumbering,
};

use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, Words, failed, matches, number, trimmed, unsigned, usage};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "list".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("list") || is("show") || is("lst") {
        return list(ip);
    }
    if is("list-id") {
        return numbers(ip, words);
    }
    if is("help") {
        return Err(crate::help::of("netns"));
    }
    if is("add") {
        return add(ip, words);
    }
    if is("set") {
        return set(ip, words);
    }
    if is("delete") {
        return delete(ip, words);
    }
    if is("attach") {
        return attach(ip, words);
    }
    if is("identify") {
        return identify(ip, words);
    }
    if is("pids") {
        return processes(ip, words);
    }
    let why = match command.as_str() {
        word if matches(word, "exec") => {
            if words.is_empty() {
                return Err(failed(1, "No netns name specified"));
            }
            "starts a program outside of the sandbox, which no plugin of nethost may"
        }
        word if matches(word, "monitor") => "watches files, which no capability of nethost does",
        other => return Err(super::unknown(other, "netns")),
    };
    Err(failed(
        1,
        format!("ip: netns {command} {why}; use ip-netns(8) of iproute2"),
    ))
}

/// The names of the namespace that a process is in.
fn identify(ip: &mut Ip, words: &mut Words) -> Done {
    let process =
        match words.next() {
            None => None,
            Some(text) if text == "self" => None,
            Some(text) => Some(unsigned(&text).and_then(|n| n.try_into().ok()).ok_or_else(
                || {
                    let text = nethost_sdk::text::printable(&text);
                    failed(1, format!("Specified string '{text}' is not a pid"))
                },
            )?),
        };
    if words.next().is_some() {
        return Err(failed(1, "extra arguments specified"));
    }
    let names = Namespace::names_of(process).map_err(|error| unopened(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    if names.is_empty() {
        ip.out.text(format_args!("\n"));
    }
    for name in &names {
        ip.out.open_object();
        ip.out.any("name", name, format_args!("{name}\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

/// The processes in a namespace.
fn processes(ip: &mut Ip, words: &mut Words) -> Done {
    let name = name(words)?;
    if words.next().is_some() {
        return Err(failed(1, "extra arguments specified"));
    }
    let found = Namespace::processes(&name).map_err(|error| unopened(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for process in found {
        ip.out.open_object();
        ip.out.any("pid", process, format_args!("{process}\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn unopened(error: &Failure) -> Exit {
    match error {
        Failure::Kernel { text, .. } => failed(1, format!("Cannot open network namespace: {text}")),
        error => answer(error),
    }
}

fn list(ip: &mut Ip) -> Done {
    let namespaces = ip
        .kernel()?
        .named_namespaces()
        .map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for namespace in &namespaces {
        ip.out.open_object();
        ip.out
            .any("name", &namespace.name, format_args!("{}", namespace.name));
        if let Some(id) = namespace.id {
            ip.out.any("id", id, format_args!(" (id: {id})"));
        }
        ip.out.text(format_args!("\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn numbers(ip: &mut Ip, words: &mut Words) -> Done {
    let mut wanted: Option<u32> = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "nsid" => wanted = Some(number(&words.need()?, "invalid nsid value")?),
            "target-nsid" => {
                return Err(failed(1, "ip: netns list-id target-nsid is not there"));
            }
            other => {
                return Err(usage(format!(
                    "Error: argument \"{}\" is wrong: unknown",
                    nethost_sdk::text::printable(other)
                )));
            }
        }
    }
    let mut listing = ip
        .kernel()?
        .namespace_numbers()
        .map_err(|error| answer(&error))?;
    let mut found = Vec::new();
    while let Some(batch) = listing.next().map_err(|error| dump_answer(&error))? {
        found.extend(batch);
    }
    let names = ip.kernel()?.named_namespaces().unwrap_or_default();
    ip.out.begin(ip.options.json, ip.options.pretty);
    for numbered in found {
        let id = u32::try_from(numbered.id).ok();
        if wanted.is_some() && wanted != id {
            continue;
        }
        number_of(ip, &numbered, &names);
    }
    ip.out.end();
    Ok(())
}

/// One number, with the name of the namespace that it stands for.
pub(crate) fn number_of(ip: &mut Ip, numbered: &NamespaceNumber, names: &[NamedNamespace]) {
    let id = numbered.id;
    ip.out.open_object();
    ip.mark_deleted();
    ip.out.any("nsid", id, format_args!("nsid {id} "));
    if let Some(current) = numbered.current {
        ip.out.any(
            "current-nsid",
            current,
            format_args!("current-nsid {current} "),
        );
    }
    let id = u32::try_from(id).ok();
    let named = names.iter().find(|named| id.is_some() && named.id == id);
    if let Some(NamedNamespace { name, .. }) = named {
        ip.out
            .any("name", name, format_args!("(iproute2 netns name: {name})"));
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
}

/// A name that can be one below /run/netns.
fn name(words: &mut Words) -> Done<String> {
    let Some(name) = words.next() else {
        return Err(failed(1, "No netns name specified"));
    };
    if name.contains('/') || matches!(name.as_str(), "" | "." | "..") {
        let name = nethost_sdk::text::printable(&name);
        return Err(usage(format!("Invalid netns name \"{name}\"")));
    }
    Ok(name)
}

fn add(ip: &mut Ip, words: &mut Words) -> Done {
    let name = name(words)?;
    let change = Change::NamespaceName(NamespaceName {
        name: name.clone(),
        process: None,
    });
    ip.put(&change, How::CREATE | How::EXCLUSIVE)
        .map_err(|error| {
            instead(
                error,
                &format!("Cannot create namespace file \"/run/netns/{name}\""),
            )
        })
}

fn attach(ip: &mut Ip, words: &mut Words) -> Done {
    const WITHOUT_PROCESS: &str = "No netns name and PID specified";
    if words.is_empty() {
        return Err(failed(1, WITHOUT_PROCESS));
    }
    let (name, process) = (name(words)?, words.next());
    let Some(process) = process else {
        return Err(failed(1, WITHOUT_PROCESS));
    };
    let number: u32 = unsigned(&process)
        .and_then(|number| number.try_into().ok())
        .ok_or_else(|| {
            let process = nethost_sdk::text::printable(&process);
            usage(format!("Invalid PID: {process}"))
        })?;
    let change = Change::NamespaceName(NamespaceName {
        name: name.clone(),
        process: Some(number),
    });
    ip.put(&change, How::CREATE | How::EXCLUSIVE)
        .map_err(|error| {
            if error.stderr.ends_with("File exists") {
                return instead(
                    error,
                    &format!("Cannot create namespace file \"/run/netns/{name}\""),
                );
            }
            instead(
                error,
                &format!("Bind /proc/{number}/ns/net -> /run/netns/{name} failed"),
            )
        })
}

fn set(ip: &mut Ip, words: &mut Words) -> Done {
    let name = name(words)?;
    let Some(text) = words.next() else {
        return Err(failed(1, "No nsid specified"));
    };
    let id = match text.as_str() {
        "auto" => None,
        text => Some(number(text, "Invalid \"netnsid\" value\n").map_err(trimmed)?),
    };
    let change = Change::NamespaceNumbering(NamespaceNumbering {
        name: name.clone(),
        id,
    });
    ip.put(&change, How::empty()).map_err(|error| {
        if error.stderr.ends_with("No such file or directory") {
            return failed(
                1,
                format!("Cannot open network namespace \"{name}\": No such file or directory"),
            );
        }
        error
    })
}

fn delete(ip: &mut Ip, words: &mut Words) -> Done {
    let names = if words.is_empty() && ip.options.all_namespaces {
        let named = ip.kernel()?.named_namespaces();
        let named = named.map_err(|error| answer(&error))?;
        named.into_iter().map(|named| named.name).collect()
    } else {
        vec![name(words)?]
    };
    for name in names {
        let change = Change::NamespaceName(NamespaceName {
            name: name.clone(),
            process: None,
        });
        ip.remove(&change).map_err(|error| {
            instead(
                error,
                &format!("Cannot remove namespace file \"/run/netns/{name}\""),
            )
        })?;
    }
    Ok(())
}

/// No netlink did this, so it does not answer.
fn instead(error: Exit, what: &str) -> Exit {
    match error.stderr.strip_prefix("RTNETLINK answers: ") {
        Some(text) => failed(1, format!("{what}: {text}")),
        None => error,
    }
}
