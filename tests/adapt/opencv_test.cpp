#include <fokker/adapt/opencv.hpp>

#include <Eigen/Core>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

using matrix = cv::Mat_<float>;

static_assert(array_like<matrix> && array_like<cv::Mat_<double>> &&
              array_like<cv::Mat_<cv::Vec3f>>);
static_assert(token_array<cv::Mat_<uchar>> && !array_like<cv::Mat>);
static_assert(array_like<fokker::detail::owner_of<matrix>> && array_traits<matrix>::is_view &&
              !array_traits<fokker::detail::owner_of<matrix>>::is_view);

namespace {

const auto short_walk = trailing(linear_schedule(), 5);

/// A solver that looks back, so that the outputs of several calls are in use at a time.
template <class X, class Network>
void walk(X&& x, Network&& network) {
    sample(std::forward<X>(x), predicts_data(network), short_walk, dpm_solver_pp_2m{},
           philox{.seed = 6});
}

/// The same batch as columns of an Eigen array.
Eigen::ArrayXXf wanted() {
    Eigen::ArrayXXf x(12, 4);
    walk(x, [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = 0.5f * in; });
    return x;
}

bool agrees(const float* p) {
    return Eigen::Map<const Eigen::ArrayXXf>(p, 12, 4).isApprox(wanted());
}

matrix zeros(std::vector<int> extents) {
    matrix x(static_cast<int>(extents.size()), extents.data());
    x = 0.0f;
    return x;
}

}  // namespace

TEST_CASE("a matrix is walked in its own memory") {
    cv::Mat given = cv::Mat::zeros(4, 12, CV_32F);
    auto x = typed_mat<float>(given);
    walk(x, [](const matrix& in, double, matrix& out) { out = 0.5 * in; });
    CHECK(agrees(given.ptr<float>()));
    // Memory of this program's, and a batch of pictures; the view is a temporary.
    std::vector<float> memory(48);
    const std::vector<int> extents = {4, 3, 2, 2};
    walk(matrix(4, extents.data(), memory.data()),
         [](const auto& in, double, auto& out) { in.convertTo(out, -1, 0.5); });
    CHECK(agrees(memory.data()));
    CHECK(fokker::detail::shape_of(zeros({4, 3, 2, 2})) == array_shape{4, 12});
}

TEST_CASE("a network may take and return matrices as OpenCV has them") {
    const auto check = [](auto&& network) {
        matrix x = zeros({4, 12});
        const float* const place = x.ptr<float>();
        walk(x, network);
        CHECK(agrees(place));
        CHECK(x.ptr<float>() == place);
    };
    check([](const cv::Mat& x, double, cv::Mat& out) { x.convertTo(out, CV_32F, 0.5); });
    check([](const cv::Mat& x, double) -> cv::Mat { return 0.5 * x; });
    check([](const matrix& x, double) { return matrix(0.5 * x); });
    check([](const matrix& x, double) { return 0.5 * x; });
}

TEST_CASE("a matrix that replaces the run's is copied into it") {
    // A network that writes every output to the same matrix. Were it taken instead of its values,
    // two outputs of the walk would be one.
    cv::Mat kept(4, 12, CV_32F);
    int calls = 0;
    const auto check = [&](auto&& network) {
        matrix x = zeros({4, 12});
        walk(x, network);
        CHECK(agrees(x.ptr<float>()));
        CHECK(std::exchange(calls, 0) == 5);
    };
    check([&](const cv::Mat& x, double, cv::Mat& out) {
        ++calls;
        CHECK(out.data != kept.data);
        x.convertTo(kept, CV_32F, 0.5);
        out = kept;
    });
    check([&](const matrix& x, double, matrix& out) {
        ++calls;
        CHECK(out.data != kept.data);
        x.convertTo(kept, CV_32F, 0.5);
        out = matrix(kept);
    });
    check([&](const auto& x, double, auto& out) {
        ++calls;
        x.convertTo(kept, CV_32F, 0.5);
        out = kept;
    });
    check([&](const cv::Mat& x, double) {
        ++calls;
        x.convertTo(kept, CV_32F, 0.5);
        return kept;
    });
}

TEST_CASE("what is assigned must have the type and the shape") {
    matrix x = zeros({4, 3});
    const auto walk_with = [&](const cv::Mat& output) {
        walk(x, [&](const cv::Mat&, double, cv::Mat& out) { out = output; });
    };
    CHECK_THROWS_WITH(walk_with(cv::Mat::zeros(4, 3, CV_64F)),
                      ContainsSubstring("the matrix holds CV_64FC1, and CV_32FC1 is wanted"));
    CHECK_THROWS_AS(walk_with(cv::Mat::zeros(3, 4, CV_32F)), network_error);
    CHECK_THROWS_AS(walk_with(cv::Mat::zeros(4, 3, CV_32FC2)), network_error);
    CHECK_THROWS_AS(walk_with(cv::Mat()), network_error);
    const auto return_with = [&](const cv::Mat& output) {
        walk(x, [&](const cv::Mat&, double) { return output; });
    };
    CHECK_THROWS_AS(return_with(cv::Mat::zeros(4, 3, CV_32S)), error);
    CHECK_THROWS_WITH(return_with(cv::Mat::zeros(4, 4, CV_32F)),
                      ContainsSubstring("another one in place of 4 samples of 3"));
    // In the same memory, but of another shape.
    CHECK_THROWS_AS(walk(x, [](const cv::Mat&, double, cv::Mat& out) { out = out.reshape(1, 3); }),
                    network_error);
}

