"""What is said about a host."""


class Report:
    """The result of probing a host."""

    def __init__(self, host, address):
        self.host = host
        self.address = address
        self.sent = 0
        self.round_trips = []

    def __str__(self):
        answered = len(self.round_trips)
        line = f"{self.host} ({self.address}): {answered} of {self.sent} answered"
        if answered:
            mean = sum(self.round_trips) / answered / 1e6
            line += f", {mean:.1f} ms on average"
        return line
