#include <fokker/noise/prior_and_steps.hpp>

#include <Eigen/Core>
#include <random>

#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"
#include "support/noise.hpp"

using namespace fokker;

static_assert(prior_and_steps<philox, philox>::counted);
static_assert(!prior_and_steps<torch_cpu&, philox>::counted);
static_assert(!prior_and_steps<philox, torch_cpu>::counted);
static_assert(sample_source<prior_and_steps<philox, philox>>);
static_assert(!sample_source<prior_and_steps<philox, torch_cpu>>);

namespace {
const fokker_test::exact_network<> network;
}

TEST_CASE("the prior is the first source's, the steps are the second's") {
    const grid walk = trailing(linear_schedule(), 4);
    for (const Eigen::Index elements : {7, 700}) {
        Eigen::ArrayXXf prior(elements, 3), mixed(elements, 3), stepped(elements, 3);
        prior_and_steps both(philox{.seed = 1}, philox{.seed = 2});
        run r(mixed, network, walk, ddpm{}, both);
        r.start_from_prior();
        run one(prior, network, walk, ddpm{}, philox{.seed = 1});
        one.start_from_prior();
        CHECK((mixed == prior).all());
        stepped = prior;
        denoise(stepped, network, walk, ddpm{}, philox{.seed = 2});
        while (!r.done()) r.step();
        CHECK((mixed == stepped).all());
    }
}

TEST_CASE("sources that have a state advance, each by its own draws") {
    const grid walk = trailing(linear_schedule(), 4);
    torch_cpu prior(1), twin(1);
    std::mt19937 steps(2);
    const std::mt19937 fresh = steps;
    Eigen::ArrayXXd x(20, 3), z(20, 3);
    sample(x, network, walk, ddpm{}, prior_and_steps(prior, steps));
    CHECK(!(steps == fresh));
    (void)fokker_test::whole_draw<double>(twin, {{3, 20}});
    CHECK(fokker_test::whole_draw<double>(prior, {{1, 4}}) ==
          fokker_test::whole_draw<double>(twin, {{1, 4}}));
}

TEST_CASE("a run that is taken up elsewhere leaves both sources where they would have been") {
    // The walk at hand draws no prior any more, but the next one does.
    const grid walk = trailing(linear_schedule(), 4);
    torch_cpu prior(1), steps(2), other_prior(1), other_steps(2);
    Eigen::ArrayXXd x(20, 3), y(20, 3);
    run r(x, network, walk, ddpm{}, prior_and_steps(prior, steps));
    r.start_from_prior();
    r.step();
    r.step();
    run s(y, network, walk, ddpm{}, prior_and_steps(other_prior, other_steps));
    s.resume(r.checkpoint());
    const auto next = [](torch_cpu& source) {
        return fokker_test::whole_draw<double>(source, {{3, 20}});
    };
    CHECK(next(other_prior) == next(prior));
    CHECK(next(other_steps) == next(steps));
}
