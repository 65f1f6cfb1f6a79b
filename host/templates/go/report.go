// Package report tells what is known about a host.
package report

import "fmt"

// Report is the result of probing a host. Times are in nanoseconds.
type Report struct {
	Host, Address string
	Sent          int
	RoundTrips    []uint64
}

func (report Report) String() string {
	answered := len(report.RoundTrips)
	line := fmt.Sprintf("%s (%s): %d of %d answered", report.Host, report.Address, answered, report.Sent)
	if answered == 0 {
		return line
	}
	var total uint64
	for _, time := range report.RoundTrips {
		total += time
	}
	return line + fmt.Sprintf(", %.1f ms on average", float64(total)/float64(answered)/1e6)
}
