#include <fokker/adapt/xtensor.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>
#endif

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;

static_assert(!array_like<decltype(xt::view(std::declval<xt::xarray<float>&>(), 1, xt::all()))>);

namespace {

const auto short_walk = trailing(linear_schedule(), 5);

/// The same batch as columns of an Eigen array.
Eigen::ArrayXXf wanted() {
    Eigen::ArrayXXf x(12, 4);
    sample(
        x, [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = 0.5f * in; },
        short_walk, ddpm{}, philox{.seed = 6});
    return x;
}

bool agrees(const float* p) {
    return Eigen::Map<const Eigen::ArrayXXf>(p, 12, 4).isApprox(wanted());
}

}  // namespace

TEST_CASE("the leading axis counts the samples") {
    CHECK(detail::shape_of(xt::xarray<float>::from_shape({4, 3, 2, 2})) == array_shape{4, 12});
    CHECK(detail::shape_of(xt::xtensor<double, 2>::from_shape({4, 12})) == array_shape{4, 12});
    CHECK(detail::shape_of(xt::xtensor<double, 1>::from_shape({7})) == array_shape{1, 7});
}

TEST_CASE("xarray, xtensor and adaptors get the numbers that Eigen gets") {
    xt::xarray<float> a = xt::zeros<float>({4, 3, 2, 2});
    sample(
        a, [](const xt::xarray<float>& x, double, xt::xarray<float>& out) { out = 0.5f * x; },
        short_walk, ddpm{}, philox{.seed = 6});
    CHECK(agrees(a.data()));
    xt::xtensor<float, 2> t = xt::zeros<float>({4, 12});
    sample(
        t, [](const auto& x, double) { return xt::xtensor<float, 2>(0.5f * x); }, short_walk,
        ddpm{}, philox{.seed = 6});
    CHECK(agrees(t.data()));
    std::vector<float> memory(48);
    const std::vector<std::size_t> shape{4, 12};
    auto adapted = xt::adapt(memory, shape);
    sample(
        adapted, [](const auto& x, double, auto& out) { out = 0.5f * x; }, short_walk, ddpm{},
        philox{.seed = 6});
    CHECK(agrees(memory.data()));
}

TEST_CASE("a walk with an xtensor state takes no memory once its run is made") {
    const auto check = [](auto x) {
        const auto halves = [](const auto& in, double, auto& out) {
            for (std::size_t i = 0; i < in.size(); ++i) out.data()[i] = 0.5f * in.data()[i];
        };
        run r(x, predicts_noise(halves).clipped(-1, 1), short_walk, ddpm{}, torch_cpu(6));
        const std::size_t before = fokker_test::allocations();
        r.start_from_prior();
        while (!r.done()) r.step();
        CHECK(fokker_test::allocations() == before);
    };
    check(xt::xarray<float>(xt::zeros<float>({4, 3, 2, 2})));
    check(xt::xtensor<float, 2>(xt::zeros<float>({4, 12})));
}

TEST_CASE("an output of another shape is reported") {
    xt::xarray<float> a = xt::zeros<float>({4, 3});
    CHECK_THROWS_AS(sample(
                        a,
                        [](const auto&, double) {
                            return xt::xarray<float>(xt::zeros<float>({3, 4}));
                        },
                        short_walk, ddpm{}, philox{}),
                    network_error);
}

TEST_CASE("an array of one axis is one sample, whatever its layout") {
    xt::xtensor<float, 1, xt::layout_type::column_major> column = xt::zeros<float>({12});
    xt::xtensor<float, 1> row = xt::zeros<float>({12});
    const auto network = [](const auto& x, double, auto& out) { out = 0.5f * x; };
    sample(column, network, short_walk, ddpm{}, philox{.seed = 6});
    sample(row, network, short_walk, ddpm{}, philox{.seed = 6});
    const Eigen::ArrayXf first = wanted().col(0);
    CHECK(Eigen::Map<const Eigen::ArrayXf>(row.data(), 12).isApprox(first));
    CHECK(Eigen::Map<const Eigen::ArrayXf>(column.data(), 12).isApprox(first));
}

TEST_CASE("column-major arrays are refused") {
    xt::xarray<float, xt::layout_type::column_major> a = xt::zeros<float>({4, 3});
    CHECK_THROWS_WITH(sample(
                          a, [](const auto& x, double) { return x; }, short_walk, ddpm{}, philox{}),
                      Catch::Matchers::ContainsSubstring("row-major"));
}

TEST_CASE("the leading axis is doubled for guidance by one network") {
    const auto four = xt::xarray<float>::from_shape({4, 3, 2});
    CHECK(array_traits<xt::xarray<float>>::repeated(four, 2).shape() ==
          xt::xarray<float>::shape_type{8, 3, 2});
    const auto c = [](const auto& in, double, auto& out) { out = 0.5f * in; };
    const auto u = [](const auto& in, double, auto& out) { out = 0.25f * in + 1.0f; };
    int calls = 0;
    const auto twice = [&](const xt::xarray<float>& in, double, xt::xarray<float>& out) {
        ++calls;
        const std::size_t half = in.shape()[0] / 2;
        xt::view(out, xt::range(0, half)) = 0.25f * xt::view(in, xt::range(0, half)) + 1.0f;
        xt::view(out, xt::range(half, 2 * half)) = 0.5f * xt::view(in, xt::range(half, 2 * half));
    };
    auto network = guided_batch(twice, {.scale = 3}, batch_order::unconditional_first);
    // Two shapes with equally large samples, so that the arrays must be made anew.
    for (const std::vector<std::size_t>& shape :
         {std::vector<std::size_t>{4, 3, 2}, {4, 2, 3}, {6}}) {
        xt::xarray<float> a = xt::zeros<float>(shape), b = a;
        sample(a, predicts_data(network), short_walk, ddpm{}, philox{.seed = 6});
        sample(b, predicts_data(guided(c, u, 3.0)), short_walk, ddpm{}, philox{.seed = 6});
        CHECK((a == b));
    }
    CHECK(calls == 15);
}
