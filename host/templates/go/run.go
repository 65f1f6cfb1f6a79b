// Package export_wit_world is what the plugin exports: the world of wit/world.wit.
package export_wit_world

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	wit "go.bytecodealliance.org/pkg/wit/types"
	clock "wit_component/nethost_cap_clock"
	icmp "wit_component/nethost_cap_icmp"
	resolver "wit_component/nethost_cap_resolver"
	types "wit_component/nethost_cap_types"
	"wit_component/report"
)

const (
	name        = "@NAME@"
	usage       = "Usage: " + name + " [-c <count>] <host>...\n"
	millisecond = 1_000_000
	second      = 1000 * millisecond
)

// Run is the entry of the plugin. It returns 0 if every host has answered, 1 if one has not, 2 for a mistake or a denial.
func Run(args []string) wit.Result[uint8, string] {
	count, hosts, err := options(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n%s", name, err, usage)
		return wit.Ok[uint8, string](2)
	}
	var code uint8
	for _, host := range hosts {
		report, err := probe(host, count)
		switch {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: %s: %v\n", name, host, err)
			code = 2
		case len(report.RoundTrips) == 0:
			fmt.Println(report)
			code = max(code, 1)
		default:
			fmt.Println(report)
		}
	}
	return wit.Ok[uint8, string](code)
}

// The number of requests, and the hosts.
func options(args []string) (count int, hosts []string, err error) {
	count = 3
	for at := 0; at < len(args); at++ {
		switch word := args[at]; {
		case word == "-c":
			at++
			if at < len(args) {
				count, err = strconv.Atoi(args[at])
			}
			if at >= len(args) || err != nil || count < 1 || count > 1000 {
				return 0, nil, fmt.Errorf("-c needs a number from 1 to 1000")
			}
		case strings.HasPrefix(word, "-"):
			return 0, nil, fmt.Errorf("unknown option %s", word)
		default:
			hosts = append(hosts, word)
		}
	}
	if len(hosts) == 0 {
		return 0, nil, fmt.Errorf("no host")
	}
	return count, hosts, nil
}

// An error of the contract. A denial says which rule decided and what would allow the request.
func told(code types.ErrorCode) error {
	switch code.Tag() {
	case types.ErrorCode_Denied:
		denial := code.Denied()
		return fmt.Errorf("denied: %s to %s (%s); to allow it: %s",
			denial.Capability, denial.Target, denial.Rule, denial.Remedy)
	case types.ErrorCode_NameUnresolvable:
		return fmt.Errorf("no such name")
	}
	// The numbers are those of nethost_cap_types.
	return fmt.Errorf("error-code %d", code.Tag())
}

// Sends the echo requests to a host, one after the other.
func probe(host string, count int) (result report.Report, err error) {
	addresses := resolver.ResolveAddresses(host, wit.None[types.IpFamily](), 5*second)
	if addresses.IsErr() {
		return result, told(addresses.Err())
	}
	address := addresses.Ok()[0]
	result = report.Report{Host: host, Address: shown(address)}
	opened := icmp.EchoSocketOpen(types.Endpoint{Address: address}, types.SocketOptions{})
	if opened.IsErr() {
		return result, told(opened.Err())
	}
	socket := opened.Ok()
	defer socket.Drop()
	data := []byte("hello")
	for sequence := 1; sequence <= count; sequence++ {
		payload := types.Outgoing{Length: uint32(len(data))}
		sent := socket.Send(data, []icmp.EchoRequest{{Sequence: uint16(sequence), Payload: payload}})
		if sent.IsErr() {
			return result, told(sent.Err())
		}
		result.Sent++
		received := socket.Receive(1, second)
		if received.IsErr() {
			return result, told(received.Err())
		}
		// The times are those of the kernel: the plugin does not measure itself.
		for _, reply := range received.Ok().Replies {
			if int(reply.Sequence) == sequence {
				result.RoundTrips = append(result.RoundTrips, reply.Payload.Timestamp-sent.Ok()[0])
			}
		}
		if sequence < count {
			clock.WaitFor(200 * millisecond)
		}
	}
	return result, nil
}

// An address as text.
func shown(address types.IpAddress) string {
	if address.Tag() == types.IpAddress_Ipv4 {
		a := address.Ipv4()
		return fmt.Sprintf("%d.%d.%d.%d", a.F0, a.F1, a.F2, a.F3)
	}
	a := address.Ipv6()
	return fmt.Sprintf("%x:%x:%x:%x:%x:%x:%x:%x", a.F0, a.F1, a.F2, a.F3, a.F4, a.F5, a.F6, a.F7)
}
