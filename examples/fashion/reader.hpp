// Reads a little-endian binary file and refuses everything that is not as expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fokker/bit_cast.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fashion {

class reader {
public:
    explicit reader(const std::filesystem::path& path);

    [[noreturn]] void fail(const std::string& reason) const;

    std::string text(std::size_t length);

    std::uint16_t half_word() { return static_cast<std::uint16_t>(unsigned_number(2)); }
    std::uint32_t word() { return static_cast<std::uint32_t>(unsigned_number(4)); }
    float single() { return fokker::detail::bit_cast<float>(word()); }
    double real() { return fokker::detail::bit_cast<double>(unsigned_number(8)); }

    void expect_text(std::string_view wanted, const std::string& what);
    void expect_word(std::size_t wanted, const std::string& what);
    void expect_end() const;

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
