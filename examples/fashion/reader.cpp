#include "reader.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace fashion {

reader::reader(const std::filesystem::path& path) : name_{path.string()} {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw std::runtime_error{name_ + ": cannot be opened"};
    bytes_.assign(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
}

void reader::fail(const std::string& reason) const {
    throw std::runtime_error{name_ + ": " + reason};
}

std::string reader::text(std::size_t length) {
    need(length);
    std::string result(bytes_.begin() + static_cast<std::ptrdiff_t>(at_),
                       bytes_.begin() + static_cast<std::ptrdiff_t>(at_ + length));
    at_ += length;
    return result;
}

void reader::expect_text(std::string_view wanted, const std::string& what) {
    if (text(wanted.size()) != wanted) fail("has the wrong " + what);
}

void reader::expect_word(std::size_t wanted, const std::string& what) {
    const std::uint32_t found = word();
    if (found != wanted)
        fail(what + " is " + std::to_string(found) + " where " + std::to_string(wanted) +
             " is expected");
}

void reader::expect_end() const {
    if (at_ != bytes_.size()) fail("is longer than its contents");
}

}  // namespace fashion
