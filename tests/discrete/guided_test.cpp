#include <fokker/discrete/guided.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using namespace fokker::discrete;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

struct row {
    std::vector<float> values;
    int calls = 0;
    void operator()(const Eigen::ArrayXXi&, double, Eigen::ArrayXXf& out) {
        ++calls;
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out(i) = values[static_cast<std::size_t>(i % 3)];
    }
};

Eigen::ArrayXXf said(auto&& network, const knot& k = {0.5, 0.5, 0.5}) {
    Eigen::ArrayXXf out(3, 2);
    network(Eigen::ArrayXXi::Zero(2, 1).eval(), k, out);
    return out;
}

}  // namespace

TEST_CASE("guidance is a line through the log-probabilities") {
    row c{{0.5f, -1.0f, 2.0f}}, u{{1.5f, 0.25f, -0.5f}};
    const Eigen::ArrayXXf out = said(fokker::discrete::guided(c, u, {.scale = 2.5}));
    for (Eigen::Index i = 0; i < 6; ++i) {
        const float a = c.values[static_cast<std::size_t>(i % 3)],
                    b = u.values[static_cast<std::size_t>(i % 3)];
        CHECK(std::abs(out(i) - (b + 2.5f * (a - b))) < 1e-6f);
    }
    // A constant in one of them makes no difference to the probabilities.
    row shifted{{c.values[0] + 3, c.values[1] + 3, c.values[2] + 3}};
    const Eigen::ArrayXXf other = said(fokker::discrete::guided(shifted, u, {.scale = 2.5}));
    CHECK(((other - out) - (other(0) - out(0))).abs().maxCoeff() < 1e-5f);
}

TEST_CASE("a network that has no part is not called") {
    row c{{0.5f, -1.0f, 2.0f}}, u{{1.5f, 0.25f, -0.5f}};
    CHECK(said(fokker::discrete::guided(c, u, {.scale = 1}))(0) == 0.5f);
    CHECK(u.calls == 0);
    CHECK(said(fokker::discrete::guided(c, u, {.scale = 0}))(0) == 1.5f);
    CHECK(c.calls == 1);
    CHECK(said(fokker::discrete::guided(c, u, {.scale = 3, .from = 1.5}))(0) == 0.5f);
    CHECK(u.calls == 1);
    CHECK(said(fokker::discrete::guided(c, u, {.scale = 3, .from = 0.5, .to = 1.5}))(0) == -1.5f);
    CHECK(u.calls == 2);
}

TEST_CASE("classes that cannot be stay so, and numbers that are none are not hidden") {
    row c{{-infinity, 1.0f, -infinity}}, u{{1.0f, -infinity, -infinity}};
    const Eigen::ArrayXXf out = said(fokker::discrete::guided(c, u, {.scale = 4}));
    CHECK(out(0) == -infinity);
    CHECK(out(1) == 1.0f);
    CHECK(out(2) == -infinity);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const std::vector<float>& bad : {std::vector<float>{nan, 1, 1}, {1, infinity, 1}}) {
        row a{bad}, b{{0, 0, 0}};
        const auto refused = [](auto network) {
            Eigen::ArrayXXi x(2, 3);
            CHECK_THROWS_WITH(sample(x, predicts_classes(network, 3), absorbing{.mask = 3},
                                     linspace(flow_path{}, 3), ancestral{}, philox{}),
                              ContainsSubstring("no distribution"));
        };
        refused(fokker::discrete::guided(a, b, {.scale = 2}));
        refused(fokker::discrete::guided(b, a, {.scale = 2}));
    }
    CHECK_THROWS_WITH(fokker::discrete::guided(c, u, {.scale = nan}), ContainsSubstring("scale"));
    CHECK_THROWS_WITH(fokker::discrete::guided(c, u, {.scale = 2, .from = 2, .to = 1}),
                      ContainsSubstring("to is 1"));
}

TEST_CASE("guided steps take memory in the first step alone") {
    row c{{0.5f, -1.0f, 2.0f}};
    Eigen::ArrayXXf mine;
    const auto returning = [&](const Eigen::ArrayXXi& x, double) -> const Eigen::ArrayXXf& {
        if (mine.cols() != x.size()) mine.setZero(3, x.size());
        return mine;
    };
    Eigen::ArrayXXi x(2, 50), y(2, 50);
    discrete::run r(x, predicts_classes(fokker::discrete::guided(c, returning, {.scale = 2}), 3),
                    absorbing{.mask = 3}, linspace(flow_path{}, 12), ancestral{}, philox{});
    r.start_from_prior();
    r.step();
    const std::size_t before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    row doubled{{1.0f, -2.0f, 4.0f}};
    sample(y, predicts_classes(doubled, 3), absorbing{.mask = 3}, linspace(flow_path{}, 12),
           ancestral{}, philox{});
    CHECK((x == y).all());
}
