// What is said about a host.

export class Report {
  constructor(host, address) {
    this.host = host;
    this.address = address;
    this.sent = 0;
    this.roundTrips = [];
  }

  toString() {
    const answered = this.roundTrips.length;
    let line = `${this.host} (${this.address}): ${answered} of ${this.sent} answered`;
    if (answered > 0) {
      const mean = this.roundTrips.reduce((sum, time) => sum + time, 0) / answered / 1e6;
      line += `, ${mean.toFixed(1)} ms on average`;
    }
    return line;
  }
}
