#!/usr/bin/env python3
"""A reference of the public names, made of the headers: what each is, its header, and the pages that show it.

    python3 docs/site/reference.py      says which public names lack a docstring, or are on no page

It reads lines, not C++: the headers are laid out by clang-format, so what begins at the margin of a namespace or of a
class is a declaration, and the lines with /// above it are its docstring.
"""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
include = root / "include"

# Each page: its title, what it is about, and how the paths of its headers begin (a solver goes by its file of the
# catalogue). They come in this order. The first page that fits has a header.
PAGES = {
    "verbs": ("Verbs and runs", "What a program calls to sample, and the walk under its own control.",
              "sample.hpp run.hpp observer.hpp checkpoint.hpp error.hpp any_solver.hpp edit_between.hpp version.hpp"),
    "grids": ("Grids", "Where the steps of a walk lie.", "path/grid.hpp path/grids/times path/grids/training path/grids"),
    "paths": ("Paths and schedules", "How much signal and noise there is at each time, and single knots.",
              "path/schedules path/discrete path/continuous path/knot.hpp path/"),
    "models": ("Models and guidance", "What a network predicts, and what is done with it.",
               "model/model.hpp model/guidance.hpp model/guid model/"),
    "solvers-multistep": ("Multistep solvers", "They look back on earlier predictions.", "multistep"),
    "solvers-singlestep": ("Solvers of single steps", "They look back on nothing.", "singlestep"),
    "solvers-ancestral": ("Ancestral solvers", "They draw noise as the forward process does.", "ancestral"),
    "solvers-sde": ("Solvers of the SDE", "They draw noise in each step.", "sde"),
    "solvers-few-step": ("Solvers for distilled networks", "For networks trained to need few steps.", "few_step"),
    "solvers-parts": ("Options of solvers", "What several solvers share, and what a solver is.", "solver/"),
    "catalogue": ("Solvers by name", "The catalogue.", "catalogue"),
    "noise": ("Noise", "Sources of Gaussian and other noise.", "noise/philox.hpp noise/"),
    "arrays": ("Arrays", "What the library must know of an array type.", "kernel/"),
    "forward": ("Forward process", "Training pairs, loss weights and the variational bound.", "forward"),
    "latents": ("Latents", "Data as the noise that leads to them.", "latents"),
    "likelihood": ("Likelihoods", "log p of data and of samples.", "likelihood"),
    "measurement": ("Measurements", "Inverse problems by corrections of the data prediction.", "measurement"),
    "moments": ("Moments", "What the optimal variances are measured by.", "moments"),
    "serving": ("Serving", "Many walks in one batch of the network, and samples of one seed over processes.",
                "continuous_batch batching/ shard"),
    "processes": ("Other processes", "Any forward process, blur and heat, and steps side by side.",
                  "any_process parallel_in_time blur/"),
    "fitting": ("Fitted solvers", "`#include <fokker/fitting.hpp>`: solvers fitted to a network.", "fitting"),
    "discrete": ("Discrete data", "`#include <fokker/discrete.hpp>`: words and other classes, in `fokker::discrete`.",
                 "discrete"),
    "engines": ("Inference engines", "Headers of `fokker/engine/`, each for its library.", "engine/"),
    "programs": ("As in other programs", "Headers of `fokker/adapt/` for the names of diffusers, ComfyUI, k-diffusion and "
                 "stable-diffusion.cpp.", "adapt/diffusers adapt/comfyui adapt/(by_name|evenly|k_diff|stable)"),
    "adapters": ("Arrays of other libraries", "Headers of `fokker/adapt/` for DLPack, PyTorch, OpenCV and xtensor.", "adapt/"),
}
# Namespaces in which users write names; all others are the library's own.
PUBLIC = ["", "discrete", "engine", "diffusers", "comfyui", "k_diffusion", "stable_diffusion_cpp", "dlpack"]
GUIDES = {"discrete": "discrete.md", "engine": "engines.md", "dlpack": "arrays.md", "diffusers": "from-diffusers.md",
          "comfyui": "from-comfyui.md", "k_diffusion": "from-comfyui.md", "stable_diffusion_cpp": "from-comfyui.md"}
# What every solver has, which docs/writing-a-solver.md explains.
OF_SOLVERS = "step check stochastic target evaluations_in_step solver_steps draws".split()

