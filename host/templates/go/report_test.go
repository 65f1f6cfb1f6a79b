package report

import "testing"

func TestASilentHostHasNoAverage(t *testing.T) {
	report := Report{Host: "a", Address: "192.0.2.1", Sent: 3}
	if got := report.String(); got != "a (192.0.2.1): 0 of 3 answered" {
		t.Error(got)
	}
	report.RoundTrips = []uint64{10_000_000, 30_000_000}
	if got := report.String(); got != "a (192.0.2.1): 2 of 3 answered, 20.0 ms on average" {
		t.Error(got)
	}
}
