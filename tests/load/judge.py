"""Reads the log of a run against a server that stands still, with the HdrHistogram of another language,
and compares it with what can be computed: judge.py LOG SECONDS

The server stands still from a quarter of the run to the half. A request that is planned in that stretch
is answered at its end, every other one at once. So three quarters of all response times are next to
nothing, and the others are spread evenly up to the length of the stretch.
"""

import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

RATE = 100
TOLERANCE = 0.05
DAY_US = 24 * 60 * 60 * 1_000_000


def histograms(path):
    """All seconds of each tag together; values are microseconds."""
    reader = HistogramLogReader(path, HdrHistogram(1, DAY_US, 3))
    found = {}
    while (second := reader.get_next_interval_histogram()) is not None:
        tag = second.get_tag()
        found.setdefault(tag, HdrHistogram(1, DAY_US, 3)).add(second)
    return found


def main(path, seconds):
    found = histograms(path)
    if sorted(found) != ["lateness", "response", "service"]:
        sys.exit(f"the log has the tags {sorted(found)}")
    response = found["response"]
    planned = round(RATE * seconds)
    if response.get_total_count() != planned:
        sys.exit(f"{response.get_total_count()} of {planned} requests are in the log")
    stretch_ms = seconds * 1_000 / 4
    for percent in (90, 95, 99):
        expected = stretch_ms * (percent - 75) / 25
        measured = response.get_value_at_percentile(percent) / 1_000
        print(f"p{percent}: {measured:.0f} ms, computed {expected:.0f} ms")
        if abs(measured - expected) > expected * TOLERANCE:
            sys.exit(f"p{percent} is more than {TOLERANCE:.0%} away")
    # A median that is not next to nothing is one of requests that were not sent in time.
    if response.get_value_at_percentile(50) / 1_000 > stretch_ms * TOLERANCE:
        sys.exit("half of the requests had to wait")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
