// A run that draws one sample after another, each of its own seed.
#include <Eigen/Core>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/per_sample.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/noise/torch_cuda.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/sa_solver.hpp>

#include "../catch.hpp"
#include "../support/allocations.hpp"
#include "../support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr Eigen::Index elements = 7, samples = 3;
const fokker_test::exact_network<> network;

/// The picture of `fresh`, whatever the run did before; and no memory from the first walk on.
template <class Source>
void check_reseeded(Source before, Source fresh, const auto& reseed) {
    const auto walk = trailing(linear_schedule(), 4);
    Eigen::ArrayXXf wanted(elements, samples), x(elements, samples);
    sample(wanted, network, walk, sa_solver<>{}, std::move(fresh));
    run r(x, network, walk, sa_solver<>{}, std::move(before));
    const auto go = [&] {
        r.start_from_prior();
        while (!r.done()) r.step();
    };
    go();
    CHECK((x != wanted).any());
    const std::size_t taken = fokker_test::allocations();
    for (int i = 0; i < 2; ++i) {
        reseed(r);
        go();
        CHECK((x == wanted).all());
    }
    // Within a walk, too: the next one begins anew.
    for (const int steps : {0, 1}) {
        r.start_from_prior();
        for (int i = 0; i < steps; ++i) r.step();
        reseed(r);
        go();
        CHECK((x == wanted).all());
    }
    CHECK(fokker_test::allocations() == taken);
}

}  // namespace

TEST_CASE("a reseeded run draws what a new run of that seed draws, and takes no memory") {
    const auto seed = [](auto& r) { r.reseed(8); };
    check_reseeded(philox{.seed = 3}, philox{.seed = 8}, seed);
    check_reseeded(philox{.seed = 3, .first_sample = 5}, philox{.seed = 8, .first_sample = 5},
                   seed);
    check_reseeded(brownian{.seed = 3}, brownian{.seed = 8}, seed);
    check_reseeded(torch_cpu(3), torch_cpu(8), seed);
    check_reseeded(torch_cuda(3, {132, 2048}), torch_cuda(8, {132, 2048}), seed);
    // A distribution keeps the second of two numbers; the prior has an odd count of them.
    check_reseeded(std::mt19937(3), std::mt19937(8), seed);
    check_reseeded(std::mt19937_64(3), std::mt19937_64(8), seed);
    check_reseeded(std::minstd_rand(3), std::minstd_rand(8), seed);
}

TEST_CASE("sources of several seeds take as many") {
    const std::vector<std::uint64_t> seeds{8, 9, 10};
    const auto list = [&](auto& r) { r.reseed(seeds); };
    check_reseeded(per_sample(std::vector<philox>(3)),
                   per_sample(std::vector<philox>{{.seed = 8}, {.seed = 9}, {.seed = 10}}), list);
    check_reseeded(torch_cpu_each(std::vector<std::uint64_t>{1, 2, 3}), torch_cpu_each(seeds),
                   list);
    check_reseeded(prior_and_steps(philox{}, torch_cpu(3)),
                   prior_and_steps(philox{.seed = 8}, torch_cpu(9)),
                   [](auto& r) { r.reseed(8, 9); });
    check_reseeded(prior_and_steps(philox{}, per_sample(std::vector<philox>(3))),
                   prior_and_steps(philox{.seed = 8}, per_sample(std::vector<philox>{
                                                          {.seed = 8}, {.seed = 9}, {.seed = 10}})),
                   [&](auto& r) { r.reseed(8, seeds); });
    Eigen::ArrayXXf x(elements, samples);
    run r(x, network, trailing(linear_schedule(), 4), ddpm{}, per_sample(std::vector<philox>(3)));
    CHECK_THROWS_WITH(r.reseed(std::vector<std::uint64_t>(2)),
                      ContainsSubstring("got 2 seeds for the 3 sources"));
}

TEST_CASE("a recording goes on with another seed, and a variable is what is reseeded") {
    const auto walk = trailing(linear_schedule(), 4);
    Eigen::ArrayXXf x(elements, samples), y(elements, samples);
    recording tape(philox{.seed = 3});
    run r(x, network, walk, ddpm{}, tape);
    r.reseed(8);
    r.start_from_prior();
    while (!r.done()) r.step();
    sample(y, network, walk, ddpm{}, philox{.seed = 8});
    CHECK((x == y).all());
    CHECK(tape.draws().size() == 4);
    CHECK(&r.noise() == &tape);
}

TEST_CASE("the noise of a run can be looked at") {
    Eigen::ArrayXXf x(elements, samples);
    run r(x, network, trailing(linear_schedule(), 4), ddpm{}, philox{.seed = 3});
    CHECK(r.noise().seed == 3);
    r.reseed(8);
    CHECK(r.noise().seed == 8);
}

TEST_CASE("a seed that would be cut is refused, and a negative one") {
    Eigen::ArrayXXf x(elements, samples);
    run r(x, network, trailing(linear_schedule(), 4), ddpm{}, std::mt19937(3));
    CHECK_THROWS_WITH(r.reseed(std::uint64_t{1} << 32),
                      ContainsSubstring("the seed 4294967296 is larger than any number"));
    CHECK_THROWS_WITH(r.reseed(-1), ContainsSubstring("the seed is -1"));
    CHECK_NOTHROW(r.reseed((std::uint64_t{1} << 32) - 1));
}
