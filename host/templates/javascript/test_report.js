// Unit tests, which need no component: node --test

import assert from "node:assert";
import test from "node:test";
import { Report } from "./report.js";

test("a silent host has no average", () => {
  const report = new Report("a", "192.0.2.1");
  report.sent = 3;
  assert.equal(`${report}`, "a (192.0.2.1): 0 of 3 answered");
  report.roundTrips = [10_000_000, 30_000_000];
  assert.equal(`${report}`, "a (192.0.2.1): 2 of 3 answered, 20.0 ms on average");
});