TEST_CASE("a matrix that cannot be a state is refused, with a remedy") {
    CHECK_THROWS_WITH(typed_mat<float>(cv::Mat::zeros(4, 3, CV_64F)),
                      ContainsSubstring("convertTo"));
    CHECK_THROWS_AS(typed_mat<cv::Vec3f>(cv::Mat::zeros(4, 3, CV_32F)), error);
    const matrix whole = zeros({4, 6});
    matrix part = whole.colRange(0, 3);
    CHECK_THROWS_WITH(walk(part, [](const auto&, double, auto&) {}),
                      ContainsSubstring("x.clone()"));
    const matrix rows = whole.rowRange(1, 3);
    CHECK(fokker::detail::data_of(rows) == whole.ptr<float>(1));
}

TEST_CASE("channels are elements of a sample") {
    cv::Mat_<cv::Vec3f> x(cv::Mat_<cv::Vec3f>::zeros(4, 4));
    CHECK(fokker::detail::shape_of(x) == array_shape{4, 12});
    walk(x,
         [](const cv::Mat_<cv::Vec3f>& in, double, cv::Mat_<cv::Vec3f>& out) { out = 0.5 * in; });
    CHECK(agrees(x.ptr<float>()));
    // A colour picture is a batch of one.
    const int extents[] = {1, 5, 7};
    const cv::Mat_<cv::Vec3f> picture(cv::Mat_<cv::Vec3f>::zeros(5, 7));
    const auto one = typed_mat<cv::Vec3f>(picture.reshape(0, 3, extents));
    CHECK(fokker::detail::shape_of(one) == array_shape{1, 105});
    CHECK(one.data == picture.data);
}

TEST_CASE("the walk of matrices takes no memory once its run is made, and a copy has its own") {
    matrix x = zeros({4, 3, 2, 2});
    const auto network = [](const auto& in, double, auto& out) {
        for (std::size_t i = 0; i < in.total(); ++i)
            out.template ptr<float>()[i] = 0.5f * in.template ptr<float>()[i];
    };
    run r(x, predicts_data(network), short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    auto copied = r;
    const std::size_t before = fokker_test::allocations();
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    CHECK(agrees(x.ptr<float>()));
    copied.start_from_prior();
    while (!copied.done()) copied.step();
    CHECK(agrees(x.ptr<float>()));

    auto a = array_traits<matrix>::like(x);
    a = x;
    auto b = a;
    CHECK(b.data != a.data);
    b.ptr<float>()[0] += 1.0f;
    const auto* const place = b.data;
    b = a;
    CHECK(b.data == place);
    CHECK(agrees(b.ptr<float>()));
    decltype(a) c;
    c = a;
    CHECK(c.data != a.data);
    CHECK(agrees(c.ptr<float>()));
}

TEST_CASE("guidance by one network doubles the first axis") {
    matrix x = zeros({4, 12});
    const auto both = [](const matrix& in, double, matrix& out) {
        out.rowRange(0, 4) = 0.25 * in.rowRange(0, 4) + 1.0;
        out.rowRange(4, 8) = 0.5 * in.rowRange(4, 8);
    };
    auto network = guided_batch(both, {.scale = 3}, batch_order::unconditional_first);
    walk(x, network);
    const auto c = [](const auto& in, double, auto& out) { out = 0.5f * in; };
    const auto u = [](const auto& in, double, auto& out) { out = 0.25f * in + 1.0f; };
    Eigen::ArrayXXf y(12, 4);
    walk(y, guided(c, u, 3.0));
    CHECK(Eigen::Map<const Eigen::ArrayXXf>(x.ptr<float>(), 12, 4).isApprox(y));
}

TEST_CASE("a doubled matrix is made anew for pictures of another format") {
    int rows = 0, columns = 0;
    const auto both = [&](const matrix& in, double, matrix& out) {
        rows = in.size[1];
        columns = in.size[2];
        out = 0.5 * in;
    };
    auto network = guided_batch(both, 2.0, batch_order::conditional_first);
    matrix wide = zeros({4, 2, 6}), high = zeros({4, 6, 2});
    walk(wide, network);
    walk(high, network);
    CHECK(rows == 6);
    CHECK(columns == 2);
}
