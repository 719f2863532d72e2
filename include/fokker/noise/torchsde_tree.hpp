/// The noise of k-diffusion's and diffusers' BrownianTreeNoiseSampler: the Brownian path of
/// torchsde's BrownianInterval (0.2.6), as a halving tree with a tolerance of 1e-6, whose time is
/// sigma / alpha.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fokker/bit_cast.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/noise/numpy_seed_sequence.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace noise {

/// x >= 0 rounded to six decimal places, as Python rounds: the decimal number nearest to the
/// double, and the double nearest to that.
inline double rounded_to_six_places(double x) {
    if (x >= 0x1p33) return x;  // doubles lie farther apart there
    // A million x is `millionths` and what that lost in rounding. The upper 26 bits of x and the
    // rest of it have exact products with a million.
    const double upper = fokker::detail::bit_cast<double>(
        fokker::detail::bit_cast<std::uint64_t>(x) & ~((std::uint64_t{1} << 27) - 1));
    const double first = kernel::rounded(upper * 1e6), second = kernel::rounded((x - upper) * 1e6);
    const double millionths = kernel::rounded(first + second);
    const double lost = second - kernel::rounded(millionths - first);
    double whole = std::floor(millionths);
    const double part = millionths - whole;
    if (part > 0.5 || (part == 0.5 && lost > 0.0)) whole += 1.0;
    if (part == 0.5 && lost == 0.0) whole += std::fmod(whole, 2.0);
    return whole / kernel::rounded(1e6);  // -ffast-math would multiply by 1e-6
}

/// W(to) - W(from), from < to, as a sum of weights times tensors of normals, each of a seed of its
/// own.
class torchsde_increment {
public:
    struct node {
        std::uint32_t seed;
        double weight;
    };

    /// A tree of times of at most 2^62 millionths is walked down twice.
    static constexpr std::size_t most_nodes = 128;

    torchsde_increment() {
        path_.reserve(most_nodes);
        nodes_.reserve(most_nodes);
    }

    const std::vector<node>& nodes() const { return nodes_; }

    /// Of the path between `low` and `high` with this entropy. Times beyond the path are its ends.
    void set(std::uint64_t entropy, double low, double high, double from, double to) {
        nodes_.clear();
        const double a = rounded_to_six_places(std::clamp(from, low, high)),
                     b = rounded_to_six_places(std::clamp(to, low, high));
        if (a == b) return;
        entropy_ = entropy;
        path_.clear();
        path_.push_back({numpy_seed_sequence<24>(entropy).state<1>()[0], std::sqrt(high - low)});
        descend({rounded_to_six_places(low), rounded_to_six_places(high), 0, 0}, a, b);
    }

private:
    struct interval {
        double start, end;
        std::uint64_t key;
        std::uint64_t depth;
    };

    /// Adds what lies between a and b. `path_` is W over the whole interval.
    void descend(const interval& whole, double a, double b) {
        if (a == whole.start && b == whole.end) {
            for (const node& each : path_) add(each);
            return;
        }
        const double middle = rounded_to_six_places(0.5 * (whole.end + whole.start));
        fokker::detail::require(middle > whole.start && middle < whole.end && whole.depth < 62,
                                "torchsde's tree cannot be halved between ", whole.start, " and ",
                                whole.end, "; it resolves times to 1e-6");
        const double left = middle - whole.start, right = whole.end - middle,
                     length = whole.end - whole.start;
        const node spread{
            numpy_seed_sequence<24>(entropy_, whole.key, whole.depth).template state<1>()[0],
            std::sqrt(left * right / length)};
        const std::size_t held = path_.size();
        const auto into = [&](double part, double sign, const interval& half, double to_a,
                              double to_b) {
            for (std::size_t i = 0; i < held; ++i)
                path_[i].weight = kernel::rounded(path_[i].weight * part);
            path_.push_back({spread.seed, sign * spread.weight});
            descend(half, to_a, to_b);
            path_.pop_back();
            for (std::size_t i = 0; i < held; ++i) path_[i].weight /= part;
        };
        if (a < middle)
            into(left / length, 1.0, {whole.start, middle, 2 * whole.key, whole.depth + 1}, a,
                 (std::min)(b, middle));
        if (b > middle)
            into(right / length, -1.0, {middle, whole.end, 2 * whole.key + 1, whole.depth + 1},
                 (std::max)(a, middle), b);
    }

    void add(const node& more) {
        for (node& each : nodes_)
            if (each.seed == more.seed) {
                each.weight += more.weight;
                return;
            }
        nodes_.push_back(more);
    }

