#include <fokker/noise/per_sample.hpp>

#include <Eigen/Core>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

static_assert(per_sample<philox>::counted && !per_sample<torch_cpu>::counted);

namespace {
const fokker_test::exact_network<> network;

template <class Source>
void check_company(const std::vector<Source>& sources, Eigen::Index elements) {
    const grid walk = trailing(linear_schedule(), 4);
    const auto n = static_cast<Eigen::Index>(sources.size());
    Eigen::ArrayXXf together(elements, n);
    sample(together, network, walk, ddpm{}, per_sample(sources));
    for (Eigen::Index i = 0; i < n; ++i) {
        Eigen::ArrayXXf alone(elements, 1);
        Source source = sources[static_cast<std::size_t>(i)];
        sample(alone, network, walk, ddpm{}, source);
        CHECK((together.col(i) == alone.col(0)).all());
    }
}
}  // namespace

TEST_CASE("a sample is what its source gives it alone") {
    for (const Eigen::Index elements : {3, 700}) {
        check_company<philox>({{.seed = 7}, {.seed = 9}, {.seed = 8}}, elements);
        check_company<torch_cpu>({torch_cpu(7), torch_cpu(9), torch_cpu(8)}, elements);
    }
}

TEST_CASE("const sources that are copied may be passed") {
    const std::vector<philox> seeds{{.seed = 7}, {.seed = 9}};
    const per_sample<philox> each(seeds);
    const prior_and_steps both(each, each);
    const grid walk = trailing(linear_schedule(), 4);
    Eigen::ArrayXXf wanted(3, 2), x(3, 2), y(3, 2), z(3, 2);
    sample(wanted, network, walk, ddpm{}, per_sample(seeds));
    sample(x, network, walk, ddpm{}, each);
    sample(y, network, walk, ddpm{}, both);
    run r(z, network, walk, ddpm{}, each);
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK((x == wanted).all());
    CHECK((y == wanted).all());
    CHECK((z == wanted).all());
    forward(wanted, walk[0], per_sample(seeds), x);
    forward(wanted, walk[0], each, y);
    CHECK((x == y).all());
}

TEST_CASE("one source for each sample") {
    Eigen::ArrayXXf x(3, 4);
    const grid walk = trailing(linear_schedule(), 4);
    CHECK_THROWS_WITH(
        sample(x, network, walk, ddpm{}, per_sample(std::vector<philox>(3, philox{}))),
        ContainsSubstring("3 sources for 4 samples"));
    // Before any call, where the first draw would come after one.
    int calls = 0;
    const auto counts = [&](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) {
        ++calls;
        out = in;
    };
    x = 1.0f;
    CHECK_THROWS_WITH(denoise(x, counts, walk, ddpm{}, per_sample(std::vector<philox>(3))),
                      ContainsSubstring("3 sources for 4 samples"));
    CHECK(calls == 0);
    per_sample<philox> two(std::vector<philox>(2));
    float z = 0;
    CHECK_THROWS_WITH(two.fill(&z, 1, {2, 0, 0}), ContainsSubstring("sample 2"));
}