class Item:
    """A declaration: its docstring, its text without a body, and what a class holds."""

    def __init__(self, doc, statement, header, scope):
        self.doc, self.header, self.scope = doc, header, scope
        self.follows = False   # whether the docstring is that of the declaration above
        self.kind, self.name, self.text, body = read_declaration(statement)
        self.members = list(read_items(body, header, scope, self.name)) if body else []

    @property
    def path(self):
        return f"{self.scope}::{self.name}" if self.scope else self.name


def blank_out(text):
    """The same with spaces for what stands in literals and comments, so that brackets can be counted."""
    literal = r'R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|//[^\n]*'
    return re.sub(literal, lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def is_complete(statement):
    code = blank_out(statement).rstrip()
    if any(code.count(a) != code.count(b) for a, b in ("()", "[]", "{}")):
        return False
    last = code.split("\n")[-1]
    inside = re.match(r"\s+\}|\s*(requires|template)\b", last) or "concept " in code
    return code.endswith(";") or (code.endswith("}") and not inside)


def read_declaration(text):
    """(kind, name, declaration, body) of a statement."""
    text = re.sub(r"\[\[[^]]*\]\] |FOKKER_[A-Z_]+ (?=\w)", "", text)
    code, start = blank_out(text), 0
    for line in text.split("\n"):
        if line[:1].strip() and not line.startswith(("template", "requires")):
            break
        start += len(line) + 1
    head, depth, brace = code[start:], 0, len(code)
    for i, c in enumerate(head, start):
        depth += (c in "([") - (c in ")]")
        if depth == 0 and c == "{":
            brace = i
            break
    if match := re.match(r"(struct|class|union|enum class|enum) ([a-zA-Z_0-9]+)", head):
        if match[1].startswith("enum") or brace == len(code):
            return "enum" if brace < len(code) else "forward", match[2], text.strip(), ""
        return "class", match[2], text[:brace].strip(), text[brace + 1:code.rindex("}")]
    if match := re.match(r"(using|concept) ([a-zA-Z_0-9]+) *=", head):
        return match[1], match[2], text.strip(), ""
    if head.startswith("using "):
        return "names", "", text.strip(), ""
    before = re.split(r"[;{]|(?<![=<>!r])=(?!=)", head)[0]
    if match := re.findall(r"(?<!\w)(?!decltype|noexcept|requires)(~?[\w:]+|operator *[^\s(]+|operator\(\))\(", before):
        name = next((m for m in match if m.startswith("operator")), match[0])
        listed = re.search(r"\)(?: const| noexcept)*\s+: ", head)
        stop = min(brace, start + listed.start() + 1 if listed else len(code))
        return "function", name, text[:stop].strip().rstrip(";"), ""
    match = re.search(r"(\w+)(?:\[[^]]*\])*$", before.strip())
    whole = text.strip() if text.count("\n") < 4 else text[:brace].strip() + "{..};"
    return "variable", match[1] if match else "", whole, ""


def read_items(text, header, scope="", owner=None):
    """The declarations at the margin of a header, or of the body of a class, whose private ones are left out."""
    if owner is not None:
        text = re.sub(r"(?m)^    ", "", text)
    lines, doc, scopes, last, hidden, skipped, i = text.split("\n"), [], [], None, False, 0, 0
    while i < len(lines):
        line, i = lines[i], i + 1
        if line.startswith("#"):
            if re.match(r"# *if", line):
                skipped = skipped + 1 if skipped or re.search(r"FOKKER_(BODIES|TEMPLATE)", line) else 0
            elif re.match(r"# *endif", line) and skipped:
                skipped -= 1
            while lines[i - 1].endswith("\\"):
                i += 1
        elif skipped or re.match(r"FOKKER_[A-Z_]+(\(.*\))?;?$", line):
            pass
        elif line.startswith("///"):
            doc.append(line[3:])
        elif re.match(r" *///<", line) and last is not None:
            last.doc.append(" " + re.sub(r" *///< ?", "", line))
        elif re.match(r" *(public|private|protected):$", line):
            hidden, doc = "public" not in line, []
        elif match := re.match(r"(?:inline )?namespace ([\w: ]+) \{", line):
            if "}" not in line:
                parts = [p for p in match[1].split("::") if p not in ("fokker", "inline FOKKER_TARGET")]
                scopes.append("::".join(parts))
            doc = []
        elif scopes and re.match(r"\}(  // namespace.*)?$", line):
            scopes.pop()
        elif not line.strip() or re.match(r"\s*//", line):
            doc, last = doc if line.strip() else [], None
        else:
            begin = i - 1
            while i < len(lines) and not is_complete("\n".join(lines[begin:i])):
                i += 1
            statement = "\n".join(lines[begin:i])
            note = None if statement.startswith("enum") else re.search(r"///< ?(.*)$", statement)
            if note:
                doc.append(" " + note[1])
                statement = statement[:note.start()].rstrip()
            if not hidden and not re.match(r"static_assert|friend|extern|\}", statement):
                item = Item(doc, statement, header, "::".join(s for s in [scope, *scopes] if s))
                if last and last.doc and not doc and not last.noted and last.kind == item.kind:
                    item.doc, item.follows = last.doc, True
                item.noted = bool(note)
                yield item
                last = item
            doc = []


def read_headers():
    """All declarations of the headers, by their names: `sample`, `discrete::forward`, `detail::two_stage_solver`."""
    found = {}
    for path in sorted(include.rglob("*.hpp")):
        header = path.relative_to(include).as_posix()
        if not header.endswith("_bodies.hpp"):
            for item in read_items(path.read_text(), header):
                if item.kind != "forward" or item.doc:
                    found.setdefault(item.path, []).append(item)
    for name, items in list(found.items()):  # using by_name::plan;
        for item in items if name.endswith("::") and name[:-2] in PUBLIC else []:
            for target in re.findall(r"[\w:]+(?=[,;])", item.text):
                inner = found.get(f"{item.scope}::{target}") or found.get(target, [])
                found[f"{item.scope}::{target.split('::')[-1]}"] = inner
    return found


def is_public(name, items):
    scope, _, last = name.rpartition("::")
    return scope in PUBLIC and last and last != "std" and any(i.kind != "names" for i in items)


def is_guide_of_deduction(item, items):
    return item.kind == "function" and any(i.kind == "class" for i in items)


def family_of_solvers():
    """For each solver the file of the catalogue that names it."""
    files = sorted((include / "fokker/catalogue").glob("*.hpp"))
    return {name: f.stem for f in files for name in re.findall(r"named_solver<(\w+)", f.read_text())}


def guides(names):
    """For each name the pages of docs/ that show it, those that do most first, and those for other readers last."""
    found = {name: [] for name in names}
    late = re.compile(r"(from-|names|index|inside|performance|platforms|writing|own-|glossary|errors)")
    for path in sorted((root / "docs").glob("*.md")):
        text = path.read_text()
        heading = re.search(r"^# (.*)$", text, re.M)
        code = re.findall(r"(?s)^```cpp\n(.*?)^```", text, re.M)
        words = re.findall(r"`([^`\n]+)`", re.sub(r"(?s)^```.*?^```", "", text, flags=re.M)) + 3 * code
        count = {}
        for part in words:
            found_here = {word.removeprefix("fokker::") for word in re.findall(r"\w+(?:::\w+)*", part)}
            for word in found_here | {word.rpartition("::")[0] for word in found_here}:
                count[word] = count.get(word, 0) + 1
        for name in names:
            scope, _, last = name.rpartition("::")
            of_scope = GUIDES.get(scope) == path.name
            times = max(count.get(name, 0), count.get(name.removesuffix("_options"), 0), of_scope * (1 + count.get(last, 0)))
            if times:
                title = heading[1] if heading else path.stem
                found[name].append((not of_scope and bool(late.match(path.name)), -times, path.name, title))
    return {name: sorted(pages) for name, pages in found.items()}


class Reference:
    def __init__(self):
        self.all = read_headers()
        self.public = {name: [i for i in items if not is_guide_of_deduction(i, items)]
                       for name, items in self.all.items() if is_public(name, items)}
        family, self.page_of, self.faults = family_of_solvers(), {}, []
        of_header = {items[0].header: family[name] for name, items in self.public.items() if name in family}
        self.on_page = {page: {} for page in PAGES}  # of each page: names, and what it says of them
        order = [(page, re.compile(begin)) for page, (_, _, fits) in PAGES.items() for begin in fits.split()]
        placed = []
        for name, items in self.public.items():
            for item in [i for i in items if i.doc or i.kind == "function"] or items:
                key = family.get(name) or of_header.get(item.header) or item.header.removeprefix("fokker/")
                rank = next((i for i, (_, begin) in enumerate(order) if begin.match(key)), None)
                if rank is None:
                    self.faults.append(f"{item.header}: no page of PAGES has this header")
                else:
                    placed.append((rank, name, item))
            if not any(i.doc for i in items):
                self.faults.append(f"{items[0].header}: {name} has no docstring")
        for rank, name, item in sorted(placed, key=lambda place: place[0]):
            self.page_of.setdefault(name, order[rank][0])
            self.on_page[order[rank][0]].setdefault(name, []).append(item)
        self.guides = guides(self.public)

    def place(self, name):
        return f"reference/{self.page_of[name]}.md#{slug(name)}"

    def link(self, word, page):
        """A name in code, with a link to where it stands."""
        name = re.sub(r"^fokker::", "", word)
        if word == name and f"{self.scope}::{name}" in self.public:
            name = f"{self.scope}::{name}"
        if name not in self.public:
            name = name.split("::")[0]  # that of a member
        if name not in self.public:
            return f"`{word}`"
        to = self.place(name).removeprefix("reference/")
        return f"[`{word}`]({to.removeprefix(f'{page}.md')})"

    scope = ""  # of the name that is written about

    def text(self, doc, page):
        """A docstring in Markdown."""
        def escaped(part):
            part = re.sub(r"[\\*_\[\]|#]", r"\\\g<0>", part).replace("&", "&amp;").replace("<", "&lt;")
            part = re.sub(r"docs/([\w-]+)\.md", r"[docs/\1.md](../\1.md)", part)
            word = r"(?<![\w\\])fokker::[\w\\]*\w|(?<![\w\\])\w+(?:(?:\\_|::)\w+)+"
            return re.sub(word, lambda m: self.link(m[0].replace("\\", ""), page), part)
        parts = re.split(r"(`[^`]+`)", doc)
        return "".join(self.link(p[1:-1], page) if p.startswith("`") else escaped(p) for p in parts)

    def paragraphs(self, doc, page):
        """Lines of a docstring: paragraphs, lists of arguments, and formulas."""
        out, block = [], []

        def close():
            if not block:
                return
            rows = [re.match(r"   ?(\S[^=]{0,30}?)  +(\S.*)", line) for line in block]
            if rows[0] and not any(re.match(r"   ?\S", line) and not row for line, row in zip(block, rows)):
                joined = []
                for line, row in zip(block, rows):
                    if row:
                        joined.append([row[1], row[2]])
                    else:
                        joined[-1][1] += " " + line.strip()
                out.append("| | |\n| --- | --- |\n" + "\n".join(
                    f"| `{name}` | {self.text(meaning, page)} |" for name, meaning in joined))
            else:
                out.append("```cpp\n" + "\n".join(line[3:] for line in block) + "\n```")
            block.clear()

        prose = []
        for line in [*doc, ""]:
            indented = re.match(r" {3,}\S", line)
            if not indented:
                close()
            if indented or not line.strip():
                if prose:
                    out.append(self.text(" ".join(prose), page))
                    prose = []
            if indented:
                block.append(line)
            elif line.strip():
                prose.append(line.strip())
        close()
        return "\n\n".join(out)

    def bases(self, item):
        """Classes of the library whose members it has, too."""
        named = re.findall(r"[\w:]+", item.text.split(" : ")[1] if " : " in item.text else "")
        if item.kind == "using":
            named = re.findall(r"[\w:]+", item.text.split("=", 1)[1])[:1]
        for name in named:
            for scope in [f"{item.scope}::", "detail::", ""]:
                for base in self.all.get(scope + name, []):
                    if base.members or base.kind == "using":
                        yield base
                        break

    def members(self, item, seen=()):
        own = [m for m in item.members if m.kind in ("variable", "function", "enum", "class", "using") and m.name]
        for base in self.bases(item):
            if base is not item and base not in seen:
                own += [m for m in self.members(base, (*seen, item)) if m.doc and m.name != base.name]
        return own

    def value(self, name):
        """Of a constant, its value; of anything else, its name."""
        for item in self.all.get(name, []):
            if match := re.search(r"= ([\d.e+-]+);$", item.text):
                return match[1]
        return name

    def members_text(self, item, page):
        of_solver = "solver" in item.header
        fields, shown, plain = [], [], []
        for member in self.members(item):
            text = re.sub(r"(?m)^template <.*>\n(?=\S)", "", member.text).rstrip(";")
            if re.search(r"= (default|delete)$|\b(core|kernel)::", text) or member.name.startswith(("require_", "~")):
                continue
            if member.kind == "variable" and not text.startswith("static"):
                if not (member.follows or "detail::" in text.split("=")[0]):
                    text = re.sub(r"detail::\w+", lambda m: self.value(m[0]), text)
                    fields.append((text, self.text(" ".join(d.strip() for d in member.doc), page)))
            elif "detail::" in re.sub(r"(?m)^ *requires.*", "", text) or (of_solver and member.name in OF_SOLVERS):
                continue
            elif member.doc and not (member.follows and shown):
                shown.append(([text], member.doc))
            elif member.follows and shown:
                shown[-1][0].append(text)
            elif not of_solver and not text.startswith(("static constexpr", "using", "struct", "class")):
                plain.append(text)
        out = []
        if fields:
            code = [(re.sub(r"\s+", " ", text), meaning) for text, meaning in fields]
            out.append("| member | |\n| --- | --- |\n" + "\n".join(f"| `{t}` | {m} |" for t, m in code))
        if plain:
            out.append("```cpp\n" + "\n".join(text + ";" for text in plain) + "\n```")
        for texts, doc in shown:
            out.append("```cpp\n" + "\n".join(text + ";" for text in texts) + "\n```\n\n" + self.paragraphs(doc, page))
        return "\n\n".join(out)

    def entry(self, name, page):
        items = [i for i in self.on_page[page][name] if "detail::meant_for_verb" not in i.text]  # for wrong calls
        out, self.scope = [f"## {name}"], name.rpartition("::")[0]
        for item in items:
            text = item.text if item.kind in ("concept", "enum") else item.text.rstrip(";")
            out.append(f"```cpp\n{text}\n```")
            if not (item.follows and item is not items[0]):
                out.append(self.paragraphs(item.doc, page))
            if item.members or item.kind == "using":
                out.append(self.members_text(item, page))
        where = "".join(f", [{title}](../{file})" for _, _, file, title in self.guides[name][:3])
        includes = dict.fromkeys(f"`#include <{i.header}>`" for i in items)
        out.append(f"{', '.join(includes)}{'. Guide: ' + where[2:] if where else ''}")
        return "\n\n".join(part for part in out if part)

    def first_sentence(self, name, page):
        doc = next((i.doc for i in self.on_page[page][name] if i.doc), [])
        lines = []
        for line in doc:
            if re.match(r" {3,}\S", line) or not line.strip():
                break
            lines.append(line.strip())
        sentence = re.match(r"(.{30,}?(?<!al)(?<!eq)[.:])(?: [A-Z`]|$)", " ".join(lines))
        self.scope = name.rpartition("::")[0]
        return self.text((sentence[1] if sentence else " ".join(lines)).rstrip(":"), page)

    def make(self):
        """The pages: what they are called in the site, and their text."""
        pages, index = {}, ["# Reference\n\nEvery name that a program may write, with its docstring from the headers. "
                            "`fokker::` is left out before the names. `#include <fokker/fokker.hpp>` brings all but "
                            "those of the last five pages."]
        for page, (title, about, _) in PAGES.items():
            names = self.on_page[page]
            self.scope = ""
            table = "\n".join(f"| {self.link(n, page)} | {self.first_sentence(n, page)} |" for n in names)
            pages[f"reference/{page}.md"] = f"# {title}\n\n{about}\n\n| name | |\n| --- | --- |\n{table}\n\n" + \
                "\n\n".join(self.entry(n, page) for n in names) + "\n"
            index.append(f"## {title}\n\n{about}\n\n" + " · ".join(self.link(n, "") for n in names))
        pages["reference/index.md"] = "\n\n".join(index) + "\n"
        return pages


def slug(name):
    return re.sub(r"[^\w\-]", "", name.lower())


def navigation():
    return [{"All names": "reference/index.md"}, *({title: f"reference/{p}.md"} for p, (title, _, _) in PAGES.items())]


if __name__ == "__main__":
    made = Reference()
    known = (root / "tests/headers/public_names.txt").read_text().split()
    faults = made.faults + [f"{name}: is in public_names.txt, and on no page" for name in known if name not in made.public]
    print("\n".join(faults + [f"{len(made.public)} names on {len(made.make())} pages"]))
    sys.exit(bool(faults))
