// Files that are there whole or not at all, however a program ends.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace fashion {

// Writes a file under another name, waits until it is on the disk, and renames it. What was there
// stays where the disk is full, or the program or the machine ends in the middle. Several programs
// may write the same file: the last one's is there then, whole. Writes again where another one has
// removed the unfinished file. Throws std::runtime_error where it cannot be written.
void write_whole(const std::filesystem::path& file,
                 const std::function<void(std::ostream&)>& write);

// The same, unless such a file is there: false, and that one stays. Of several programs one does.
bool write_first(const std::filesystem::path& file,
                 const std::function<void(std::ostream&)>& write);

// The bytes of a file; nothing where there is none that can be opened.
std::optional<std::string> read_if_there(const std::filesystem::path& file);

// The same. Throws std::runtime_error where there is none.
std::string read_whole(const std::filesystem::path& file);

// The unfinished files that programs left in a folder which ended in the middle, or are still
// writing, and the file that each was to be.
struct unfinished {
    std::filesystem::path file, was_to_be;
};
std::vector<unfinished> unfinished_in(const std::filesystem::path& folder);

// Waits until the disk has what a program wrote to a file.
void sync(const std::filesystem::path& file);

}  // namespace fashion
