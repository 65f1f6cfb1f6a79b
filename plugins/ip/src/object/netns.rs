//! `ip netns`: network namespaces with names, shown.

use crate::ip::{Ip, answer};
use crate::words::{Done, Words, failed, matches};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "list".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("list") || is("show") || is("lst") {
        return list(ip);
    }
    if is("help") {
        return Err(crate::words::usage("Usage: ip netns list"));
    }
    let known = [
        "list-id", "add", "attach", "set", "delete", "identify", "pids", "exec", "monitor",
    ];
    if known.iter().any(|known| is(known)) {
        return Err(failed(
            1,
            format!(
                "ip: netns {command} mounts, looks at processes or starts a program, which no capability \
                 of nethost does; use ip-netns(8) of iproute2"
            ),
        ));
    }
    Err(failed(
        1,
        format!(
            "Command \"{}\" is unknown, try \"ip netns help\".",
            nethost_sdk::text::printable(&command)
        ),
    ))
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
