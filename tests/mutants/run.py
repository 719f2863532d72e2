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
    """The table says something that is not so."""


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


def read_tables():
    mutants = []
    for table in sorted(TABLES.glob("*.toml")):
        for number, entry in enumerate(tomllib.loads(table.read_text()).get("mutant", []), 1):
            where = f"{table.name}, mutant {number}"
            try:
                mutant = Mutant(table.name, **entry)
            except TypeError as problem:
                raise TableError(f"{where}: {problem}") from None
            header = ROOT / "include/fokker" / mutant.file
            if not header.is_file():
                raise TableError(f"{where}: there is no header fokker/{mutant.file}")
            found = header.read_text().count(mutant.what)
            if found != 1:
                raise TableError(f"{where}: fokker/{mutant.file} has {found} times, not once:\n{mutant.what}")
            if mutant.what == mutant.by:
                raise TableError(f"{where}: nothing is changed")
            for test in mutant.tests:
                if not list((ROOT / "tests").glob(f"{test.removeprefix('verbs/')}_test.cpp")):
                    raise TableError(f"{where}: there is no unit test '{test}'")
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

    def run(self, command, **more):
        return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, **more)

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
        done = self.run(["ctest", "--test-dir", self.build, "--no-tests=error",
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
                    raise TableError(f"{test} fails where nothing is wrong\n" + output[-3000:])
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


def main():
    options = argparse.ArgumentParser(prog="tests/mutants.sh", description="Tests the tests.")
    options.add_argument("--only", metavar="REGEX", default="")
    options.add_argument("--list", action="store_true")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options = options.parse_args()

    mutants = [mutant for mutant in read_tables()
               if re.search(options.only, "\n".join([mutant.file, mutant.what, mutant.why]))]
    if not mutants:
        raise TableError(f"no mutant matches '{options.only}'")
    if options.list:
        for mutant in mutants:
            print(f"{mutant.title()}\n    by: {', '.join(mutant.tests)}")
        return 0

    begin = time.monotonic()

    def say(words):
        print(f"{time.monotonic() - begin:6.0f} s  {words}", flush=True)

    workers = [Worker(number) for number in range(max(1, min(options.jobs, len(mutants))))]
    say(f"{len(mutants)} mutants, {len(workers)} at a time")
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
    except (TableError, OSError, re.error) as problem:
        sys.exit((print(f"mutants: {problem}", file=sys.stderr), 2)[1])
    except KeyboardInterrupt:
        sys.exit(130)
