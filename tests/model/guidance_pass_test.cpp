// Guidance against the originals, and its state from walk to walk.
#include <fokker/model/guidance_pass.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>

#include "catch.hpp"
#include "support/golden.hpp"

using namespace fokker;
using fokker_test::golden_case;

namespace {

using numbers = std::vector<double>;
constexpr Eigen::Index samples = 2, elements = 18;

const golden_case& inputs() {
    static const golden_case entry = fokker_test::golden("guidance", "inputs");
    return entry;
}

template <class T>
using batch = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;

/// A network that says what was recorded, call after call.
template <class T>
struct recorded {
    const char* name;
    std::size_t calls = 0;
    void operator()(const batch<T>&, double, batch<T>& out) {
        const numbers values = fokker_test::golden_numbers(inputs().at(name)[calls++]);
        for (Eigen::Index i = 0; i < out.size(); ++i)
            out.data()[i] = static_cast<T>(values[std::size_t(i)]);
    }
};

guidance options_of(const golden_case& entry) {
    guidance g{.scale = entry.at("scale"), .rescale = entry.value("rescale", 0.0)};
    g.optimised_scale = entry.value("optimised_scale", false);
    if (entry.contains("zero_calls")) g.zero_above = 10.0;
    if (!entry.contains("eta")) return g;
    g.projection = {.eta = entry.at("eta"),
                    .norm_threshold = entry.at("norm_threshold"),
                    .momentum = entry.at("momentum")};
    if (g.projection.acts() && entry.at("base") == "unconditional")
        g.projection.base = projection_base::unconditional;
    return g;
}

double largest_of(const numbers& values) {
    double largest = 0;
    for (double value : values) largest = std::max(largest, std::abs(value));
    return largest;
}

double distance(const numbers& a, const numbers& b) {
    REQUIRE(a.size() == b.size());
    numbers away;
    for (std::size_t i = 0; i < a.size(); ++i) away.push_back(a[i] - b[i]);
    return largest_of(away);
}

/// The calls of a case, one after the other, through the network that a user has. Double agrees to
/// 1e-12 of the largest number; float to 4 units in its last place, beside what the original itself
/// is away from the exact result.
template <class T>
void check_calls(const golden_case& entry) {
    INFO(entry.at("name"));
    auto network = guided(recorded<T>{"c"}, recorded<T>{"u"}, options_of(entry));
    network.begin_walk();
    batch<T> x = batch<T>::Zero(elements, samples), out = x;
    const auto& guided = entry.at("guided");
    const std::size_t calls = guided[0].is_array() ? guided.size() : 1;
    for (std::size_t i = 0; i < calls; ++i) {
        const bool is_zero = i < entry.value("zero_calls", std::size_t{0});
        network(x, is_zero ? knot{1.0, 0.0, 1.0} : knot{0.5, 0.5, 0.5}, out);
        const numbers got(out.data(), out.data() + out.size());
        const auto wanted = fokker_test::golden_numbers(guided[0].is_array() ? guided[i] : guided);
        double tolerance = 1e-12 * largest_of(wanted);
        if constexpr (std::is_same_v<T, float>) tolerance = 4 * 0x1p-24 * largest_of(wanted);
        if (entry.contains("exact")) {
            const auto exact = fokker_test::golden_numbers(entry.at("exact")[i]);
            CHECK(distance(got, exact) <= tolerance);
            tolerance += distance(wanted, exact);
        }
        CHECK(distance(got, wanted) <= tolerance);
    }
}

}  // namespace

TEST_CASE("rescaling, projection and CFG-Zero* are those of diffusers") {
    int seen = 0;
    for (const auto& entry : fokker_test::golden_cases("guidance")) {
        if (entry.at("original") == "inputs") continue;
        ++seen;
        if (entry.value("precision", "double") == "double")
            check_calls<double>(entry);
        else
            check_calls<float>(entry);
    }
    CHECK(seen == 6 + 36 + 8 + 1 + 1);
}

