"""Compares when steps of a plan fire and clear with what Prometheus says of the same signals.

Plans and traces are made up. `souk plan try` says when their steps fire and clear; `souk plan rules`
gives rules for Prometheus. `promtool` evaluates the rules on the same traces, and fails where in any
second other alerts fire than steps are in force.

    python compare.py --souk target/debug/souk --promtool promtool --traces 1000 --seed 1
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SECONDS = 240
# Lines of a failure.
SAID_MAX = 60
# Files for one call of promtool.
BATCH = 25
# Signals with the unit of their bounds, what a bound is divided by in a trace, and their largest value.
SIGNALS = [
    ("origin.p99", "ms", 1, 600),
    ("orders.rate", "/s", 1, 90),
    ("requests.errors", "%", 100, 40),
    ("room.waiting", "", 1, 5_000),
]
AGGREGATES = ["avg", "min", "max", "sum"]


class Trace:
    """A plan, and the signals that it is tried on."""

    def __init__(self, random_numbers):
        self.random = random_numbers
        self.signals = self.random.sample(SIGNALS, self.random.randint(1, 3))
        self.steps = [self.step(number) for number in range(self.random.randint(1, 3))]
        self.values = {signal[0]: self.series(signal) for signal in self.signals}

    def series(self, signal):
        """A value or none for each second: calm and busy times, with gaps."""
        _, _, parts, largest = signal
        values, level = [], 0
        while len(values) < SECONDS:
            level = self.random.choice([0.05, 0.2, 0.4, 0.6, 0.8, 1])
            gaps = self.random.choice([0, 0, 0.05, 0.5, 1])
            for _ in range(self.random.randint(1, 40)):
                value = round(largest * level * self.random.uniform(0.8, 1.2))
                values.append(None if self.random.random() < gaps else value / parts)
        return values[:SECONDS]

    def pair(self):
        """A condition, and one that excludes it."""
        name, unit, parts, largest = self.random.choice(self.signals)
        aggregate = self.random.choice(AGGREGATES)
        over = self.random.randint(1, 20)
        most = largest * over if aggregate == "sum" else largest
        # A share is at most 100 %.
        low, high = sorted(self.random.sample(range(1, most if parts == 1 else 45), 2))
        # Means, and sums of fractions, are rounded: no bound is one of them. All others are exact.
        is_rounded = aggregate == "avg" or (aggregate == "sum" and parts > 1)
        tail = ".0371" if is_rounded else ""
        above, below = self.random.choice([">", ">="]), self.random.choice(["<", "<="])
        head = f"{aggregate} {name} over {over}s"
        both = [f"{head} {above} {high}{tail}{unit}", f"{head} {below} {low}{tail}{unit}"]
        if self.random.random() < 0.3:
            both.reverse()
        return both

    def step(self, number):
        pairs = [self.pair() for _ in range(self.random.choice([1, 1, 1, 2]))]
        spans = [0, 0, 1, 2, 5, 10, 20]
        return {
            "id": f"step-{number}",
            "when": [when for when, _ in pairs],
            "for": self.random.choice(spans),
            "clear": [clear for _, clear in pairs] if self.random.random() < 0.9 else None,
            "clear_for": self.random.choice(spans),
        }

    def toml(self):
        text = ""
        for step in self.steps:
            text += f'[[step]]\nid = "{step["id"]}"\n'
            text += f'when = {{ all = {json.dumps(step["when"])}, for = "{step["for"]}s" }}\n'
            if step["clear"]:
                text += f'clear = {{ all = {json.dumps(step["clear"])}, for = "{step["clear_for"]}s" }}\n'
            text += 'do = ["level 1"]\nundo = "auto"\nmax = "30m"\n\n'
        return text

    def write_csv(self, path):
        with open(path, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["t", "signal", "value"])
            for second in range(SECONDS):
                for name, values in self.values.items():
                    if values[second] is not None:
                        rows.writerow([second, name, repr(values[second])])
            # The last second is looked at, also where no signal has a value in it.
            if all(values[-1] is None for values in self.values.values()):
                rows.writerow([SECONDS - 1, "edges", 0])
            if all(values[0] is None for values in self.values.values()):
                rows.writerow([0, "edges", 0])

    def test(self, rules, events):
        """A test of promtool: which alerts fire in each second."""
        in_force, at = set(), {}
        for event in events:
            at.setdefault(event["t"], []).append(event)
        expected = []
        for second in range(SECONDS):
            for event in at.get(second, []):
                (in_force.add if event["event"] == "fired" else in_force.remove)(event["step"])
            samples = [
                {"labels": f'ALERTS{{alertname="{step}",alertstate="firing"}}', "value": 1}
                for step in sorted(in_force)
            ]
            expected.append({
                "expr": 'ALERTS{alertstate="firing"}',
                "eval_time": f"{second}s",
                "exp_samples": samples,
            })
        series = [
            {
                "series": f'souk_signal{{signal="{name}"}}',
                "values": " ".join("_" if value is None else repr(value) for value in values),
            }
            for name, values in self.values.items()
        ]
        return {
            "rule_files": [str(rules)],
            "evaluation_interval": "1s",
            "tests": [{
                "interval": "1s",
                "input_series": series,
                "promql_expr_test": expected,
            }],
        }


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise SystemExit("\n".join([f"{' '.join(map(str, command[:4]))} …", *said[:SAID_MAX]]))
    return done.stdout


def prepare(souk, folder, seed, number):
    """Tries a plan on a trace; the file of its test and how many events there are."""
    trace = Trace(random.Random(f"{seed}/{number}"))
    folder = Path(folder) / str(number)
    folder.mkdir()
    plan, rules, values, test = (folder / name for name in
                                 ("plan.toml", "rules.yml", "trace.csv", "test.json"))
    plan.write_text(trace.toml())
    trace.write_csv(values)
    lines = run([souk, "plan", "try", plan, "--trace", values]).splitlines()
    rules.write_text(run([souk, "plan", "rules", plan]))
    test.write_text(json.dumps(trace.test(rules, [json.loads(line) for line in lines])))
    return test, len(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--souk", required=True)
    parser.add_argument("--promtool", required=True)
    parser.add_argument("--traces", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as workers:
        numbers = range(args.traces)
        prepared = list(workers.map(
            lambda number: prepare(args.souk, folder, args.seed, number), numbers))
        tests = [test for test, _ in prepared]
        batches = [tests[start:start + BATCH] for start in range(0, len(tests), BATCH)]
        list(workers.map(
            lambda batch: run([args.promtool, "test", "rules", *batch]), batches))
    events = sum(count for _, count in prepared)
    if events < args.traces:
        sys.exit(f"only {events} events in {args.traces} traces: they would show little")
    print(f"{args.traces} traces of {SECONDS} s: {events} events in the same seconds as Prometheus")


if __name__ == "__main__":
    main()
