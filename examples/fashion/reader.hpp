// Reads a little-endian binary file and refuses everything that is not as expected.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fashion {

class reader {
public:
    explicit reader(const std::filesystem::path& path) : name_{path.string()} {
        std::ifstream file{path, std::ios::binary};
        if (!file) throw std::runtime_error{name_ + ": cannot be opened"};
        bytes_.assign(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }

    [[noreturn]] void fail(const std::string& reason) const {
        throw std::runtime_error{name_ + ": " + reason};
    }

    std::string text(std::size_t length) {
        need(length);
        std::string result(bytes_.begin() + static_cast<std::ptrdiff_t>(at_),
                           bytes_.begin() + static_cast<std::ptrdiff_t>(at_ + length));
        at_ += length;
        return result;
    }

    std::uint16_t half_word() { return static_cast<std::uint16_t>(unsigned_number(2)); }
    std::uint32_t word() { return static_cast<std::uint32_t>(unsigned_number(4)); }
    float single() { return std::bit_cast<float>(word()); }
    double real() { return std::bit_cast<double>(unsigned_number(8)); }

    void expect_text(std::string_view wanted, const std::string& what) {
        if (text(wanted.size()) != wanted) fail("has the wrong " + what);
    }

    void expect_word(std::size_t wanted, const std::string& what) {
        const std::uint32_t found = word();
        if (found != wanted)
            fail(what + " is " + std::to_string(found) + " where " + std::to_string(wanted) +
                 " is expected");
    }

    void expect_end() const {
        if (at_ != bytes_.size()) fail("is longer than its contents");
    }

    void need(std::size_t count) const {
        if (count > bytes_.size() - at_) fail("ends too early");
    }

private:
    std::uint64_t unsigned_number(std::size_t count) {
        need(count);
        std::uint64_t result = 0;
        for (std::size_t i = 0; i < count; ++i)
            result |= std::uint64_t{static_cast<unsigned char>(bytes_[at_ + i])} << (8 * i);
        at_ += count;
        return result;
    }

    std::string name_;
    std::vector<char> bytes_;
    std::size_t at_ = 0;
};

}  // namespace fashion
