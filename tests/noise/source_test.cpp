#include <fokker/noise/source.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <random>
#include <type_traits>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"

using namespace fokker;

static_assert(noise_source<philox> && noise_source<detail::no_noise>);
static_assert(noise_source<detail::engine_source<std::mt19937&>>);
static_assert(!noise_source<std::mt19937> && noise_or_engine<std::mt19937>);
static_assert(!noise_or_engine<int>);

namespace {
const auto network = [](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) { out = 0.5 * x; };
}  // namespace

TEST_CASE("an engine draws in order, and an lvalue engine advances") {
    std::mt19937 engine(3), twin(3);
    Eigen::ArrayXXd x(150, 2);
    sample(x, network, grid{{1, 0.0001, 2.0}, {0, 1.0, 0.0}}, ddim{}, engine);
    std::normal_distribution<double> normal;
    // One step to sigma = 0 from the prior: the data prediction (x - sigma eps) / alpha.
    for (Eigen::Index i = 0; i < x.size(); ++i) {
        const double prior = 2.0 * normal(twin);
        CHECK(x(i) == Catch::Approx((prior - 2.0 * 0.5 * prior) / 0.0001).margin(1e-9));
    }
    CHECK(engine == twin);
}

TEST_CASE("an engine given by value works, and gives the same as one given by name") {
    Eigen::ArrayXXd a(20, 2), b(20, 2);
    const auto walk = trailing(linear_schedule(), 5);
    std::mt19937_64 engine(5);
    sample(a, network, walk, ddpm{}, engine);
    sample(b, network, walk, ddpm{}, std::mt19937_64(5));
    CHECK((a == b).all());
}

namespace {
/// A stateful source that owns heap memory, as a generator with a table does.
struct counting_source {
    static constexpr bool counted = false;
    std::vector<double> table = std::vector<double>(100, 0.25);
    std::size_t asked = 0;
    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(table[asked++ % 100]);
    }
};
}  // namespace

TEST_CASE("a temporary source is moved in, a variable is referred to") {
    static_assert(std::is_same_v<detail::source_for<counting_source>, counting_source>);
    static_assert(std::is_same_v<detail::source_for<counting_source&>, counting_source&>);
    Eigen::ArrayXXd x(20, 2);
    run r(x, network, trailing(linear_schedule(), 5), ddpm{}, counting_source{});
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK(x.isFinite().all());
    counting_source mine;
    sample(x, network, trailing(linear_schedule(), 5), ddpm{}, mine);
    CHECK(mine.asked == 40 * 5);  // the prior and four noisy steps
}

TEST_CASE("a stochastic solver without noise is refused before any call") {
    Eigen::ArrayXXd x(3, 1);
    using Catch::Matchers::ContainsSubstring;
    const auto walk = trailing(linear_schedule(), 5);
    CHECK_THROWS_WITH(denoise(x, network, walk, ddpm{}), ContainsSubstring("philox"));
    CHECK_THROWS_AS(denoise(x, network, walk, ddim{.eta = 0.1}), error);
    CHECK_NOTHROW(denoise(x, network, walk, ddim{.eta = 0.0}));
}

namespace {
/// Knows the element type of each draw; counts the numbers that it gave.
struct typed_source {
    static constexpr bool counted = false;
    std::vector<std::size_t> bytes;
    std::vector<std::size_t> given;
    template <class T>
    void begin_draw(const noise_draw&) {
        bytes.push_back(sizeof(T));
        given.push_back(0);
    }
    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        std::fill_n(out, count, T(0));
        given.back() += count;
    }
};
static_assert(draw_source<typed_source> && draw_source<typed_source&>);
static_assert(!draw_source<philox> && !draw_source<counting_source>);
}  // namespace

TEST_CASE("a draw begins once, before its tiles, with the type of the state") {
    typed_source told;
    const auto walk = trailing(linear_schedule(), 3);
    const auto go = [&](auto x) {
        x.setZero();
        sample(
            x, [](const auto& in, double, auto& out) { out = in; }, walk, ddim{}, told);
    };
    go(Eigen::ArrayXXd(700, 2));
    go(Eigen::ArrayXXf(7, 2));
    go(Eigen::Array<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>(7, 2));
    CHECK(told.bytes == std::vector<std::size_t>{8, 4, 2});
    CHECK(told.given == std::vector<std::size_t>{1400, 14, 14});
}

TEST_CASE("the forward process tells of one draw for the batch, of none for an empty one") {
    typed_source told;
    Eigen::ArrayXXd x0 = Eigen::ArrayXXd::Zero(600, 3), xt = x0;
    forward(x0, knot{0, 1, 1}, told, xt);
    forward(x0, std::vector<knot>(3, knot{0, 1, 1}), told, xt);
    CHECK(told.given == std::vector<std::size_t>{1800, 1800});
    x0.resize(0, 3);
    xt.resize(0, 3);
    forward(x0, knot{0, 1, 1}, told, xt);
    CHECK(told.given.size() == 2);
}
