/// Moments 1 to 8, each with its exact standard error.
#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

#include "verdict.hpp"

namespace fokker_test {

class power_sums {
public:
    static constexpr std::size_t powers = 8;

    /// `count` is a multiple of 128.
    template <class T>
    void add(const T* z, std::size_t count) {
        using row = Eigen::Array<T, 128, 1>;
        for (std::size_t i = 0; i < count; i += 128) {
            const Eigen::Array<double, 128, 1> base =
                Eigen::Map<const row>(z + i).template cast<double>();
            auto power = base;
            sums_[0] += power.sum();
            for (std::size_t k = 1; k < powers; ++k) {
                power *= base;
                sums_[k] += power.sum();
            }
        }
        draws_ += static_cast<double>(count);
    }

    power_sums& operator+=(const power_sums& other) {
        for (std::size_t k = 0; k < powers; ++k) sums_[k] += other.sums_[k];
        draws_ += other.draws_;
        return *this;
    }

    void judge_into(verdicts& all) const {
        for (std::size_t k = 1; k <= powers; ++k) {
            const double mean = moment(k), variance = moment(2 * k) - mean * mean;
            all.push_back(judge("moments", "moment " + std::to_string(k), sums_[k - 1] / draws_,
                                normal_law{mean, std::sqrt(variance / draws_)}));
        }
    }

private:
    /// E z^k: 1 * 3 * 5 .. (k - 1) for an even k.
    static double moment(std::size_t k) {
        if (k % 2 == 1) return 0;
        double product = 1;
        for (std::size_t factor = 1; factor < k; factor += 2)
            product *= static_cast<double>(factor);
        return product;
    }

    std::array<double, powers> sums_{};
    double draws_ = 0;
};

}  // namespace fokker_test