    std::uint64_t entropy_ = 0;
    std::vector<node> path_, nodes_;
};

}  // namespace noise

/// The Gaussian of a step from s to t is (W(t) - W(s)) / sqrt(s - t), in times sigma / alpha: what
/// BrownianTreeNoiseSampler(x, sigma_min, sigma_max, seed) gives. torchsde resolves times to 1e-6,
/// so that the same path needs the same levels to that many places; those of the walk in `levels`
/// are taken exactly, others come with the rounding of brownian_clock. A tensor is the whole state,
/// as with torch_cpu. It has noise for steps alone: put it behind prior_and_steps(torch_cpu(seed),
/// ..). Throws fokker::error on bad levels, on a draw without an interval, and on a run whose grid
/// has jumps.
class torchsde_tree final {
public:
    static constexpr bool counted = false;
    static constexpr bool walks_once = true;

    torchsde_tree(std::uint64_t seed, double sigma_min, double sigma_max,
                  std::vector<double> levels = {})
        : seed_(seed), low_(sigma_min), high_(sigma_max), levels_(std::move(levels)) {
        detail::require(detail::is_finite(low_) && detail::is_finite(high_) && low_ >= 0 &&
                            high_ - low_ >= 1e-6 && high_ <= highest,
                        "torchsde_tree(.., ", low_, ", ", high_,
                        "): sigma_min must not be negative, and sigma_max lie above it by 1e-6 and "
                        "be at most ",
                        highest, ", so that it can be halved down to 1e-6");
        nodes_.reserve(noise::torchsde_increment::most_nodes);
    }

    void reseed(std::uint64_t seed) { seed_ = seed; }

    /// Throws fokker::error on a step to sigma > 0 whose ends the clock cannot tell apart, with
    /// room for its parts.
    void check(const grid& walk, array_shape) const {
        for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
            const knot &s = walk[i], &t = walk[i + 1];
            const double from = brownian_clock(s), to = brownian_clock(t);
            detail::require(t.sigma == 0 || std::abs(from - to) >= 0x1p-44 * (std::max)(from, to),
                            "the step at t = ", s.t,
                            " is too short for a Brownian path: sigma / alpha goes from ",
                            s.noise_to_signal(), " to ", t.noise_to_signal(),
                            "; take longer steps, or other noise");
        }
    }

    template <real_scalar T>
    void begin_draw(const noise_draw& draw) {
        detail::require(draw.from != draw.to || draw.from == 0,
                        "torchsde_tree was asked for the noise between two levels that its clock "
                        "cannot tell apart; take longer steps, or other noise");
        detail::require(draw.from != draw.to,
                        "torchsde_tree has noise for the intervals of steps alone; put it behind "
                        "prior_and_steps(torch_cpu(seed), torchsde_tree(..))");
        const double from = level(draw.from), to = level(draw.to);
        increment_.set(seed_, low_, high_, (std::min)(from, to), (std::max)(from, to));
        scale_ = (from > to ? -1.0 : 1.0) / std::sqrt(std::abs(from - to));
        const auto& made = increment_.nodes();
        for (std::size_t i = 0; i < made.size(); ++i) {
            if (i == nodes_.size()) nodes_.emplace_back(made[i].seed);
            nodes_[i].reseed(made[i].seed);
            nodes_[i].template begin_draw<T>(draw);
        }
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        std::array<double, noise_tile> sum{};
        std::array<T, noise_tile> z;
        const auto& made = increment_.nodes();
        for (std::size_t n = 0; n < made.size(); ++n) {
            nodes_[n].fill(z.data(), count, position);
            for (std::size_t i = 0; i < count; ++i)
                sum[i] += kernel::rounded(made[n].weight * static_cast<double>(z[i]));
        }
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(scale_ * sum[i]);
    }

private:
    /// The sigma / alpha of a place on the clock: one of the levels, where one is as near as the
    /// clock can tell.
    double level(double clock) const {
        const double sigma = std::sqrt(clock / (1.0 - clock));
        for (const double each : levels_)
            if (std::abs(each - sigma) <= 1e-14 * sigma * (1.0 + sigma * sigma)) return each;
        return sigma;
    }

    static constexpr double highest = 4e12;  // of most_nodes

    std::uint64_t seed_;
    double low_, high_, scale_ = 1.0;
    std::vector<double> levels_;
    noise::torchsde_increment increment_;
    std::vector<torch_cpu> nodes_;
};

}  // namespace fokker

FOKKER_END_MAY_SHADOW
