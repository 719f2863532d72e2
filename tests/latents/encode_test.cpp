#include <fokker/latents/encode.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

const auto exact = predicts_data(exact_network<data_prediction>{});
const Eigen::ArrayXXd data = Eigen::ArrayXd::LinSpaced(9, -1.5, 1.5);

const grid tables = trailing(linear_schedule(), 12), flows = linspace(flow_path{}, 12),
           edm = karras(edm_path{}, 12);

double difference(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
    return (a - b).abs().maxCoeff();
}

}  // namespace

TEST_CASE("data become the latent that the flow ODE leads to, and come back") {
    for (const grid& walk : {trailing(linear_schedule(), 300), karras(edm_path{}, 300)}) {
        const grid part = walk.invertible_part();
        const double scale = part.back().alpha;
        Eigen::ArrayXXd x = data;
        const auto done = encode(x, exact, walk, heun{});
        CHECK(done.steps == part.steps());
        CHECK(done.evaluations == 2 * part.steps());
        for (Eigen::Index i = 0; i < x.size(); ++i)
            CHECK(x(i) == Approx(exact_flow(mixture{}, scale * data(i), part.back(), part.front()))
                              .epsilon(2e-3));
        decode(x, exact, walk, heun{});
        CHECK(difference(x, data) < 1e-4);
    }
}

TEST_CASE(
    "knots at clean data and at pure noise are left out, a reversed grid is walked as it is") {
    std::vector<double> levels;
    const auto noted = predicts_data([&](const auto& x, const knot& k, auto& out) {
        exact_network<data_prediction>{}(x, k, out);
        levels.push_back(k.sigma);
    });
    Eigen::ArrayXXd x = data;
    encode(x, noted, flows, ddim{});
    CHECK(levels.front() == flows[11].sigma);
    CHECK(levels.back() == flows[2].sigma);
    levels.clear();
    encode(x, noted, flows.from(3).reversed(), ddim_inversion{});
    CHECK(levels.size() == 9);
    CHECK(levels.back() == flows[3].sigma);
    levels.clear();
    x = data;
    encode(x, noted, flows.until(11).from(1).reversed(), ddim{});
    CHECK(levels.size() == 10);
    // No knot was left out: the data are the state there as they are.
    Eigen::ArrayXXd y = data;
    denoise(y, exact, flows.until(11).from(1).reversed(), ddim{});
    CHECK(difference(x, y) == 0);
    decode(y, exact, flows.until(11).from(1).reversed(), ddim{});
    denoise(x, exact, flows.until(11).from(1), ddim{});
    CHECK(difference(x, y) == 0);
}

TEST_CASE("data stay in their own scale where a knot with sigma = 0 is left out") {
    // So far from clean data that the scale shows.
    const grid coarse = trailing(linear_schedule(), 3), inner = coarse.invertible_part();
    Eigen::ArrayXXd x = data, y = inner.back().alpha * data;
    encode(x, exact, coarse, ddim{});
    denoise(y, exact, inner.reversed(), ddim{});
    CHECK(difference(x, y) < 1e-15);
    decode(x, exact, coarse, ddim{});
    denoise(y, exact, inner, ddim{});
    CHECK(difference(x, y / inner.back().alpha) < 1e-14);
}

TEST_CASE("solvers that can be walked back come back to rounding with what encode returned") {
    const auto check = [](const auto& solver) {
        for (const grid& walk : {tables, flows, edm, flows.until(11).from(1).reversed()}) {
            Eigen::ArrayXXd x = data;
            const auto code = encode(x, exact, walk, solver);
            CHECK(code.memories.size() == 1);
            const Eigen::ArrayXXd latent = x;
            decode(x, exact, walk, solver, code);
            CHECK(difference(x, data) < 1e-13);
            x = latent;
            decode(x, exact, walk, solver);
            CHECK(difference(x, data) > 1e-9);
        }
    };
    check(asynchronous_leapfrog{});
    check(reversible_heun{});
    check(bdia{});
    check(any_solver(reversible_heun{}));
}

TEST_CASE("a code is for the scale of the data that it was made from") {
    // The same knots, but on one of the grids the data are those of sigma = 0.
    Eigen::ArrayXXd x = data;
    const auto code = encode(x, exact, flows, reversible_heun{});
    CHECK_THROWS_WITH(decode(x, exact, flows.invertible_part(), reversible_heun{}, code),
                      ContainsSubstring("another grid"));
    x = data;
    const auto inner = encode(x, exact, flows.invertible_part(), reversible_heun{});
    CHECK_THROWS_WITH(decode(x, exact, flows, reversible_heun{}, inner),
                      ContainsSubstring("another grid"));
    decode(x, exact, flows.invertible_part(), reversible_heun{}, inner);
    CHECK(difference(x, data) < 1e-13);
}

TEST_CASE("a code without a second state is handed over all the same") {
    Eigen::ArrayXXd x = data, y = data;
    auto code = encode(x, exact, tables, heun{});
    y = x;
    CHECK(code.memories.empty());
    CHECK(decode(x, exact, tables, heun{}, code).steps == 11);
    decode(y, exact, tables, heun{});
    CHECK(difference(x, y) == 0);
    // DDIM inversion is undone by another solver.
    x = data;
    const auto inverted = encode(x, exact, tables, ddim_inversion{.iterations = 60});
    decode(x, exact, tables, ddim{}, inverted);
    CHECK(difference(x, data) < 1e-12);
}

