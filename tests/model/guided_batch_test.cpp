#include <fokker/model/guided_batch.hpp>

#include <Eigen/Core>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;

namespace {

/// A network that knows by the sample's place whether it has a condition.
template <class Array>
struct conditions {
    bool conditional_first;
    int* calls;
    void operator()(const Array& x, const knot&, Array& out) const {
        ++*calls;
        const array_shape shape = detail::shape_of(x);
        for (std::size_t n = 0; n < shape.samples; ++n)
            for (std::size_t i = 0; i < shape.elements; ++i) {
                const std::size_t at = n * shape.elements + i;
                const bool first = at < shape.size() / 2;
                const float value = x.data()[at];
                out.data()[at] = first == conditional_first ? 0.5f * value + 1 : value * value;
            }
    }
};

template <class Array>
void check_against_two(Array x) {
    const auto c = [](const Array& in, double, Array& out) { out = 0.5f * in + 1; };
    const auto u = [](const Array& in, double, Array& out) { out = in * in; };
    for (const guidance& options :
         {guidance{.scale = 3}, guidance{.scale = 3, .from = 1, .to = 2},
          guidance{.scale = 3, .rescale = 0.5, .projection = {.eta = 0.5, .momentum = -0.5}}})
        for (batch_order order :
             {batch_order::conditional_first, batch_order::unconditional_first}) {
            int calls = 0;
            auto one = guided_batch(
                conditions<Array>{order == batch_order::conditional_first, &calls}, options, order);
            auto two = guided(c, u, options);
            Array a = x, b = x, a2 = x, b2 = x;
            one.begin_walk();
            two.begin_walk();
            for (double sigma : {3.0, 2.0, 0.5}) {
                one(x, knot{0, 1, sigma}, a, a2);
                two(x, knot{0, 1, sigma}, b, b2);
                CHECK((a == b).all());
                CHECK((a2 == b2).all());
                one(x, knot{0, 1, sigma}, a);
                two(x, knot{0, 1, sigma}, b);
                CHECK((a == b).all());
            }
            CHECK(calls == 6);
        }
}

}  // namespace

TEST_CASE("one network on the doubled batch is two networks, in both orders") {
    using row_major = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using fixed_rows = Eigen::Array<float, 4, Eigen::Dynamic>;
    using row = Eigen::Array<float, 1, Eigen::Dynamic>;
    check_against_two<Eigen::ArrayXXf>(Eigen::ArrayXXf::Random(7, 3));
    check_against_two<Eigen::ArrayXXf>(Eigen::ArrayXXf::Random(7, 1));
    check_against_two<row_major>(row_major::Random(3, 7));
    check_against_two<fixed_rows>(fixed_rows::Random(4, 5));
    check_against_two<Eigen::ArrayXf>(Eigen::ArrayXf::Random(9));
    check_against_two<row>(row::Random(9));
}

TEST_CASE("a number in place of the options is the scale") {
    int calls = 0;
    const Eigen::ArrayXf x = Eigen::ArrayXf::Random(6);
    Eigen::ArrayXf a = x, b = x;
    const conditions<Eigen::ArrayXf> network{true, &calls};
    guided_batch(network, 7.5, batch_order::conditional_first)(x, knot{0, 1, 1}, a);
    guided_batch(network, {.scale = 7.5}, batch_order::conditional_first)(x, knot{0, 1, 1}, b);
    CHECK((a == b).all());
}

TEST_CASE("the doubled array has the batch twice along its samples") {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Random(7, 3), out = x;
    auto network = guided_batch(
        [&](const Eigen::ArrayXXf& twice, double, Eigen::ArrayXXf& result) {
            CHECK(twice.rows() == 7);
            CHECK(twice.cols() == 6);
            CHECK((twice.leftCols(3) == x).all());
            CHECK((twice.rightCols(3) == x).all());
            result = twice;
        },
        {.scale = 2}, batch_order::conditional_first);
    network(x, knot{}, out);
    CHECK(out.isApprox(x));
    // Other shapes with the same number of elements.
    for (Eigen::Index cols : {7, 1, 3}) {
        Eigen::ArrayXXf y = Eigen::ArrayXXf::Ones(21 / cols, cols), result = y;
        auto same = guided_batch([](const auto& in, double, auto& o) { o = in; }, {.scale = 2},
                                 batch_order::conditional_first);
        same(x, knot{}, out);
        same(y, knot{}, result);
        CHECK((result == y).all());
    }
}

TEST_CASE("its memory begins anew with every walk, and so does that of its network") {
    struct counts {
        int* begun;
        void begin_walk() { ++*begun; }
        void operator()(const Eigen::ArrayXXf& x, const knot& k, Eigen::ArrayXXf& out) const {
            out.leftCols(3) = 0.2f * x.leftCols(3) + float(k.sigma);
            out.rightCols(3) = 0.3f * x.rightCols(3).square();
        }
    };
    int begun = 0;
    auto network = guided_batch(counts{&begun}, {.scale = 3, .projection = {.momentum = -0.5}},
                                batch_order::conditional_first);
    const auto once = [&] {
        Eigen::ArrayXXf x = Eigen::ArrayXXf::Constant(7, 3, 0.5f);
        denoise(x, predicts_data(network), trailing(linear_schedule(), 4), ddim{});
        return x;
    };
    const Eigen::ArrayXXf fresh = once();
    CHECK((once() == fresh).all());
    CHECK(begun == 2);
}

TEST_CASE("vectors are doubled too, through a run") {
    const auto network = [](std::span<const float> in, double, std::span<float> out) {
        for (std::size_t i = 0; i < in.size(); ++i)
            out[i] = i < in.size() / 2 ? 2 * in[i] : 3 * in[i];
    };
    std::vector<float> x{1, 2, 3};
    denoise(x, predicts_data(guided_batch(network, {.scale = 4}, batch_order::conditional_first)),
            grid{{1, 0.6, 0.8}, {0, 1, 0}}, ddim{});
    CHECK(x == std::vector<float>{-1, -2, -3});  // 3 + 4 (2 - 3)
}

TEST_CASE("an output of the wrong size is reported, and the next call works") {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(7, 3), out = x;
    int calls = 0;
    auto network = guided_batch(
        [&](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& result) {
            if (++calls == 1) return result.resize(7, 3);
            result = in;
        },
        {.scale = 2}, batch_order::conditional_first);
    CHECK_THROWS_WITH(network(x, knot{}, out),
                      Catch::Matchers::ContainsSubstring("7 x 3 in place of 7 x 6"));
    network(x, knot{}, out);
    CHECK((out == x).all());
}
