#include <fokker/noise/torchsde_tree.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fokker/noise/prior_and_steps.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using fokker_test::golden;

static_assert(draw_source<torchsde_tree> && !torchsde_tree::counted && torchsde_tree::walks_once);

namespace {

template <class T>
double worst(const fokker_test::golden_case& entry, const char* type, bool knows_levels) {
    const auto levels = entry.at("levels").get<std::vector<double>>();
    torchsde_tree source(entry.at("seed").get<std::uint64_t>(), entry.at("low").get<double>(),
                         entry.at("high").get<double>(),
                         knows_levels ? levels : std::vector<double>{});
    double apart = 0.0;
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        const auto wanted = entry.at(type)[i].get<std::vector<double>>();
        std::vector<T> z(wanted.size());
        source.begin_draw<T>({.shape = {.samples = 2, .elements = z.size() / 2},
                              .draw = 256,
                              .from = brownian_clock({0.0, 1.0, levels[i]}),
                              .to = brownian_clock({0.0, 1.0, levels[i + 1]})});
        source.fill(z.data(), z.size() / 2, {.sample = 0, .draw = 256});
        source.fill(z.data() + z.size() / 2, z.size() / 2, {.sample = 1, .draw = 256});
        for (std::size_t k = 0; k < z.size(); ++k)
            apart = std::max(apart, std::abs(static_cast<double>(z[k]) - wanted[k]));
    }
    return apart;
}

}  // namespace

TEST_CASE("a torchsde tree has the numbers of BrownianTreeNoiseSampler") {
    for (const char* name : {"tree 0", "tree 1099511627781", "tree 7"}) {
        const auto entry = golden("brownian_interval", name);
        CHECK(worst<double>(entry, "double", true) < 1e-12);
        CHECK(worst<float>(entry, "float", true) < 4e-6);
    }
}

TEST_CASE("levels that the tree was not told come as near as the clock tells") {
    CHECK(worst<double>(golden("brownian_interval", "tree 0"), "double", false) < 1e-6);
}

TEST_CASE("six decimal places are rounded as Python rounds") {
    CHECK(noise::rounded_to_six_places(0.1234565) == 0.123456);  // the double is below the half
    CHECK(noise::rounded_to_six_places(2.0000005) == 2.000001);  // and here above
    CHECK(noise::rounded_to_six_places(0.5 / 1048576) == 0.0);
    CHECK(noise::rounded_to_six_places(123456789.0) == 123456789.0);
    // Halves, exact in binary, go to the even neighbour; what doubles cannot tell apart stays.
    CHECK(noise::rounded_to_six_places(0x1p-7) == 0.007812);  // 0.0078125
    CHECK(noise::rounded_to_six_places(0x3p-7) == 0.023438);  // 0.0234375
    CHECK(noise::rounded_to_six_places(8589934591.0000005) == 8589934591.000001);
    CHECK(noise::rounded_to_six_places(3999999999999.9995) == 3999999999999.9995);
    CHECK(noise::rounded_to_six_places(7.62939453125e-06) == 8e-06);
}

TEST_CASE("times beyond the path are its ends") {
    const auto nodes_of = [](double from, double to) {
        noise::torchsde_increment made;
        made.set(7, 0.5, 4.0, from, to);
        return made.nodes();
    };
    const auto check_same = [](const auto& a, const auto& b) {
        REQUIRE(a.size() == b.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            CHECK(a[i].seed == b[i].seed);
            CHECK(a[i].weight == b[i].weight);
        }
    };
    check_same(nodes_of(0.25, 1.0), nodes_of(0.5, 1.0));
    check_same(nodes_of(1.0, 8.0), nodes_of(1.0, 4.0));
    REQUIRE(nodes_of(0.0, 8.0).size() == 1);
    CHECK(nodes_of(0.0, 8.0)[0].weight == std::sqrt(3.5));
    CHECK(nodes_of(0.1, 0.3).empty());
}

TEST_CASE("a run refuses a step that is too short for a torchsde tree before it is made") {
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    int calls = 0;
    const auto network = [&](const Eigen::ArrayXd& at, double, Eigen::ArrayXd& out) {
        ++calls;
        out = at;
    };
    const grid walk{{2, 1e-9, 1.0}, {1, 2e-9, 1.0}, {0, 1, 0}};
    CHECK_THROWS_WITH(sample(x, network, walk, ddpm{},
                             prior_and_steps(torch_cpu(1), torchsde_tree(2, 0.0, 1e10))),
                      ContainsSubstring("too short for a Brownian path"));
    CHECK(calls == 0);
}

TEST_CASE("a torchsde tree refuses what it has no numbers for") {
    CHECK_THROWS_WITH(torchsde_tree(1, 2.0, 1.0), ContainsSubstring("sigma_max lie above"));
    CHECK_THROWS_WITH(torchsde_tree(1, -1.0, 1.0), ContainsSubstring("must not be negative"));
    CHECK_THROWS_WITH(torchsde_tree(1, 0.0, 1e13), ContainsSubstring("be at most 4e+12"));
    CHECK_NOTHROW(torchsde_tree(1, 0.0, 4e12));
    torchsde_tree source(1, 0.1, 1.0);
    CHECK_THROWS_WITH(source.begin_draw<float>({.shape = {.samples = 1, .elements = 4}}),
                      ContainsSubstring("prior_and_steps"));
}
