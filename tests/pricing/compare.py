"""Compares the engine with the rules: the same carts, made up from a seed, by both.

    python compare.py --souk target/debug/souk --carts 10000 --seed 1
"""

import argparse
import json
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from random import Random

import folders
import rules

CARTS_PER_SHOP = 100


def asked(cart):
    """A cart as the program reads it."""
    wanted = {key: value for key, value in cart.items() if key != "moment"}
    return json.dumps({**wanted, "at": folders.moment(cart["moment"])})


def expected(shop, cart):
    try:
        return rules.quote(shop, cart)
    except rules.Refused as refused:
        return {"error": str(refused)}


def exact(answer):
    """An answer with its percentages as fractions, which may be written in several ways, and without the
    details of an error."""
    if "error" in answer:
        return {"error": answer["error"].split(":")[0]}
    for kind in ("tax", "duty"):
        for part in answer.get(kind, {}).get("parts", []):
            part["percent"] = Fraction(part["percent"])
    return answer


def answers(souk, folder, carts):
    command = [souk, "terms", "quote", folder, "--carts", "-"]
    lines = "".join(asked(cart) + "\n" for cart in carts)
    run = subprocess.run(command, input=lines, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"souk refuses a shop that was made up, {folder}:\n{run.stderr}{run.stdout}")
    return [exact(json.loads(line)) for line in run.stdout.splitlines()]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--souk", required=True)
    arguments.add_argument("--carts", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    counts = {"adjusted": 0, "taxed": 0, "refused": 0, "delivered": 0, "with options": 0}
    left, number = options.carts, 0
    while left > 0:
        random = Random(f"{options.seed}/{number}")
        shop = folders.restrict(folders.shop(random))
        carts = [folders.cart(random, shop) for _ in range(min(left, CARTS_PER_SHOP))]
        with tempfile.TemporaryDirectory() as folder:
            folders.write(shop, Path(folder))
            found = answers(options.souk, folder, carts)
            if len(found) != len(carts):
                sys.exit(f"{len(carts)} carts, {len(found)} answers")
            for cart, answer in zip(carts, found):
                right = expected(shop, cart)
                if right != answer:
                    report(options.seed, number, folder, cart, right, answer)
                counts["refused"] += "error" in right
                counts["adjusted"] += bool(right.get("adjustments"))
                counts["taxed"] += bool(right.get("tax", {}).get("total"))
                counts["delivered"] += bool(right.get("shipping"))
                counts["with options"] += any("options" in line for line in right.get("lines", []))
        left -= len(carts)
        number += 1
    # Carts about which there is nothing to say would prove nothing.
    floor = options.carts // 20
    poor = [name for name, count in counts.items() if count < floor]
    print(f"{options.carts} carts in {number} shops cost the same: {counts}")
    if poor and options.carts >= 1_000:
        sys.exit(f"too few carts are {', '.join(poor)}")


def report(seed, number, folder, cart, right, answer):
    for file in sorted(Path(folder).iterdir()):
        if file.suffix == ".toml":
            print(f"--- {file.name}\n{file.read_text()}")
    print(f"--- prices.csv\n{(Path(folder) / 'prices.csv').read_text()}")
    print(f"--- products.csv\n{(Path(folder) / 'products.csv').read_text()}")
    print(f"--- cart\n{asked(cart)}")
    for key in sorted(set(right) | set(answer)):
        if right.get(key) != answer.get(key):
            print(f"--- {key}\nby the rules: {right.get(key)}\nby the engine: {answer.get(key)}")
    sys.exit(f"shop {number} of seed {seed}: a cart costs something else than the rules say")


if __name__ == "__main__":
    main()
