#include <fokker/forward/noise_each.hpp>

#include <Eigen/Core>
#include <cstdint>
#include <random>
#include <vector>

#include <fokker/forward/noising.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/source.hpp>

#include "catch.hpp"

using namespace fokker;
using Eigen::ArrayXXd;

namespace {

/// alpha from 1 to 0: clean data and pure noise are among them.
std::vector<knot> knots_of(Eigen::Index samples) {
    std::vector<knot> knots;
    for (Eigen::Index i = 0; i < samples; ++i) {
        const double t = static_cast<double>(i) / static_cast<double>(samples - 1);
        knots.push_back({t, 1 - t, t});
    }
    return knots;
}

}  // namespace

TEST_CASE("each sample has the bits that it has alone, small or large, with many or few") {
    // Samples that share a tile, that fill one and that need several; the last sweep is threaded.
    for (const auto& [elements, samples] :
         {std::pair<Eigen::Index, Eigen::Index>{3, 700}, {512, 4}, {700, 5}, {3000, 40}}) {
        CAPTURE(elements);
        const ArrayXXd x0 = ArrayXXd::Random(elements, samples);
        const std::vector<knot> knots = knots_of(samples);
        const philox noise{.seed = 9};
        ArrayXXd out(elements, samples), one(elements, 1);
        detail::noise_each(detail::shape_of(x0), knots, x0.data(), noise, std::uint32_t{4},
                           out.data());
        for (const Eigen::Index i : {Eigen::Index{0}, Eigen::Index{1}, samples - 1}) {
            const ArrayXXd x = x0.col(i);
            const philox own{.seed = 9, .first_sample = static_cast<std::uint64_t>(i)};
            const std::vector<knot> its{knots[static_cast<std::size_t>(i)]};
            detail::noise_each(detail::shape_of(x), its, x.data(), own, std::uint32_t{4},
                               one.data());
            CHECK((one == out.col(i)).all());
        }
        CHECK((out.col(0) == x0.col(0)).all());
        CHECK((out.col(samples - 1) != x0.col(samples - 1)).all());
    }
}

TEST_CASE("an uncounted source is asked in order, and none for an empty batch") {
    std::mt19937 engine(3), same(3);
    auto source = detail::as_source(engine), again = detail::as_source(same);
    const ArrayXXd x0 = ArrayXXd::Zero(600, 3);
    ArrayXXd out(600, 3);
    const std::vector<knot> knots(3, knot{1, 0, 1});
    detail::noise_each(detail::shape_of(x0), knots, x0.data(), source, std::uint32_t{0},
                       out.data());
    std::vector<double> wanted(600 * 3);
    again.fill(wanted.data(), wanted.size(), {});
    CHECK((out == Eigen::Map<const ArrayXXd>(wanted.data(), 600, 3)).all());
    const std::mt19937 before = engine;
    detail::noise_each({0, 600}, {}, x0.data(), source, std::uint32_t{0}, out.data());
    CHECK(engine == before);
}
