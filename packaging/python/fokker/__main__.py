import argparse

import fokker

parser = argparse.ArgumentParser(prog="python -m fokker", description=fokker.__doc__)
choice = parser.add_mutually_exclusive_group(required=True)
choice.add_argument("--includedir", action="store_true", help="print " + fokker.include_dir.__doc__)
choice.add_argument("--cmakedir", action="store_true", help="print " + fokker.cmake_dir.__doc__)
print(fokker.include_dir() if parser.parse_args().includedir else fokker.cmake_dir())
