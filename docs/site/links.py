#!/usr/bin/env python3
"""The Markdown pages of the repository and their links, for the site and for a test.

    python3 docs/site/links.py      says which links lead nowhere, which pages no link leads to, and which the site lacks

Links out of the repository are not followed.
"""
import os
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]

LINK = re.compile(r"(\]\()([^()\s]+)(\))")
FENCE = re.compile(r"^\s*(```|~~~)")
# Where a reader begins: from here links lead to every page.
FIRST = ["README.md"]
INDEX = "docs/index.md"  # has a link to every page of docs/
# Where the site has pages of other folders than docs/; others have their own path.
TOP = {"README.md": "overview.md", "CHANGELOG.md": "changelog.md"}


def pages():
    """All Markdown pages, as paths from the root."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and not re.match(r"build|cmake-build|out$|bazel-|shared$", f))
        found += [(pathlib.Path(folder) / f).relative_to(root).as_posix() for f in files if f.endswith(".md")]
    return sorted(found)


def slug(heading):
    """The anchor of a heading, as the hosts of repositories make it."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"\s", "-", re.sub(r"[^\w\- ]", "", text.strip().lower()))


def prose(text):
    """(number, line) of each line that stands in no code block."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            yield number, line


def without_code(line):
    return re.sub(r"(`+).*?\1", lambda code: " " * len(code[0]), line)


def anchors(text):
    """All anchors of a page; the second heading of a name has -1 behind it."""
    seen = {}
    for _, line in prose(text):
        if match := re.match(r"#+ +(.*?)#*$", line):
            name = slug(match[1])
            seen[name] = seen.get(name, -1) + 1
            yield name if seen[name] == 0 else f"{name}-{seen[name]}"


def links(text):
    """(number, target) of each link that stays in the repository."""
    for number, line in prose(text):
        for match in LINK.finditer(without_code(line)):
            if not re.match(r"[a-z]+:", match[2]):
                yield number, match[2]


def resolve(page, target):
    """What a link of a page leads to: the path from the root, and the anchor."""
    path, _, anchor = target.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
    return path, anchor


def place(page):
    return TOP.get(page, page.removeprefix("docs/"))


def check():
    texts = {page: (root / page).read_text() for page in pages()}
    faults, linked = [], {page: set() for page in texts}
    nav = re.findall(r"[\w/.-]+\.md\b", (root / "mkdocs.yml").read_text())
    faults += [f"{page}: mkdocs.yml has no place for it" for page in texts if place(page) not in nav]
    for page, text in texts.items():
        before = ""
        for number, line in prose(text):
            if re.match(r"\s+\d+[.)] ", line) and before.strip():
                faults.append(f"{page}:{number}: this line would begin a list; break the lines elsewhere")
            before = line
        for number, target in links(text):
            path, anchor = resolve(page, target)
            if path.startswith("..") or not (root / path).exists():
                faults.append(f"{page}:{number}: nothing is at {target}")
            elif anchor and (path not in texts or anchor not in anchors(texts[path])):
                faults.append(f"{page}:{number}: no heading has the anchor of {target}")
            if (root / path).is_dir():
                path += "/README.md"
            linked[page].add(path)
    reached, waiting = set(), list(FIRST)
    while waiting:
        page = waiting.pop()
        if page in texts and page not in reached:
            reached.add(page)
            waiting += linked[page]
    faults += [f"{page}: {INDEX} has no link to it" for page in texts
               if page.startswith("docs/") and page != INDEX and page not in linked[INDEX]]
    faults += [f"{page}: no way of links leads here from {FIRST[0]}" for page in texts if page not in reached]
    return texts, faults


if __name__ == "__main__":
    texts, faults = check()
    print("\n".join(faults + [f"{len(texts)} pages"]))
    sys.exit(bool(faults))
