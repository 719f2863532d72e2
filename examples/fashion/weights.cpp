#include "weights.hpp"

#include <cmath>

namespace fashion {

weights::weights(const std::filesystem::path& path, const std::string& magic,
                 const std::string& owner, std::size_t numbers)
    : in_{path} {
    in_.expect_text(magic, "magic: this is not a file of weights of " + owner);
    in_.expect_word(1, "the version of the format");
    for (std::size_t i = 0; i < numbers; ++i) numbers_.push_back(in_.word());
    left_ = in_.word();
}

void weights::require(bool possible) const {
    if (!possible) in_.fail("describes an impossible network");
}

// From the bits: exact on every processor and under every floating-point option.
float weights::half(unsigned bits, const std::string& name) const {
    const int exponent = static_cast<int>(bits >> 10U & 31U);
    const int mantissa = static_cast<int>(bits & 1023U);
    if (exponent == 31) in_.fail("the tensor " + name + " holds a number that is not finite");
    const float size = exponent == 0
                           ? std::ldexp(static_cast<float>(mantissa), -24)
                           : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
    return (bits & 0x8000U) != 0 ? -size : size;
}

Eigen::MatrixXf weights::next(const std::string& name, std::initializer_list<Eigen::Index> sizes) {
    if (left_ == 0) in_.fail("lacks the tensor " + name);
    --left_;
    const std::size_t length = in_.word();
    const std::string found = in_.text(length);
    if (found != name) in_.fail("holds the tensor " + found + " where " + name + " is expected");
    in_.expect_word(sizes.size(), "the number of sizes of " + name);
    Eigen::Index count = 1;
    for (const Eigen::Index size : sizes) {
        in_.expect_word(static_cast<std::size_t>(size), "a size of " + name);
        count *= size;
    }
    in_.need(2 * static_cast<std::size_t>(count));
    const Eigen::Index rows = *(sizes.end() - 1);
    Eigen::MatrixXf result(rows, count / rows);
    for (Eigen::Index i = 0; i < count; ++i) result.data()[i] = half(in_.half_word(), name);
    return result;
}

void weights::expect_end() const {
    if (left_ != 0) in_.fail("holds more tensors than the network has");
    in_.expect_end();
}

}  // namespace fashion