namespace {

Eigen::ArrayXXd guided_by_hand(const guidance& g, const Eigen::ArrayXXd& c,
                               const Eigen::ArrayXXd& u) {
    Eigen::ArrayXXd out(c.rows(), c.cols());
    detail::guide<core::host_space<double>, double>(g, out.data(), c.data(), u.data(), nullptr,
                                                    {std::size_t(c.cols()), std::size_t(c.rows())});
    return out;
}

}  // namespace

TEST_CASE("each sample is guided by itself") {
    const Eigen::ArrayXXd c = Eigen::ArrayXXd::Random(11, 4), u = Eigen::ArrayXXd::Random(11, 4);
    const guidance g{
        .scale = 5, .rescale = 0.5, .projection = {.eta = 0.25, .norm_threshold = 1.0}};
    const Eigen::ArrayXXd together = guided_by_hand(g, c, u);
    for (Eigen::Index n = 0; n < 4; ++n)
        CHECK((guided_by_hand(g, c.col(n), u.col(n)) == together.col(n)).all());
}

TEST_CASE("rescaling brings each sample's standard deviation back to the conditional one") {
    const Eigen::ArrayXXd c = Eigen::ArrayXXd::Random(40, 3), u = Eigen::ArrayXXd::Random(40, 3);
    const Eigen::ArrayXXd out = guided_by_hand({.scale = 6, .rescale = 1}, c, u);
    for (Eigen::Index n = 0; n < 3; ++n)
        CHECK(kernel::standard_deviation(out.col(n).data(), 40) ==
              Catch::Approx(kernel::standard_deviation(c.col(n).data(), 40)).epsilon(1e-14));
    // A constant has no standard deviation to bring back.
    const Eigen::ArrayXXd one = Eigen::ArrayXXd::Constant(5, 1, 2.0);
    CHECK(guided_by_hand({.scale = 3, .rescale = 1}, one, 0.5 * one).isApproxToConstant(4.0));
}

namespace {

/// The largest element of what the rescaled guidance of two nearly constant predictions is away
/// from what it is without rescaling. Their elements differ in the last place, one here, one there.
template <class T>
double moved_by_rescaling(guidance g, double level_c, double level_u) {
    using array = Eigen::Array<T, Eigen::Dynamic, 1>;
    constexpr Eigen::Index size = 64;
    array c(size), u(size);
    const double step = static_cast<double>(std::numeric_limits<T>::epsilon());
    for (Eigen::Index i = 0; i < size; ++i) {
        c[i] = static_cast<T>(level_c * (1.0 + (i % 3 == 0 ? step : 0.0)));
        u[i] = static_cast<T>(level_u * (1.0 + (i % 5 == 0 ? step : 0.0)));
    }
    const auto guided_with = [&](double rescale) {
        g.rescale = rescale;
        array out(size);
        auto network = guided([&](const array&, double, array& to) { to = c; },
                              [&](const array&, double, array& to) { to = u; }, g);
        network.begin_walk();
        network(c, knot{}, out);
        return Eigen::ArrayXd(out.template cast<double>());
    };
    return ((guided_with(0.8) - guided_with(0.0)).abs() / guided_with(0.0).abs()).maxCoeff();
}

}  // namespace

