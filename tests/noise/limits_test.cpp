// No counter of the noise wraps: what a source has no numbers for is refused before it is drawn.
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/moments/estimate.hpp>
#include <fokker/moments/later_samples.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/noise/torch_cuda.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "../catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr std::uint64_t last = ~std::uint64_t{0};

template <class T>
void check_elements(std::uint64_t most) {
    const auto check = [&](const auto& source) {
        CHECK_NOTHROW(source.template require_shape<T>({1, most}));
        CHECK_THROWS_WITH(source.template require_shape<T>({1, most + 1}),
                          ContainsSubstring("philox has numbers for " + std::to_string(most)));
    };
    check(philox{});
    check(brownian{});
    check(per_sample(std::vector<philox>(1)));
    check(prior_and_steps(philox{}, brownian{}));
    check(varied(philox{}, philox{}, 0.3));
    check(recording(philox{}));
}

int called = 0;
const auto network = [](const auto& x, double, auto& out) {
    ++called;
    out = x;
};

}  // namespace

TEST_CASE("samples of more elements than philox has counters for are refused") {
    check_elements<float>(std::uint64_t{1} << 34);
    check_elements<Eigen::half>(std::uint64_t{1} << 34);
    check_elements<double>(std::uint64_t{1} << 33);
}

TEST_CASE("a batch beyond the last sample is refused by every verb, before any call") {
    const auto walk = trailing(linear_schedule(), 4);
    const auto check = [&](const auto& fits, const auto& wraps) {
        Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(3, 2), out = x, target = x;
        const auto words = ContainsSubstring("first_sample is 18446744073709551615");
        called = 0;
        CHECK_THROWS_WITH(sample(x, network, walk, ddpm{}, wraps), words);
        CHECK_THROWS_WITH(edit(x, network, walk, ddim{}, wraps), words);
        CHECK_THROWS_WITH(forward(x, walk[0], wraps, out), words);
        CHECK_THROWS_WITH(forward(x, std::vector<knot>(2, walk[0]), wraps, out), words);
        CHECK_THROWS_WITH(training_pair(x, walk[0], noise_prediction{}, wraps, out, target), words);
        CHECK_THROWS_WITH(estimate_moments(network, walk, x, wraps), words);
        CHECK(called == 0);
        CHECK_NOTHROW(sample(x, network, walk, ddpm{}, fits));
        CHECK(x.isFinite().all());
    };
    check(philox{.first_sample = last - 1}, philox{.first_sample = last});
    check(brownian{.first_sample = last - 1}, brownian{.first_sample = last});
    check(prior_and_steps(philox{}, philox{.first_sample = last - 1}),
          prior_and_steps(philox{}, philox{.first_sample = last}));
}

TEST_CASE("a batch of moments that goes beyond the last sample is refused") {
    const Eigen::ArrayXXf data = Eigen::ArrayXXf::Ones(3, 2);
    moment_estimator estimator(network, {linear_schedule().at(500)},
                               philox{.first_sample = last - 2});
    estimator.add(data);
    CHECK_THROWS_WITH(estimator.add(data), ContainsSubstring("the batch has 4 samples"));
}

TEST_CASE("the batches of moments have a draw each, and no more than there are draws") {
    CHECK(detail::later_draw(1) == 510);
    CHECK(detail::later_draw((1u << 24) - 1) == 0xfffffffe);
    CHECK_THROWS_WITH(detail::later_draw(1u << 24), ContainsSubstring("16777216 batches already"));
}

TEST_CASE("what is wrong with the shape is said before the network is called") {
    const auto walk = trailing(linear_schedule(), 4);
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(3, 2);
    called = 0;
    const per_sample<philox> three(std::vector<philox>(3));
    CHECK_THROWS_WITH(run(x, network, walk, ddpm{}, three),
                      ContainsSubstring("3 sources for 2 samples"));
    CHECK_THROWS_WITH(denoise(x, network, walk, ddpm{}, three),
                      ContainsSubstring("3 sources for 2 samples"));
    CHECK(called == 0);
    const torch_cuda device(3, {132, 2048});
    CHECK_NOTHROW(device.require_shape<float>({1, std::size_t{1} << 29}));
    CHECK_THROWS_WITH(device.require_shape<float>({1, (std::size_t{1} << 29) + 1}),
                      ContainsSubstring("below 2 GiB"));
    CHECK_THROWS_WITH(device.require_shape<float>({std::size_t{1} << 62, 1}),
                      ContainsSubstring("below 2 GiB"));
}

namespace {
/// A source of the user's own that refuses a shape, without asking for the element type.
struct odd_source {
    static constexpr bool counted = true;
    template <class T>
    void fill(T* out, std::size_t count, noise_position) const {
        std::fill_n(out, count, T(0));
    }
    void require_shape(const array_shape& shape) const {
        detail::require(shape.elements % 2 == 0, "the samples must be even");
    }
};
}  // namespace

TEST_CASE("a source of one's own may refuse a shape") {
    const auto walk = trailing(linear_schedule(), 4);
    Eigen::ArrayXXf odd = Eigen::ArrayXXf::Ones(3, 2), even = Eigen::ArrayXXf::Ones(4, 2);
    CHECK_THROWS_WITH(sample(odd, network, walk, ddpm{}, odd_source{}),
                      ContainsSubstring("must be even"));
    CHECK_NOTHROW(sample(even, network, walk, ddpm{}, odd_source{}));
}
