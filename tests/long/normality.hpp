/// All checks of one stream of numbers that claims to be independent standard normals. Streams that
/// were checked apart, by several threads, are added up.
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "histogram.hpp"
#include "lag_sums.hpp"
#include "pairs.hpp"
#include "power_sums.hpp"
#include "verdict.hpp"

namespace fokker_test {

/// Numbers that a stream gives at a time.
inline constexpr std::size_t tile_size = 128;

template <class T>
class normality {
public:
    /// Numbers that are worked on together: whole tiles, and runs of pairs at every lag.
    static constexpr std::size_t block = 48 * tile_size;

    /// Takes `block` numbers: source(out) writes a tile.
    template <class Source>
    void draw(Source&& source) {
        T* z = values_.next();
        for (std::size_t i = 0; i < block; i += tile_size) source(z + i);
        put_out_of_range_to_zero(z);
        draws_ += static_cast<double>(block);

        const Eigen::Map<const row> value(z);
        largest_ = std::max(largest_, static_cast<double>(value.abs().maxCoeff()));
        moments_.add(z, block);
        histogram_.add(z, block);
        values_.add();
        Eigen::Map<row> excess(squares_.next());
        excess = value.square() - T(1);
        squares_.add();
        Eigen::Map<row>(density_.data()) = (T(-0.5) * value.square()).exp();
        pairs_.add(z, density_.data());
    }

    normality& operator+=(const normality& other) {
        draws_ += other.draws_;
        out_of_range_ += other.out_of_range_;
        largest_ = std::max(largest_, other.largest_);
        moments_ += other.moments_;
        histogram_ += other.histogram_;
        values_ += other.values_;
        squares_ += other.squares_;
        pairs_ += other.pairs_;
        return *this;
    }

    double draws() const { return draws_; }

    /// `limit` is the largest |z| that the generator can make.
    verdicts judge_all(double limit) const {
        verdicts all;
        moments_.judge_into(all);
        histogram_.judge_into(all);
        all.push_back(judge("extremes", "largest |z|", largest_, largest_law{draws_, limit}));
        all.push_back(
            judge("extremes", "no number, or beyond 16 sigma", out_of_range_, never_law{}));
        values_.judge_into(all, "correlation of z", 1);
        squares_.judge_into(all, "correlation of z^2", 2);
        pairs_.judge_into(all);
        return all;
    }

private:
    using row = Eigen::Array<T, static_cast<int>(block), 1>;

    /// Counted on their own, so that they spoil nothing else.
    void put_out_of_range_to_zero(T* z) {
        std::size_t found = 0;
        for (std::size_t i = 0; i < block; ++i) found += !(std::abs(z[i]) <= T(16));
        if (found == 0) return;
        out_of_range_ += static_cast<double>(found);
        for (std::size_t i = 0; i < block; ++i)
            if (!(std::abs(z[i]) <= T(16))) z[i] = 0;
    }

    double draws_ = 0, out_of_range_ = 0, largest_ = 0;
    power_sums moments_;
    histogram histogram_;
    lag_sums<T> values_{block}, squares_{block};
    pairs pairs_{block};
    std::vector<T> density_ = std::vector<T>(block);
};

}  // namespace fokker_test
