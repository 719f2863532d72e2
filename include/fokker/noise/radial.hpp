/// Noise of any spherical law: a direction, and a radius.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/lanes.hpp>
#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/numbered_source.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/sample_numbers.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// radius(u): the inverse of its distribution function, at u in (0, 1).
template <class F>
concept inverse_of_radius = std::is_invocable_r_v<double, const F&, double>;
/// radius(numbers, elements): drawn of a sample's own random numbers.
template <class F>
concept drawn_radius = std::is_invocable_r_v<double, const F&, sample_numbers&, std::size_t>;

}  // namespace detail

/// Noise whose direction is uniform, and whose Euclidean norm the program says: the noise of any
/// central force field (Xu et al. 2023; Su Jianlin 2022), which the ODE of EDM follows with the
/// network of that noise. `radius` is the inverse of the norm's distribution function, radius(u)
/// for u in (0, 1); or draws it, radius(numbers, elements) with a sample_numbers& and the number of
/// elements of a sample: for sigma = 1, as alpha x_0 + sigma z has it. The direction is that of a
/// counted source's normals, which are made twice a draw, as their norm has to be known; it keeps a
/// number a sample. Otherwise as student_t, which is one of these laws. Throws fokker::error on a
/// radius that is negative or not finite.
template <class Source, class Radius>
class radial final : public detail::numbered_source<Source> {
    using base = detail::numbered_source<Source>;
    static_assert(base::counted,
                  "fokker: radial asks for its normals twice, so that their source must be "
                  "counted, such as fokker::philox{.seed = 7}");
    static_assert(detail::inverse_of_radius<Radius> || detail::drawn_radius<Radius>,
                  "fokker: the radius is a function of a uniform number, double radius(double u) "
                  "const, or of a sample's numbers, double radius(fokker::sample_numbers&, "
                  "std::size_t elements) const");

public:
    radial(Source&& source, Radius radius)
        requires detail::seeded_source<Source>
        : base(std::forward<Source>(source)), radius_(std::move(radius)) {}
    radial(Source&& source, Radius radius, const philox& radii)
        : base(std::forward<Source>(source), radii), radius_(std::move(radius)) {}

    template <class T>
    void begin_draw(const noise_draw& draw) {
        using number = kernel::arithmetic<T>;
        detail::begin_draw<T>(this->source_, draw);
        first_ = draw.first_sample;
        factors_.resize(draw.shape.samples);
        for (std::size_t i = 0; i < factors_.size(); ++i) {
            const std::uint64_t sample = first_ + i;
            const double norm = norm_of<number>(sample, draw), wanted = radius(sample, draw);
            // A norm of 0, which has no direction, is as good as impossible.
            factors_[i] = norm > 0.0 ? wanted / norm : 0.0;
        }
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        this->source_.fill(out, count, position);
        detail::multiply(out, count,
                         factors_.at(static_cast<std::size_t>(position.sample - first_)));
    }

private:
    template <class T>
    double norm_of(std::uint64_t sample, const noise_draw& draw) {
        alignas(64) std::array<T, noise_tile> z;
        double squares = 0.0;
        for (std::size_t done = 0; done < draw.shape.elements; done += noise_tile) {
            const std::size_t count = (std::min)(noise_tile, draw.shape.elements - done);
            this->source_.fill(z.data(), count, noise_position{sample, draw.draw, done});
            for (std::size_t i = 0; i < count; ++i)
                squares += kernel::rounded(static_cast<double>(z[i]) * static_cast<double>(z[i]));
        }
        return std::sqrt(squares);
    }
    double radius(std::uint64_t sample, const noise_draw& draw) const {
        sample_numbers numbers = this->numbers_of(sample, draw.draw);
        double wanted;
        if constexpr (detail::drawn_radius<Radius>)
            wanted = radius_(numbers, draw.shape.elements);
        else
            wanted = radius_(numbers.uniform());
        detail::require(detail::is_finite(wanted) && wanted >= 0, "the radius of sample ", sample,
                        " is ", wanted, "; it must be finite and not negative");
        return wanted;
    }

    Radius radius_;
    std::vector<double> factors_;  // of the samples of this draw, from the first on
    std::uint64_t first_ = 0;
};

template <class Source, class Radius>
radial(Source&&, Radius) -> radial<Source, Radius>;
template <class Source, class Radius>
radial(Source&&, Radius, const philox&) -> radial<Source, Radius>;

}  // namespace fokker
