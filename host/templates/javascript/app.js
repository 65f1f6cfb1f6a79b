// Sends echo requests to hosts, and tells which of them answer and how fast.

import clock from "nethost:cap/clock@@VERSION@";
import icmp from "nethost:cap/icmp@@VERSION@";
import resolver from "nethost:cap/resolver@@VERSION@";
import stderr from "wasi:cli/stderr@0.2.12";
import stdout from "wasi:cli/stdout@0.2.12";
import { Report } from "./report.js";

const NAME = "@NAME@";
const USAGE = `Usage: ${NAME} [-c <count>] <host>...`;
const MILLISECOND = 1_000_000;
const SECOND = 1000 * MILLISECOND;

// The entry of the plugin: the world of wit/world.wit. Returns 0 if every host has answered, 1 if one has not, 2 for a
// mistake or a denial. A text that is thrown is printed behind the name of the plugin, and the exit code is 2.
export function run(args) {
  const { count, hosts } = options(args);
  let code = 0;
  for (const host of hosts) {
    try {
      const report = probe(host, count);
      print(stdout.getStdout(), `${report}\n`);
      if (report.roundTrips.length === 0) code = Math.max(code, 1);
    } catch (error) {
      print(stderr.getStderr(), `${NAME}: ${host}: ${told(error)}\n`);
      code = 2;
    }
  }
  return code;
}

// The number of requests, and the hosts.
function options(args) {
  const words = [...args];
  const hosts = [];
  let count = 3;
  while (words.length > 0) {
    const word = words.shift();
    if (word === "-c") {
      const text = words.shift() ?? "";
      count = Number(text);
      if (!/^[0-9]+$/.test(text) || count < 1 || count > 1000) throw "-c needs a number from 1 to 1000";
    } else if (word.startsWith("-")) {
      throw `unknown option ${word}\n${USAGE}`;
    } else {
      hosts.push(word);
    }
  }
  if (hosts.length === 0) throw `no host\n${USAGE}`;
  return { count, hosts };
}

// The text of an error. A denial says which rule decided and what would allow the request.
function told(thrown) {
  // An error of the contract is the payload of what is thrown.
  const error = thrown?.payload ?? thrown;
  if (error?.tag === "denied") {
    const { capability, target, rule, remedy } = error.val;
    return `denied: ${capability} to ${target} (${rule}); to allow it: ${remedy}`;
  }
  return error?.tag ?? String(error);
}

// Sends the echo requests to a host, one after the other.
function probe(host, count) {
  const [address] = resolver.resolveAddresses(host, null, 5 * SECOND);
  const report = new Report(host, shown(address));
  const remote = { address, port: 0, scopeId: 0 };
  const socket = icmp.EchoSocket.open(remote, { broadcast: false, dontRoute: false });
  const data = bytes("hello");
  for (let sequence = 1; sequence <= count; sequence++) {
    const payload = { remote: 0, offset: 0, length: data.length };
    const [sent] = socket.send(data, [{ sequence, payload }]);
    report.sent += 1;
    // The times are those of the kernel: the plugin does not measure itself.
    for (const reply of socket.receive(1, SECOND).replies) {
      if (reply.sequence === sequence) report.roundTrips.push(reply.payload.timestamp - sent);
    }
    if (sequence < count) clock.waitFor(200 * MILLISECOND);
  }
  socket[Symbol.dispose]();
  return report;
}

// An address as text.
function shown(address) {
  if (address.tag === "ipv4") return [...address.val].join(".");
  return [...address.val].map((group) => group.toString(16)).join(":");
}

function print(stream, text) {
  stream.blockingWriteAndFlush(bytes(text));
}

// The bytes of a text in UTF-8.
function bytes(text) {
  return Uint8Array.from(unescape(encodeURIComponent(text)), (char) => char.charCodeAt(0));
}
