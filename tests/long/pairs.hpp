/// Whether two normals at a small lag are independent: of (x, y), exp(-r^2 / 2) and the angle are
/// uniform and independent. Chi-square over 64 x 64 cells of equal probability. The pairs of one
/// count share no number, without which its law would be another: the numbers fall into runs of
/// `lag`, and "even" pairs an even run with the next one, "odd" an odd run. A cosine and its sine
/// meet in one of the two, if the layout has them at one of these lags.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "verdict.hpp"

namespace fokker_test {

class pairs {
public:
    static constexpr std::array<std::size_t, 8> lags{1, 2, 3, 4, 8, 16, 32, 64};
    static constexpr std::size_t cells = 64 * 64;

    explicit pairs(std::size_t block) : cell_(block) {}

    /// z and exp(-z^2 / 2) of a block, a multiple of every 2 * lag.
    template <class T>
    void add(const T* z, const T* density) {
        for (std::size_t k = 0; k < lags.size(); ++k) {
            const std::size_t lag = lags[k], count = cell_.size() - lag;
            find_cells(z, z + lag, density, density + lag, count);
            std::size_t odd = 0;
            for (std::size_t first = 0; first < count; first += lag, odd ^= 1) {
                std::uint32_t* here = counts_[k][odd].data();
                for (std::size_t i = first; i < first + lag; ++i) ++here[cell_[i]];
            }
        }
    }

    pairs& operator+=(const pairs& other) {
        for (std::size_t k = 0; k < lags.size(); ++k)
            for (std::size_t odd : {0u, 1u})
                for (std::size_t c = 0; c < cells; ++c)
                    counts_[k][odd][c] += other.counts_[k][odd][c];
        return *this;
    }

    void judge_into(verdicts& all) const {
        for (std::size_t k = 0; k < lags.size(); ++k)
            for (std::size_t odd : {0u, 1u}) {
                double total = 0, squares = 0;
                for (std::uint32_t seen : counts_[k][odd]) total += seen;
                const double expected = total / static_cast<double>(cells);
                for (std::uint32_t seen : counts_[k][odd])
                    squares += (seen - expected) * (seen - expected);
                all.push_back(judge("pairs",
                                    "lag " + std::to_string(lags[k]) + (odd ? ", odd" : ", even"),
                                    squares / expected, chi_square_law{double(cells) - 1}));
            }
    }

private:
    /// Without a branch and without arctangents: the octant, and in it the number of the seven
    /// inner edges that the pair lies beyond. The octants are numbered in no order, and need none.
    template <class T>
    void find_cells(const T* x, const T* y, const T* x_density, const T* y_density,
                    std::size_t count) {
        std::array<T, 7> tangent;
        for (std::size_t k = 0; k < 7; ++k)
            tangent[k] =
                static_cast<T>(std::tan(static_cast<double>(k + 1) * std::numbers::pi / 32));
        for (std::size_t i = 0; i < count; ++i) {
            const T across = std::abs(x[i]), up = std::abs(y[i]);
            const T longer = std::max(across, up), shorter = std::min(across, up);
            std::int32_t angle = (x[i] < 0) | (y[i] < 0) << 1 | (up > across) << 2;
            std::int32_t beyond = 0;
            for (std::size_t k = 0; k < 7; ++k) beyond += shorter >= tangent[k] * longer;
            const auto ring = static_cast<std::int32_t>(x_density[i] * y_density[i] * T(64));
            angle += 8 * beyond;
            cell_[i] = static_cast<std::uint32_t>(64 * std::min(ring, 63) + angle);
        }
    }

    using table = std::array<std::uint32_t, cells>;
    std::vector<std::array<table, 2>> counts_{lags.size()};
    std::vector<std::uint32_t> cell_;
};

}  // namespace fokker_test
