"""Where the C++ headers of Fokker are, and its CMake package."""

from pathlib import Path


def include_dir() -> str:
    """The folder for a compiler's -I."""
    return str(Path(__file__).parent / "include")


def cmake_dir() -> str:
    """The folder for CMake's fokker_DIR."""
    return str(Path(__file__).parent / "share" / "cmake" / "fokker")