TEST_CASE("a step to clean data after the latent is offered by the grid") {
    Eigen::ArrayXXd x = data;
    encode(x, exact, flows, reversible_heun{});
    const auto done = denoise(x, exact, flows.without_pure_noise(), reversible_heun{});
    CHECK(done.steps == 11);
    CHECK(difference(x, data) < 0.2);
}

TEST_CASE("arrays of any kind have latents") {
    const auto network = predicts_data([](const auto& in, double, auto& out) {
        for (std::size_t i = 0; i < std::size(in); ++i) out[i] = in[i] / 2;
    });
    std::vector<float> many{-1, 0, 1};
    auto code = encode(many, network, tables, reversible_heun{});
    decode(many, network, tables, reversible_heun{}, code);
    CHECK(std::abs(many[0] + 1) < 1e-5f);
    std::vector<float> memory{-1, 0, 1};
    const auto of_span = encode(std::span(memory), network, tables, reversible_heun{});
    static_assert(std::is_same_v<decltype(of_span), const encoded<std::vector<float>>>);
    decode(std::span(memory), network, tables, reversible_heun{}, of_span);
    CHECK(std::abs(memory[0] + 1) < 1e-5f);
    std::array<double, 3> few{-1, 0, 1};
    decode(few, network, tables, heun{}, encode(few, network, tables, heun{}));
    CHECK(std::abs(few[0] + 1) < 0.1);
    Eigen::Array<Eigen::half, 3, 2> halves;
    halves.setConstant(Eigen::half(0.5f));
    const auto half_network =
        predicts_data([](const auto& in, double, auto& out) { out = Eigen::half(0.5f) * in; });
    decode(halves, half_network, tables, reversible_heun{},
           encode(halves, half_network, tables, reversible_heun{}));
    CHECK(std::abs(static_cast<float>(halves(0)) - 0.5f) < 0.01f);
}

TEST_CASE("no step of a walk to a latent and back takes memory but the first") {
    std::vector<std::size_t> taken;
    taken.reserve(30);
    const auto look = [&](progress) { taken.push_back(fokker_test::allocations()); };
    Eigen::ArrayXXd x = data;
    const auto code = encode(x, exact, tables, reversible_heun{}, look);
    REQUIRE(taken.size() == 11);
    CHECK(taken.back() == taken.front());
    taken.clear();
    decode(x, exact, tables, reversible_heun{}, code, look);
    REQUIRE(taken.size() == 11);
    CHECK(taken.back() == taken.front());
}

TEST_CASE("observers look on, and what they end is no latent") {
    Eigen::ArrayXXd x = data;
    int seen = 0;
    encode(x, exact, tables, heun{}, [&](progress) { ++seen; });
    CHECK(seen == 11);
    decode(x, exact, tables, heun{}, [&](progress) { ++seen; });
    CHECK(seen == 22);
    const auto stopped = encode(x, exact, tables, heun{}, [](progress p) {
        return p.step == 3 ? control::stop : control::go_on;
    });
    CHECK(stopped.stopped);
    CHECK_THROWS_WITH(decode(x, exact, tables, heun{}, stopped), ContainsSubstring("ended"));
}

TEST_CASE("what cannot be followed both ways is refused before the network is called") {
    Eigen::ArrayXXd x = data;
    const auto never = predicts_data([](const auto&, double, auto&) { throw 1; });
    CHECK_THROWS_WITH(
        encode(x, never, tables, ddpm{}),
        ContainsSubstring("encode follows the flow") && ContainsSubstring("reversible_heun"));
    CHECK_THROWS_WITH(decode(x, never, tables, ddim{.eta = 0.5}),
                      ContainsSubstring("decode follows the flow"));
    const grid jumping = resampled(tables, {.jump_length = 2, .jump_samples = 2});
    CHECK_THROWS_WITH(encode(x, never, jumping, heun{}), ContainsSubstring("jumps"));
    CHECK_THROWS_WITH(decode(x, never, jumping, heun{}), ContainsSubstring("jumps"));
    CHECK_THROWS_WITH(encode(x, never, trailing(linear_schedule(), 1), heun{}),
                      ContainsSubstring("no step left"));
    const auto code = encode(x, exact, tables, reversible_heun{});
    CHECK_THROWS_WITH(decode(x, never, trailing(linear_schedule(), 13), reversible_heun{}, code),
                      ContainsSubstring("another grid"));
    CHECK_THROWS_WITH(decode(x, never, tables, bdia{}, code),
                      ContainsSubstring("encoded by the solver"));
    Eigen::ArrayXXd other(3, 3);
    CHECK_THROWS_WITH(decode(other, never, tables, reversible_heun{}, code),
                      ContainsSubstring("another shape"));
}

TEST_CASE("a type that becomes a grid is one") {
    struct mine {
        operator grid() const { return tables; }
    };
    Eigen::ArrayXXd x = data, y = data;
    encode(x, exact, mine{}, heun{});
    encode(y, exact, tables, heun{});
    CHECK(difference(x, y) == 0);
    decode(x, exact, mine{}, heun{});
    decode(y, exact, tables, heun{});
    CHECK(difference(x, y) == 0);
}
