/// The autocorrelation of a stream of numbers with mean 0 and a known variance, at lags 1 .. 64 and
/// at those around the tile, its multiples and larger powers of two.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace fokker_test {

inline constexpr auto all_lags = [] {
    std::array<std::size_t, 71> lags{};
    for (std::size_t i = 0; i < 64; ++i) lags[i] = i + 1;
    const std::array<std::size_t, 7> farther{96, 127, 128, 129, 256, 1024, 4096};
    std::copy(farther.begin(), farther.end(), lags.begin() + 64);
    return lags;
}();

/// Sums of x_i * x_(i - lag). Before the stream stand zeros, which add nothing.
template <class T>
class lag_sums {
public:
    explicit lag_sums(std::size_t block) : block_(block), values_(all_lags.back() + block) {}

    /// Where the next block is to be written: its numbers are then taken by `add`.
    T* next() {
        std::copy(values_.end() - static_cast<std::ptrdiff_t>(all_lags.back()), values_.end(),
                  values_.begin());
        return values_.data() + all_lags.back();
    }

    void add() {
        // A part stays in the first cache, and its sums short enough for the precision of float.
        constexpr std::size_t part = 1024;
        using column = Eigen::Matrix<T, Eigen::Dynamic, 1>;
        using columns = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
        for (std::size_t first = 0; first < block_; first += part) {
            const auto size = static_cast<Eigen::Index>(std::min(part, block_ - first));
            const T* begin = values_.data() + all_lags.back() + first;
            const Eigen::Map<const column> now(begin, size);
            // One product with the matrix whose columns are the values shifted by 64, 63, .. 1.
            const Eigen::Map<const columns, 0, Eigen::OuterStride<>> shifted(
                begin - near, size, near, Eigen::OuterStride<>(1));
            const Eigen::Matrix<T, near, 1> products = shifted.transpose() * now;
            for (std::size_t k = 0; k < near; ++k)
                sums_[k] += static_cast<double>(products(static_cast<Eigen::Index>(near - 1 - k)));
            for (std::size_t k = near; k < all_lags.size(); ++k)
                sums_[k] += static_cast<double>(
                    now.dot(Eigen::Map<const column>(begin - all_lags[k], size)));
        }
        numbers_ += static_cast<double>(block_);
    }

    lag_sums& operator+=(const lag_sums& other) {
        for (std::size_t k = 0; k < sums_.size(); ++k) sums_[k] += other.sums_[k];
        numbers_ += other.numbers_;
        streams_ += other.streams_;
        return *this;
    }

    void judge_into(verdicts& all, const std::string& group, double variance) const {
        for (std::size_t k = 0; k < sums_.size(); ++k) {
            const double pairs = numbers_ - streams_ * static_cast<double>(all_lags[k]);
            all.push_back(judge(group, "lag " + std::to_string(all_lags[k]),
                                sums_[k] / (pairs * variance),
                                normal_law{0, 1 / std::sqrt(pairs)}));
        }
    }

private:
    static constexpr int near = 64;  // the lags 1 .. 64 are the first ones

    std::size_t block_;
    std::vector<T> values_;
    std::array<double, all_lags.size()> sums_{};
    double numbers_ = 0, streams_ = 1;
};

}  // namespace fokker_test
