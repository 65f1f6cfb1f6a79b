"""Sends echo requests to hosts, and tells which of them answer and how fast."""

import sys

import wit_world
from componentize_py_types import Err
from report import Report
from wit_world.imports import clock, icmp, resolver, types

NAME = "@NAME@"
USAGE = f"Usage: {NAME} [-c <count>] <host>...\n"
MILLISECOND = 1_000_000
SECOND = 1000 * MILLISECOND


class WitWorld(wit_world.WitWorld):
    """The entry of the plugin: the world of wit/world.wit."""

    async def run(self, args):
        """Returns 0 if every host has answered, 1 if one has not, 2 for a mistake or a denial."""
        try:
            count, hosts = options(args)
        except ValueError as wrong:
            sys.stderr.write(f"{NAME}: {wrong}\n{USAGE}")
            return 2
        code = 0
        for host in hosts:
            try:
                report = await probe(host, count)
            except Err as failed:
                sys.stderr.write(f"{NAME}: {host}: {told(failed.value)}\n")
                code = 2
                continue
            print(report, flush=True)
            if not report.round_trips:
                code = max(code, 1)
        return code


def options(args):
    """The number of requests, and the hosts."""
    count, hosts = 3, []
    words = iter(args)
    for word in words:
        if word == "-c":
            text = next(words, "")
            if not text.isdecimal() or not 1 <= int(text) <= 1000:
                raise ValueError("-c needs a number from 1 to 1000")
            count = int(text)
        elif word.startswith("-"):
            raise ValueError(f"unknown option {word}")
        else:
            hosts.append(word)
    if not hosts:
        raise ValueError("no host")
    return count, hosts


def told(error):
    """The text of an error. A denial says which rule decided and what would allow the request."""
    if isinstance(error, types.ErrorCode_Denied):
        denial = error.value
        return (
            f"denied: {denial.capability} to {denial.target} ({denial.rule}); "
            f"to allow it: {denial.remedy}"
        )
    return type(error).__name__.removeprefix("ErrorCode_")


async def probe(host, count):
    """Sends the echo requests to a host, one after the other."""
    address = (await resolver.resolve_addresses(host, None, 5 * SECOND))[0]
    report = Report(host, shown(address))
    no_options = types.SocketOptions(
        interface=None,
        source=None,
        hop_limit=None,
        traffic_class=None,
        path_mtu_discovery=None,
        broadcast=False,
        dont_route=False,
        mark=None,
        buffer_size=None,
    )
    remote = types.Endpoint(address=address, port=0, scope_id=0)
    with icmp.EchoSocket.open(remote, no_options) as socket:
        for sequence in range(1, count + 1):
            payload = types.Outgoing(remote=0, offset=0, length=5, hop_limit=None)
            request = icmp.EchoRequest(sequence=sequence, payload=payload)
            sent = socket.send(b"hello", [request])
            report.sent += 1
            received = await socket.receive(1, SECOND)
            # The times are those of the kernel: the plugin does not measure itself.
            for reply in received.replies:
                if reply.sequence == sequence:
                    report.round_trips.append(reply.payload.timestamp - sent[0])
            if sequence < count:
                await clock.wait_for(200 * MILLISECOND)
    return report


def shown(address):
    """An address as text."""
    if isinstance(address, types.IpAddress_Ipv4):
        return ".".join(map(str, address.value))
    return ":".join(f"{group:x}" for group in address.value)
