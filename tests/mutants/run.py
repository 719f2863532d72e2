"""Plants the faults of tests/mutants/*.toml in copies of the headers and runs the tests that must
see them. Called by tests/mutants.sh, which tells the options."""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib

TABLES = pathlib.Path(__file__).resolve().parent
ROOT = TABLES.parent.parent
WORK = ROOT / "build" / "mutants"
# What a copy of the project needs to build its unit tests.
PARTS = ["CMakeLists.txt", "cmake", "include", "tests", "examples"]
TEST_SECONDS = 300
stop = threading.Event()  # set where one worker fails


class TableError(Exception):
    """The table says something that is not so, or cannot be tried."""


@dataclasses.dataclass
class Mutant:
    table: str
    file: str  # below include/fokker
    what: str
    by: str
    why: str
    tests: list[str]
    equal: str = ""  # why no test can see it

    def line(self):
        return (ROOT / "include/fokker" / self.file).read_text().partition(self.what)[0].count("\n") + 1

    def title(self):
        return f"{self.file}:{self.line()}  {self.why}"


def entries(table):
    """The entries of one table, of which nothing may be passed over."""
    try:
        content = tomllib.loads(table.read_text())
    except ValueError as problem:
        raise TableError(f"{table.name}: {problem}") from None
    found = content.pop("mutant", None)
    whole = isinstance(found, list) and found and all(isinstance(entry, dict) for entry in found)
    if not whole or content:
        raise TableError(f"{table.name}: must hold [[mutant]] entries, and nothing else")
    return found


def read_entry(table, where, entry):
    texts = ["file", "what", "by", "why"]
    missing = [key for key in texts + ["tests"] if key not in entry]
    unknown = [key for key in entry if key not in texts + ["tests", "equal"]]
    if missing or unknown:
        raise TableError(f"{where}: " + ", ".join(
            [f"no '{key}'" for key in missing] + [f"'{key}' means nothing here" for key in unknown]))
    for key, value in entry.items():
        if key == "tests":
            if not isinstance(value, list) or not all(isinstance(test, str) for test in value):
                raise TableError(f"{where}: 'tests' must be a list of names")
        elif not isinstance(value, str) or (not value.strip() and key != "by"):
            raise TableError(f"{where}: '{key}' must be a text")
    return Mutant(table.name, **entry)


def names_of_tests():
    """The unit tests, as ctest calls them."""
    files = [file.relative_to(ROOT / "tests") for file in (ROOT / "tests").rglob("*_test.cpp")]
    names = [file.as_posix().removesuffix("_test.cpp") for file in files]
    return {name if "/" in name else f"verbs/{name}" for name in names}


def read_tables():
    mutants, places, known = [], {}, names_of_tests()
    for table in sorted(TABLES.glob("*.toml")):
        for number, entry in enumerate(entries(table), 1):
            where = f"{table.name}, mutant {number}"
            mutant = read_entry(table, where, entry)
            header = ROOT / "include/fokker" / mutant.file
            if not header.is_file():
                raise TableError(f"{where}: there is no header fokker/{mutant.file}")
            found = header.read_text().count(mutant.what)
            if found != 1:
                raise TableError(f"{where}: fokker/{mutant.file} has {found} times, not once:\n{mutant.what}")
            if mutant.what == mutant.by:
                raise TableError(f"{where}: nothing is changed")
            other = places.setdefault((mutant.file, mutant.what, mutant.by), where)
            if other != where:
                raise TableError(f"{where}: the same as {other}")
            for test in mutant.tests:
                if test not in known:
                    near = f" (is it verbs/{test}?)" if f"verbs/{test}" in known else ""
                    raise TableError(f"{where}: there is no unit test '{test}'{near}")
            if not mutant.tests:
                raise TableError(f"{where}: no test is named")
            mutants.append(mutant)
    return mutants


class Worker:
    """A copy of the project, where one fault at a time is planted."""

    def __init__(self, number):
        self.source = WORK / f"copy-{number}"
        self.build = self.source / "build"

    def prepare(self):
        """The project as it is now; files that are as before keep their time, and what was built of
        them stays."""
        for part in PARTS:
            for old in [ROOT / part] if (ROOT / part).is_file() else (ROOT / part).rglob("*"):
                new = self.source / old.relative_to(ROOT)
                if old.is_dir() or "__pycache__" in old.parts:
                    continue
                new.parent.mkdir(parents=True, exist_ok=True)
                if not new.exists() or new.read_bytes() != old.read_bytes():
                    shutil.copyfile(old, new)
        for part in PARTS:
            for new in (self.source / part).rglob("*"):
                if new.is_file() and not (ROOT / new.relative_to(self.source)).exists():
                    new.unlink()
        self.must(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja",
                   "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1",
                   "-DFOKKER_TEST_SUITE=unit;properties", "-DFOKKER_TEST_EACH_FILE=ON",
                   "-DFOKKER_BUILD_EXAMPLES=OFF", "-DFOKKER_BUILD_BENCHMARKS=OFF",
                   f"-DFOKKER_TEST_SECONDS={TEST_SECONDS}"])

    def run(self, command):
        # The files that stay open are the lock of tests/mutants.sh: it lasts as long as a build does
        # whose caller was killed.
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, close_fds=False)
        if done.returncode < 0:  # says nothing about the mutant
            raise TableError(f"{command[0]} was ended by signal {-done.returncode}")
        return done

    def must(self, command):
        done = self.run(command)
        if done.returncode != 0:
            raise TableError(done.stdout[-4000:])

    def builds(self, test):
        """Whether the program of this test can be built, and what the compiler said."""
        done = self.run(["cmake", "--build", self.build, "--parallel", "1", "--target",
                         "fokker_test_" + re.sub(r"\W", "_", test)])
        return done.returncode == 0, done.stdout

    def passes(self, test):
        done = self.run(["ctest", "--test-dir", self.build, "--no-tests=error", "--output-on-failure",
                         "--tests-regex", f"^{re.escape(test)}$"])
        return done.returncode == 0, done.stdout

    def judge(self, mutant):
        """The test that sees the mutant, or None. Tests are built and run in their order, and the
        first that sees it ends it."""
        header = self.source / "include/fokker" / mutant.file
        text = header.read_text()
        header.write_text(text.replace(mutant.what, mutant.by))
        try:
            for test in mutant.tests:
                built, output = self.builds(test)
                if not built:
                    raise TableError(f"{mutant.table}, {mutant.title()}: does not compile\n"
                                     + output[-3000:])
                if not self.passes(test)[0] and not stop.is_set():
                    return test
            return None
        finally:
            header.write_text(text)


