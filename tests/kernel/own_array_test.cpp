// An array type of the user's own, and a view of it: two specialisations of array_traits are all
// that the library asks for.
#include <fokker/kernel/array.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cstddef>
#include <memory>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/mixture.hpp"

namespace {

/// A batch of pictures in one block of memory. It is no range, and has neither rows() nor size().
struct pictures {
    pictures() = default;
    pictures(std::size_t n, std::size_t h, std::size_t w)
        : count(n), height(h), width(w), memory(new double[n * h * w]) {}
    pictures(const pictures& other) : pictures(other.count, other.height, other.width) {
        std::copy_n(other.memory.get(), count * height * width, memory.get());
    }
    pictures(pictures&&) = default;
    pictures& operator=(pictures&&) = default;

    std::size_t count = 0, height = 0, width = 0;
    std::unique_ptr<double[]> memory;
};

/// Pictures whose memory belongs to somebody else.
struct pictures_view {
    double* memory;
    std::size_t count, height, width;
};

std::size_t pixels(const auto& a) { return a.count * a.height * a.width; }

template <class A>
struct traits_of_pictures {
    using scalar = double;
    using owner = pictures;
    static constexpr bool is_view = std::is_same_v<A, pictures_view>;
    static constexpr bool is_fixed = false;

    static auto data(auto& a) { return &a.memory[0]; }
    static std::size_t size(const A& a) { return pixels(a); }
    static std::size_t samples(const A& a) { return a.count; }
    static owner like(const A& a) { return owner(a.count, a.height, a.width); }
    static owner repeated(const A& a, std::size_t times) {
        return owner(times * a.count, a.height, a.width);
    }
    static bool same_shape(const A& a, const auto& b) {
        return a.count == b.count && a.height == b.height && a.width == b.width;
    }
};

}  // namespace

template <>
struct fokker::array_traits<pictures> : traits_of_pictures<pictures> {};
template <>
struct fokker::array_traits<pictures_view> : traits_of_pictures<pictures_view> {};

using namespace fokker;
using Eigen::ArrayXXd;

static_assert(array_like<pictures> && array_like<pictures&> && array_like<pictures_view>);

namespace {

constexpr std::size_t samples = 4, height = 5, width = 3, elements = height * width;
const grid knots = trailing(linear_schedule(), 6);
const fokker_test::exact_network<data_prediction> network;
const fokker_test::exact_network<data_prediction> other{{.weight = {0.5, 0.5}}};

bool equals(const auto& a, const ArrayXXd& wanted) {
    return (Eigen::Map<const ArrayXXd>(detail::data_of(a), elements, samples) - wanted)
               .abs()
               .maxCoeff() < 1e-12;
}

/// The same walk with an Eigen array, and with pictures.
void check_same(const auto& walked) {
    ArrayXXd wanted(elements, samples);
    pictures mine(samples, height, width);
    walked(wanted);
    walked(mine);
    CHECK(wanted.square().mean() > 0.01);
    CHECK(equals(mine, wanted));
}

}  // namespace

TEST_CASE("an array type of the user's own has its shape") {
    const pictures a(samples, height, width);
    CHECK(detail::shape_of(a) == array_shape{samples, elements});
    CHECK(detail::shape_of(array_traits<pictures>::repeated(a, 2)) ==
          array_shape{2 * samples, elements});
}

TEST_CASE("it walks as an Eigen array does, with every kind of model") {
    const auto with = [](auto&& model, const auto& solver) {
        check_same([&](auto& x) { sample(x, model, knots, solver, philox{.seed = 5}); });
    };
    const auto model = predicts_data(network);
    with(model, dpm_solver_pp_2m{});
    with(model.clipped(-0.5, 0.5), heun{});
    with(model.thresholded(0.9, 1.0), ddpm{});
    const ArrayXXd x0 = ArrayXXd::Random(elements, 1),
                   mask = (ArrayXXd::Random(elements, 1) > 0).cast<double>();
    with(model.with_known_region(x0, mask), ddpm{});
    // Samples 0 .. n - 1 of the doubled batch are asked without the condition.
    const auto both = [](const auto& x, const knot& k, auto& out) {
        auto without = array_traits<std::remove_cvref_t<decltype(x)>>::like(x);
        network(x, k, out);
        other(x, k, without);
        std::copy_n(detail::data_of(without), detail::shape_of(x).size() / 2, detail::data_of(out));
    };
    with(predicts_data(guided_batch(both, {.scale = 2.0}, batch_order::unconditional_first)),
         euler_cfg_pp{});
}

TEST_CASE("it takes noise from every kind of source") {
    const auto from = [](const auto& make) {
        check_same([&](auto& x) { sample(x, predicts_data(network), knots, ddpm{}, make()); });
    };
    from([] { return std::mt19937_64(3); });
    from([] { return torch_cpu(3); });
    from([] { return brownian{.seed = 3}; });
    // Recorded draws may be such arrays themselves.
    std::vector<pictures> draws;
    for (std::uint64_t i = 0; i < 6; ++i) {
        draws.emplace_back(samples, height, width);
        philox{.seed = i}.fill(draws.back().memory.get(), samples * elements, {});
    }
    from([&] { return recorded(draws); });
}

TEST_CASE("a view of it walks as well") {
    ArrayXXd wanted(elements, samples);
    pictures mine(samples, height, width);
    const auto walked = [](auto&& x) {
        sample(x, predicts_data(network).clipped(-0.5, 0.5), knots, heun{}, philox{.seed = 5});
    };
    walked(wanted);
    walked(pictures_view{mine.memory.get(), samples, height, width});
    CHECK(equals(mine, wanted));
}

TEST_CASE("it is noised as an Eigen array is") {
    check_same([](auto& x) {
        auto x0 = array_traits<std::remove_cvref_t<decltype(x)>>::like(x);
        std::fill_n(detail::data_of(x0), detail::shape_of(x0).size(), 0.5);
        forward(x0, knot{0, 0.8, 0.6}, philox{.seed = 2}, x);
    });
}

TEST_CASE("its steps take no memory, and an output of another shape is reported") {
    pictures x(samples, height, width);
    run r(x, predicts_data(network), knots, dpm_solver_pp_2m{}, philox{.seed = 5});
    const std::size_t before = fokker_test::allocations();
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    const auto turned = [](const pictures&, double, pictures& out) {
        out = pictures(samples, width, height);
    };
    CHECK_THROWS_AS(denoise(x, turned, knots, heun{}), network_error);
}
