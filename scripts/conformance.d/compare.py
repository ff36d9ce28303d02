"""Holds what scim2-tester reports against the errors that are expected, one by one.

An expected error is a line `run | check | reason | rule`: run is plain or taught, reason is compared as a whole with *
for anything. A run that begins with ? may report the error or not (the tester draws lots). An error that is not
listed fails, and so does a line that nothing matched: the list stays as true as the program.

usage: compare.py RUN EXPECTED REPORT
"""

import fnmatch
import re
import sys


def listed(path, run):
    for line in open(path, encoding="utf-8"):
        if line.strip() and not line.startswith("#"):
            kind, check, reason, rule = (part.strip() for part in line.split(" | ", 3))
            if kind.lstrip("?") == run:
                yield kind.startswith("?"), check, re.sub(r"([\[\]])", r"[\1]", reason), rule


def reported(path):
    """The check and the first line of the reason of all that did not succeed."""
    lines = open(path, encoding="utf-8").read().splitlines()
    for here, below in zip(lines, lines[1:] + [""]):
        status, _, check = here.partition(" ")
        if status in ("ERROR", "CRITICAL", "DEVIATION"):
            yield check, below.strip()


def main(run, expected, report):
    rules, seen, strangers = list(listed(expected, run)), set(), []
    for check, reason in reported(report):
        match = next((r for r in rules if fnmatch.fnmatchcase(check, r[1]) and fnmatch.fnmatchcase(reason, r[2])), None)
        if match:
            seen.add(match)
        else:
            strangers.append(f"{check}: {reason}")
    unseen = [f"{check}: {reason}" for r in rules if r not in seen and not r[0] for check, reason in [r[1:3]]]
    good = sum(line.startswith("SUCCESS ") for line in open(report, encoding="utf-8"))
    print(f"  {run}: {good} checks passed, {len(seen)} expected refusals")
    for text in strangers:
        print(f"  NOT EXPECTED  {text}")
    for text in unseen:
        print(f"  NO MORE SEEN  {text}")
    return 1 if strangers or unseen or good == 0 else 0


sys.exit(main(*sys.argv[1:]))