def first_tests(mutants, workers, say):
    """All tests that are named must pass as long as nothing is wrong: else they see nothing."""
    tests = queue.SimpleQueue()
    wanted = sorted({test for mutant in mutants for test in mutant.tests})
    for test in wanted:
        tests.put(test)

    def work(worker):
        while not stop.is_set():
            try:
                test = tests.get_nowait()
            except queue.Empty:
                return
            for step in (worker.builds, worker.passes):
                done, output = step(test)
                if not done:
                    raise TableError(f"{test} fails before any fault is planted\n" + output[-3000:])
            say(f"passes as long as nothing is wrong: {test}")

    in_parallel(workers, work)


def in_parallel(workers, work):
    """Calls work(worker) for all. Where one fails, the others end after what they have in hand."""
    with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
        try:
            for done in concurrent.futures.as_completed([pool.submit(work, w) for w in workers]):
                done.result()
        except BaseException:
            stop.set()
            raise


def expression(text):
    try:
        re.compile(text)
    except re.error as problem:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {problem}") from None
    return text


def positive(text):
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 1 on")
    return int(text)


def main():
    options = argparse.ArgumentParser(prog="tests/mutants.sh", add_help=False, allow_abbrev=False,
                                      usage="bash tests/mutants.sh --help tells the options")
    options.add_argument("--only", metavar="REGEX", type=expression, default="")
    options.add_argument("--list", action="store_true")
    options.add_argument("--jobs", metavar="N", type=positive, default=os.cpu_count())
    options = options.parse_args()

    mutants = [mutant for mutant in read_tables()
               if re.search(options.only, "\n".join([mutant.file, mutant.what, mutant.why]))]
    if not mutants:
        raise TableError(f"no mutant matches '{options.only}'")
    if options.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever reads it may stop early
        for mutant in mutants:
            print(f"{mutant.title()}\n    by: {', '.join(mutant.tests)}")
        return 0

    begin = time.monotonic()

    def say(words):
        print(f"{time.monotonic() - begin:6.0f} s  {words}", flush=True)

    workers = [Worker(number) for number in range(max(1, min(options.jobs, len(mutants))))]
    say(f"mutants: {len(mutants)}, {len(workers)} at a time")
    in_parallel(workers, Worker.prepare)
    first_tests(mutants, workers, say)

    waiting = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    survivors, explained, wrong, seen = [], [], [], []
    done_before = time.monotonic()

    def work(worker):
        while not stop.is_set():
            try:
                mutant = waiting.get_nowait()
            except queue.Empty:
                return
            test = worker.judge(mutant)
            if stop.is_set():
                return  # what was interrupted was not judged
            if test and mutant.equal:
                wrong.append(mutant)
                outcome = f"seen after all, by {test}"
            elif test:
                seen.append(mutant)
                outcome = f"seen by {test}"
            elif mutant.equal:
                explained.append(mutant)
                outcome = f"cannot be seen: {mutant.equal}"
            else:
                survivors.append(mutant)
                outcome = "SURVIVED " + ", ".join(mutant.tests)
            done = len(seen) + len(survivors) + len(explained) + len(wrong)
            left = (time.monotonic() - done_before) / done * (len(mutants) - done)
            say(f"[{done}/{len(mutants)}, {left / 60:.0f} min left] {mutant.title()}: {outcome}")

    in_parallel(workers, work)
    judged = len(mutants) - len(explained)
    print(f"\nseen {len(seen)} of {judged}" + (f", {len(explained)} more cannot be seen" if explained else ""))
    for mutant in survivors:
        print(f"survived: {mutant.title()}\n    {mutant.what!r}\n    {mutant.by!r}")
    for mutant in wrong:
        print(f"seen after all, and the table says that it cannot be: {mutant.title()}")
    return 1 if survivors or wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (TableError, OSError) as problem:
        print(f"mutants: {problem}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("mutants: interrupted", file=sys.stderr)
        sys.exit(130)
