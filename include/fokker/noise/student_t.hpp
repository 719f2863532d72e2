/// Student's t: the noise of Poisson flow.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/noise/log_gamma.hpp>
#include <fokker/noise/numbered_source.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The multivariate Student t of `degrees` degrees of freedom and scale 1: the normals of the first
/// source, all elements of a sample times one factor sqrt(degrees / chi^2), its chi-square drawn
/// exactly. In x_t = alpha x_0 + sigma z it is the kernel of PFGM++ with D = degrees and
/// r = sigma sqrt(D) (Xu et al. 2023, eq. 4); 1 is the Poisson flow, and many are the normal
/// distribution. An element has the variance degrees / (degrees - 2), and none up to 2 degrees. The
/// factors are numbers of their own of the source's seed, in any batch the same; a source without
/// `seed` and `first_sample` needs a philox for them. Runs refuse it beside what adds noise to
/// noise: stochastic solvers, and grids with jumps. `reseed` takes a seed, or two: of the normals
/// and of the factors. Throws fokker::error on less than 1 degree and on one that is not finite.
template <class Source>
class student_t final : public detail::numbered_source<Source> {
    using base = detail::numbered_source<Source>;

public:
    student_t(Source&& source, double degrees)
        requires detail::seeded_source<Source>
        : base(std::forward<Source>(source)), degrees_(degrees) {
        check_degrees();
    }
    student_t(Source&& source, double degrees, const philox& factors)
        : base(std::forward<Source>(source), factors), degrees_(degrees) {
        check_degrees();
    }

    double degrees() const { return degrees_; }

    /// ln of its density where a sample of so many elements has this Euclidean norm.
    double log_density(double norm, std::size_t elements) const {
        const double d = static_cast<double>(elements), half = 0.5 * (degrees_ + d);
        return detail::log_gamma(half) - detail::log_gamma(0.5 * degrees_) -
               0.5 * d * std::log(degrees_ * std::numbers::pi) -
               half * std::log1p(norm * norm / degrees_);
    }

    template <class T>
    void begin_draw(const noise_draw& draw) {
        detail::begin_draw<T>(this->source_, draw);
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        this->source_.fill(out, count, position);
        detail::multiply(out, count, factor(position.sample, position.draw));
    }

    template <class T>
    void fill_samples(T* out, std::size_t samples, std::size_t elements, noise_position position)
        requires sample_source<typename base::source_type>
    {
        this->source_.fill_samples(out, samples, elements, position);
        for (std::size_t i = 0; i < samples; ++i)
            detail::multiply(out + i * elements, elements,
                             factor(position.sample + i, position.draw));
    }

private:
    void check_degrees() const {
        detail::require(detail::is_finite(degrees_) && degrees_ >= 1, "student_t has ", degrees_,
                        " degrees of freedom; give a finite number of at least 1");
    }
    double factor(std::uint64_t sample, std::uint32_t draw) const {
        return std::sqrt(degrees_ / this->numbers_of(sample, draw).chi_square(degrees_));
    }

    double degrees_;
};

template <class Source>
student_t(Source&&, double) -> student_t<Source>;
template <class Source>
student_t(Source&&, double, const philox&) -> student_t<Source>;

}  // namespace fokker
