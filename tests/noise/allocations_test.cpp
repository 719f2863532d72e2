// A walk takes no memory once its run is made, whatever it draws from.
#include <Eigen/Core>
#include <random>
#include <vector>

#include <fokker/noise/brownian.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/noise/torch_cuda.hpp>
#include <fokker/noise/varied.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"

using namespace fokker;

namespace {

constexpr int steps = 4, samples = 3;

/// Small samples, which sources make together where they can, and samples of two tiles.
void check_walk(const auto& make) {
    const fokker_test::exact_network<> network;
    for (const Eigen::Index elements : {7, 700}) {
        INFO(elements);
        Eigen::ArrayXXf x(elements, samples);
        auto source = make(static_cast<std::size_t>(elements));
        run r(x, network, trailing(linear_schedule(), steps), ddpm{}, source);
        const std::size_t before = fokker_test::allocations();
        r.start_from_prior();
        while (!r.done()) r.step();
        CHECK(fokker_test::allocations() == before);
        CHECK(x.isFinite().all());
    }
}

}  // namespace

TEST_CASE("a walk with counted noise takes no memory") {
    check_walk([](std::size_t) { return philox{.seed = 3}; });
    check_walk([](std::size_t) { return brownian{.seed = 3}; });
    check_walk([](std::size_t) { return prior_and_steps(philox{}, brownian{}); });
    check_walk([](std::size_t) { return per_sample(std::vector<brownian>(samples)); });
    check_walk([](std::size_t) { return varied(philox{.seed = 3}, philox{.seed = 4}, 0.3); });
}

TEST_CASE("a walk with a standard engine takes no memory") {
    check_walk([](std::size_t) { return std::mt19937(3); });
}

TEST_CASE("a walk with PyTorch's noise takes no memory") {
    check_walk([](std::size_t) { return torch_cpu(3); });
    check_walk([](std::size_t) { return torch_cpu_each(std::vector<std::uint64_t>{3, 4, 5}); });
    check_walk([](std::size_t) { return torch_cuda(3, {132, 2048}); });
}

TEST_CASE("a walk with recorded noise takes no memory") {
    // The prior, and every step but the last.
    check_walk([](std::size_t elements) {
        return recorded(
            std::vector<std::vector<float>>(steps, std::vector<float>(samples * elements, 0.25f)));
    });
}
