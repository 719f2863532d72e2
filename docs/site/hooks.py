"""What the site adds to the pages of docs/: the pages of other folders, the files that pages link to, and the reference.

A page keeps its text. Only its links are written anew: in the repository they lead to files, here to the pages that these
have become.
"""
import os
import pathlib
import re
import sys

from mkdocs.structure.files import File

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import links
import reference

root = links.root

BROWSER_PAGE = root / "build/web/page"  # made by: bash examples/run.sh web
LANGUAGES = {".hpp": "cpp", ".cpp": "cpp", ".cu": "cpp", ".py": "python", ".sh": "sh", ".cmake": "cmake", ".json": "json"}
LONGEST = 300_000  # of a file that becomes a page

place_of = {}     # of each page of the repository, in the site
repository = {}   # the other way
names = {}        # where the reference has each public name


def on_config(config):
    config.mdx_configs["toc"]["slugify"] = lambda text, separator: links.slug(text)
    nav = [{"Reference": reference.navigation()} if item == {"Reference": "reference"} else item for item in config.nav]
    if (BROWSER_PAGE / "index.html").exists():
        nav[0]["Start"].insert(2, {"Draw in the browser": "browser/index.html"})
    config.nav = nav
    return config


def place(path):
    """Where the site has a file or a folder of the repository, which is as text whatever is no page and no picture."""
    if path in place_of:
        return place_of[path]
    if path.startswith("docs/") and (root / path).is_file() and not path.startswith(("docs/draw", "docs/tables", "docs/site")):
        return path.removeprefix("docs/")
    if (root / path).is_dir() and f"{path}/README.md" in place_of:
        return place_of[f"{path}/README.md"]
    return f"source/{path}.md"


def source_page(path):
    """A page that shows a file, or what a folder holds."""
    title = f"---\nsearch:\n  exclude: true\nhide: [navigation]\n---\n\n# {path}\n\n"
    if (root / path).is_dir():
        return title + "".join(f"- `{f.name}{'/' if f.is_dir() else ''}`\n" for f in sorted((root / path).iterdir()))
    data = (root / path).read_bytes()
    if len(data) > LONGEST or b"\0" in data:
        return title + f"A file of {len(data)} bytes, in the repository.\n"
    language = LANGUAGES.get(pathlib.Path(path).suffix, "text")
    return title + f"````{language}\n{data.decode().rstrip()}\n````\n"


def on_files(files, config):
    for page in links.pages():
        place_of[page] = links.place(page)
        repository[place_of[page]] = page
    shown = set()
    for page in links.pages():
        text = (root / page).read_text()
        if not page.startswith("docs/"):
            files.append(File.generated(config, place_of[page], content=text))
        for _, target in links.links(text):
            path, _ = links.resolve(page, target)
            if (root / path).exists() and place(path).startswith("source/") and path not in shown:
                shown.add(path)
                files.append(File.generated(config, place(path), content=source_page(path)))
    made = reference.Reference()
    for name, text in made.make().items():
        files.append(File.generated(config, name, content=text))
    names.update({name: made.place(name) for name in made.public})
    for folder, to in (root / "docs/site/assets", "assets"), (BROWSER_PAGE, "browser"):
        for path in (p for p in sorted(folder.rglob("*")) if p.is_file()):
            name = f"{to}/{path.relative_to(folder).as_posix()}"
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, config, files):
    source = repository.get(page.file.src_uri)
    if source is None:
        return markdown

    def moved(match):
        if re.match(r"[a-z]+:", match[2]) or match[2].startswith("#"):
            return match[0]
        path, anchor = links.resolve(source, match[2])
        if not (root / path).exists():
            return match[0]
        to = os.path.relpath(place(path), os.path.dirname(page.file.src_uri) or ".")
        return f"{match[1]}{to}{'#' + anchor if anchor else ''}{match[3]}"

    lines = markdown.split("\n")
    for number, line in links.prose(markdown):
        lines[number - 1] = links.LINK.sub(moved, line)
    return "\n".join(indented(lines))


def indented(lines):
    """What belongs to an item of a list begins below its text in the repository; mkdocs wants it 4 columns in."""
    width, fenced, parted, before = 0, False, False, ""
    for line in lines:
        fenced ^= bool(re.match("```|~~~", line))
        if marker := None if fenced else re.match(r"(?:[-*]|\d+[.)]) +(?=\S)", line):
            if width and parted and before.strip():
                yield ""  # else the item would go on with the last paragraph of the one above
            width, parted = len(marker[0]), False
        elif line.strip() and not line.startswith(" ") and (fenced or not before.strip()):
            width = 0
        parted = parted or not line.strip()
        yield " " * (4 - width) + line if 0 < width < 4 and line.startswith(" " * width) else line
        before = line


def on_page_content(html, page, config, files):
    """Leads from the first mention of each public name to the reference."""
    source = repository.get(page.file.src_uri)
    if source is None:
        return html
    foreign = re.match(r"docs/(names|from-)", source)  # pages whose tables have other programs' names, too
    linked = set()

    def mention(match):
        name = (match[2] or "").removeprefix("fokker::")
        if name not in names or name in linked or (foreign and name == match[2]):
            return match[0]
        linked.add(name)
        path, anchor = names[name].split("#")
        return f'<a class="name" href="{files.get_file_from_path(path).url_relative_to(page.file)}#{anchor}">{match[0]}</a>'

    apart = r"<a[ >].*?</a>|<pre.*?</pre>|<h\d.*?</h\d>"
    return re.sub(rf"({apart})|<code>([\w:]+)</code>", mention, html, flags=re.S)
