"""Unit tests, which need no component: python3 -m unittest"""

import unittest

from report import Report


class Reports(unittest.TestCase):
    def test_a_silent_host_has_no_average(self):
        report = Report("a", "192.0.2.1")
        report.sent = 3
        self.assertEqual(str(report), "a (192.0.2.1): 0 of 3 answered")
        report.round_trips = [10_000_000, 30_000_000]
        self.assertEqual(
            str(report), "a (192.0.2.1): 2 of 3 answered, 20.0 ms on average"
        )


if __name__ == "__main__":
    unittest.main()
