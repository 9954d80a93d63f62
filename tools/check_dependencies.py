"""Check the locked crates against deny.toml, or write THIRD_PARTY.md with `--write`."""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = "x86_64-unknown-linux-gnu"


def metadata(target):
    """Packages that cargo would build, and which depends on which; of one target, or of all."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    if target:
        command += ["--filter-platform", target]
    answer = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    needed = set(answer["workspace_members"])
    nodes = {node["id"]: node["dependencies"] for node in answer["resolve"]["nodes"]}
    left = list(needed)
    while left:
        for dependency in nodes[left.pop()]:
            if dependency not in needed:
                needed.add(dependency)
                left.append(dependency)
    return [package for package in answer["packages"] if package["id"] in needed]


def allowed(expression, licences):
    """Whether an SPDX expression can be met by the licences: OR needs one side, AND both."""
    tokens = re.findall(r"\(|\)|[^\s()]+(?:\s+WITH\s+[^\s()]+)?", expression.replace("/", " OR "))

    def either(at):
        value, at = both(at)
        while at < len(tokens) and tokens[at] == "OR":
            other, at = both(at + 1)
            value = value or other
        return value, at

    def both(at):
        value, at = single(at)
        while at < len(tokens) and tokens[at] == "AND":
            other, at = single(at + 1)
            value = value and other
        return value, at

    def single(at):
        if tokens[at] == "(":
            value, at = either(at + 1)
            return value, at + 1
        return tokens[at] in licences, at + 1

    return either(0)[0]


def check(rules):
    """Print what is wrong and return how many things are."""
    packages = metadata(TARGET)
    foreign = [package for package in metadata(None) if package["source"]]
    wrong = []
    for package in foreign:
        name = f"{package['name']} {package['version']}"
        if not package["source"].startswith("registry+"):
            wrong.append(f"{name}: comes from {package['source'].split('+')[0]}, not from a registry")
        if package["name"] in rules["banned"]:
            wrong.append(f"{name}: banned, {rules['banned'][package['name']]}")
        if not allowed(package["license"] or "none", set(rules["licenses"]["allow"])):
            wrong.append(f"{name}: licence {package['license']}")
    versions = defaultdict(list)
    for package in packages:
        versions[package["name"]].append(package["version"])
    for name, found in sorted(versions.items()):
        if len(found) > 1 and name not in rules["duplicates"]:
            wrong.append(f"{name}: versions {', '.join(found)} beside each other, without a reason in deny.toml")
    single = [name for name in rules["duplicates"] if len(versions[name]) < 2]
    wrong += [f"{name}: not doubled any more, take it out of deny.toml" for name in single]
    if len(packages) > rules["budget"]["crates"]:
        wrong.append(f"{len(packages)} crates, the budget is {rules['budget']['crates']}")
    wrong += check_rooms(rules)
    print("\n".join(wrong), end="\n" if wrong else "")
    print(f"{len(packages)} crates on {TARGET} (budget {rules['budget']['crates']}); complaints: {len(wrong)}")
    return len(wrong)


def check_rooms(rules):
    """Sentences about rooms that use what stands above them, or what belongs to another room."""
    order, only = rules["rooms"]["order"], rules["rooms"]["only"]
    wrong = []
    for package in (package for package in metadata(TARGET) if package["source"] is None):
        room = package["name"]
        if room not in order:
            wrong.append(f"{room}: a room that deny.toml does not know")
            continue
        used = [needed["name"] for needed in package["dependencies"] if needed["kind"] is None]
        above = order[order.index(room) :]
        wrong += [f"{room}: uses {name}, which stands above it" for name in used if name in above]
        wrong += [f"{room}: uses {name}, which only {only[name]} may" for name in used if only.get(name, room) != room]
    return wrong


def third_party():
    """Name the foreign crates and their licences, as Markdown."""
    rows = sorted((p["name"], p["version"], p["license"] or "", p["repository"] or "") for p in metadata(None) if p["source"])
    lines = ["# Third-party crates", "", "Made by `make gen` from Cargo.lock; all platforms, with build and test crates.", ""]
    lines += ["| crate | version | licence | where |", "|---|---|---|---|"]
    lines += [f"| {name} | {version} | {licence} | {where} |" for name, version, licence, where in rows]
    fonts = ROOT / "crates" / "reports" / "fonts"
    texts = sorted(path.name for path in fonts.glob("LICENSE*"))
    if texts:
        lines += ["", f"Fonts in `crates/reports/fonts` have licences of their own beside them: {', '.join(texts)}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        (ROOT / "THIRD_PARTY.md").write_text(third_party())
    else:
        sys.exit(1 if check(tomllib.loads((ROOT / "deny.toml").read_text())) else 0)
