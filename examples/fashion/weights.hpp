// The file of weights: named tensors in half precision, handed out in the order of the file.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "reader.hpp"

namespace fashion {

// The numbers that fix the shape of the network, in the order of the file.
struct architecture {
    Eigen::Index fine, coarse, embedding, frequencies, heads;
    Eigen::Index down_blocks, middle_blocks, up_blocks, attentions;
};

class weights {
public:
    explicit weights(const std::filesystem::path& path) : in_{path} {
        in_.expect_text("FASHUNET", "magic: this is not a file of weights of the fashion network");
        in_.expect_word(1, "the version of the format");
        for (Eigen::Index* number :
             {&shape_.fine, &shape_.coarse, &shape_.embedding, &shape_.frequencies, &shape_.heads,
              &shape_.down_blocks, &shape_.middle_blocks, &shape_.up_blocks, &shape_.attentions})
            *number = in_.word();
        check();
        left_ = in_.word();
    }

    const architecture& shape() const { return shape_; }

    // The next tensor, which must have this name and these sizes, as a column-major matrix whose
    // rows are the last size.
    Eigen::MatrixXf next(const std::string& name, std::initializer_list<Eigen::Index> sizes) {
        if (left_ == 0) in_.fail("lacks the tensor " + name);
        --left_;
        const std::size_t length = in_.word();
        const std::string found = in_.text(length);
        if (found != name)
            in_.fail("holds the tensor " + found + " where " + name + " is expected");
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

    void expect_end() const {
        if (left_ != 0) in_.fail("holds more tensors than the network has");
        in_.expect_end();
    }

private:
    // From the bits: exact on every processor and under every floating-point option.
    float half(unsigned bits, const std::string& name) const {
        const int exponent = static_cast<int>(bits >> 10U & 31U);
        const int mantissa = static_cast<int>(bits & 1023U);
        if (exponent == 31) in_.fail("the tensor " + name + " holds a number that is not finite");
        const float size = exponent == 0
                               ? std::ldexp(static_cast<float>(mantissa), -24)
                               : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25);
        return (bits & 0x8000U) != 0 ? -size : size;
    }

    // Groups and heads must divide the channels; the bounds keep a damaged file from asking for
    // absurd amounts of memory.
    void check() const {
        const auto channels = [](Eigen::Index n) { return n >= 8 && n <= 1024 && n % 8 == 0; };
        const auto count = [](Eigen::Index n) { return n >= 1 && n <= 1024; };
        const bool good =
            channels(shape_.fine) && channels(shape_.coarse) && count(shape_.embedding) &&
            count(shape_.frequencies) && count(shape_.heads) && shape_.coarse % shape_.heads == 0 &&
            count(shape_.down_blocks) && count(shape_.middle_blocks) && count(shape_.up_blocks) &&
            shape_.attentions >= 0 && shape_.attentions <= shape_.middle_blocks;
        if (!good) in_.fail("describes an impossible network");
    }

    reader in_;
    architecture shape_{};
    std::size_t left_ = 0;
};

}  // namespace fashion
