//! The usage, in net-tools' words.

use nethost_sdk::Exit;

pub(crate) const GENERAL: &str = concat!(
    "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables\n",
    "       route [-v] [-FC] {add|del|flush} ...  Modify routing table for AF.\n",
    "\n",
    "       route {-h|--help} [<AF>]              Detailed usage syntax for specified AF.\n",
    "       route {-V|--version}                  Display version/author and exit.\n",
    "\n",
    "        -v, --verbose            be verbose\n",
    "        -n, --numeric            don't resolve names\n",
    "        -e, --extend             display other/more information\n",
    "        -F, --fib                display Forwarding Information Base (default)\n",
    "        -C, --cache              display routing cache instead of FIB\n",
    "\n",
    "  <AF>=Use -4, -6, '-A <af>' or '--<af>'; default: inet\n",
    "  List of possible address families (which support routing):\n",
);

/// Behind it. For help, net-tools writes it to standard error.
pub(crate) const FAMILIES: &str = concat!(
    "    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) \n",
    "    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) \n",
    "    ddp (Appletalk DDP) x25 (CCITT X.25) \n",
);

/// Of changes of IPv4 routes.
pub(crate) const INET: &str = concat!(
    "Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]\n",
    "       inet_route [-vF] add {-host|-net} Target[/prefix] [gw Gw] [metric M]\n",
    "                              [netmask N] [mss Mss] [window W] [irtt I]\n",
    "                              [mod] [dyn] [reinstate] [[dev] If]\n",
    "       inet_route [-vF] add {-host|-net} Target[/prefix] [metric M] reject\n",
    "       inet_route [-FC] flush      NOT supported\n",
);

/// Of changes of IPv6 routes.
pub(crate) const INET6: &str = concat!(
    "Usage: inet6_route [-vF] del Target\n",
    "       inet6_route [-vF] add Target [gw Gw] [metric M] [[dev] If]\n",
    "       inet6_route [-FC] flush      NOT supported\n",
);

/// For `--help`.
pub(crate) fn help() -> Exit {
    Exit {
        stdout: GENERAL.to_owned(),
        stderr: FAMILIES.trim_end_matches('\n').to_owned(),
        ..Exit::default()
    }
}

/// For a wrong command line.
pub(crate) fn wrong() -> String {
    format!("{GENERAL}{FAMILIES}")
}

/// For a wrong change: what is wrong, if there is more to say than the usage.
pub(crate) fn change(usage: &str, what: &str) -> Exit {
    let usage = usage.trim_end_matches('\n');
    match what {
        "" => Exit::failed(3, usage),
        what => Exit::failed(3, format!("{what}\n{usage}")),
    }
}