TEST_CASE("a deviation that is rounding alone is not brought back") {
    const auto check = [](const guidance& g) {
        for (const double level : {1e-20, 0.7, 3e4}) {
            CHECK(moved_by_rescaling<double>(g, level, 0.3 * level) == 0.0);
            CHECK(moved_by_rescaling<float>(g, level, 0.3 * level) == 0.0);
        }
        CHECK(moved_by_rescaling<Eigen::half>(g, 0.7, 0.21) == 0.0);
        CHECK(moved_by_rescaling<Eigen::bfloat16>(g, 0.7, 0.21) == 0.0);
    };
    check({.scale = 7.5});
    check({.scale = 1.5});
    check({.scale = 7.5, .projection = {.eta = 0.0}});
    check({.scale = 7.5, .projection = {.eta = 0.5, .momentum = -0.5}});
    // One that is small, and more than rounding, is.
    Eigen::ArrayXd c = Eigen::ArrayXd::LinSpaced(64, 1 - 1e-9, 1 + 1e-9);
    const Eigen::ArrayXXd out = guided_by_hand({.scale = 6, .rescale = 1}, c, 0 * c);
    CHECK(kernel::standard_deviation(out.data(), 64) ==
          Catch::Approx(kernel::standard_deviation(c.data(), 64)).epsilon(1e-4));
}

TEST_CASE("eta = 0 leaves the conditional prediction's length along itself") {
    const Eigen::ArrayXXd c = Eigen::ArrayXXd::Random(9, 1), u = Eigen::ArrayXXd::Random(9, 1);
    const Eigen::ArrayXXd out = guided_by_hand({.scale = 8, .projection = {.eta = 0}}, c, u);
    CHECK(((out - c) * c).sum() == Catch::Approx(0).margin(1e-13));
    CHECK((out - c).matrix().norm() > 0.1);
    // Where the conditional prediction is zero there is nothing to project on.
    const Eigen::ArrayXXd zero = Eigen::ArrayXXd::Zero(9, 1);
    CHECK(guided_by_hand({.scale = 3, .projection = {.eta = 0}}, zero, u).isApprox(-2 * u));
}

TEST_CASE("rescaling takes what the projection has made, and acts in part") {
    const Eigen::ArrayXXd c = Eigen::ArrayXXd::Random(40, 3), u = Eigen::ArrayXXd::Random(40, 3);
    guidance g{.scale = 6, .projection = {.eta = 0.25, .norm_threshold = 1}};
    const Eigen::ArrayXXd projected = guided_by_hand(g, c, u);
    g.rescale = 0.75;
    const Eigen::ArrayXXd out = guided_by_hand(g, c, u);
    const auto spread = [](const auto& x) { return std::sqrt((x - x.mean()).square().mean()); };
    for (Eigen::Index n = 0; n < 3; ++n) {
        const double back = spread(c.col(n)) / spread(projected.col(n));
        CHECK(std::abs(back - 1) > 0.01);
        CHECK(out.col(n).isApprox((0.75 * back + 0.25) * projected.col(n), 1e-13));
    }
}

TEST_CASE("the projection is along a direction, however short the prediction") {
    const Eigen::ArrayXXd c = Eigen::ArrayXXd::Random(9, 1), u = Eigen::ArrayXXd::Random(9, 1);
    const guidance g{.scale = 3, .projection = {.eta = 0}};
    const double small = 1e-9;  // the norm is above the least one of torch, 1e-12
    CHECK(guided_by_hand(g, small * c, small * u).isApprox(small * guided_by_hand(g, c, u), 1e-12));
}

TEST_CASE("numbers of 16 bits are guided as doubles are, within their rounding") {
    using half_array = Eigen::Array<Eigen::half, Eigen::Dynamic, Eigen::Dynamic>;
    const half_array c = Eigen::ArrayXXd::Random(40, 3).cast<Eigen::half>();
    const half_array u = Eigen::ArrayXXd::Random(40, 3).cast<Eigen::half>();
    const guidance g{
        .scale = 4, .rescale = 0.5, .projection = {.eta = 0.25, .norm_threshold = 2.0}};
    half_array out(40, 3);
    detail::guide<core::host_space<Eigen::half>, Eigen::half>(g, out.data(), c.data(), u.data(),
                                                              nullptr, {3, 40});
    const Eigen::ArrayXXd wanted = guided_by_hand(g, c.cast<double>(), u.cast<double>());
    CHECK((out.cast<double>() - wanted).abs().maxCoeff() < 2e-3 * wanted.abs().maxCoeff());
}
