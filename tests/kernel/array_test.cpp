#include <fokker/kernel/array.hpp>

#include <Eigen/Core>
#include <array>
#include <span>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>

#include "catch.hpp"

using namespace fokker;

static_assert(array_like<Eigen::ArrayXXf> && array_like<Eigen::Matrix<double, 3, 4>> &&
              array_like<Eigen::VectorXd>);
static_assert(array_like<Eigen::Map<Eigen::ArrayXXf>> && array_like<Eigen::Ref<Eigen::MatrixXd>>);
static_assert(array_like<std::vector<float>> && array_like<std::array<double, 3>> &&
              array_like<std::span<float>>);
static_assert(!array_like<std::vector<int>> && !array_like<int> && !array_like<Eigen::ArrayXi>);

namespace {

using rows = Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct halves {
    template <class X, class Out>
    void operator()(const X& x, double, Out&& out) const {
        const auto* in = x.data();
        auto* result = out.data();
        for (std::size_t i = 0; i < static_cast<std::size_t>(x.size()); ++i) result[i] = in[i] / 2;
    }
};

template <class X>
void fill(X&& x) {
    sample(std::forward<X>(x), halves{}, trailing(linear_schedule(), 4), ddim{.eta = 1.0},
           philox{.seed = 8});
}

}  // namespace

TEST_CASE("samples are columns of column-major arrays, rows of row-major ones, vectors are one") {
    CHECK(detail::shape_of(Eigen::ArrayXXf(3, 5)) == array_shape{5, 3});
    CHECK(detail::shape_of(rows(3, 5)) == array_shape{3, 5});
    CHECK(detail::shape_of(Eigen::VectorXd(7)) == array_shape{1, 7});
    CHECK(detail::shape_of(Eigen::RowVectorXd(7)) == array_shape{1, 7});
    CHECK(detail::shape_of(std::vector<float>(7)) == array_shape{1, 7});
    CHECK(detail::shape_of(Eigen::ArrayXXf(3, 0)).size() == 0);
}

TEST_CASE("every array type gets the same numbers") {
    Eigen::ArrayXXf wanted(6, 1);
    fill(wanted);
    const auto agrees = [&](const float* p) {
        return Eigen::Map<Eigen::ArrayXf>(const_cast<float*>(p), 6).isApprox(wanted.col(0));
    };
    std::vector<float> v(6);
    fill(v);
    CHECK(agrees(v.data()));
    std::array<float, 6> a{};
    fill(a);
    CHECK(agrees(a.data()));
    a = {};
    fill(std::span<float>(a));
    CHECK(agrees(a.data()));
    a = {};
    fill(Eigen::Map<Eigen::ArrayXf>(a.data(), 6));
    CHECK(agrees(a.data()));
    Eigen::Matrix<float, 6, 1> fixed;
    fill(fixed);
    CHECK(agrees(fixed.data()));
    Eigen::RowVectorXf row(6);
    fill(row);
    CHECK(agrees(row.data()));
}

TEST_CASE("row-major samples are those of column-major columns, and blocks of columns work") {
    Eigen::ArrayXXf columns(6, 4);
    fill(columns);
    rows across(4, 6);
    fill(across);
    CHECK(across.transpose().isApprox(columns));
    Eigen::ArrayXXf wide = Eigen::ArrayXXf::Zero(6, 9);
    fill(wide.leftCols(4));
    CHECK(wide.leftCols(4).isApprox(columns));
    CHECK(wide.rightCols(5).isZero());
    Eigen::Ref<Eigen::ArrayXXf> ref = wide.rightCols(4);
    fill(ref);
    CHECK(wide.rightCols(4).isApprox(columns));
}

TEST_CASE("gaps are refused, naming the strides") {
    Eigen::ArrayXXf wide(6, 4);
    CHECK_THROWS_WITH(fill(wide.topRows(3)), Catch::Matchers::ContainsSubstring("gaps") &&
                                                 Catch::Matchers::ContainsSubstring("stride 6"));
    CHECK_NOTHROW(fill(wide.topRows(6)));
    using strided = Eigen::Map<Eigen::ArrayXf, 0, Eigen::InnerStride<>>;
    CHECK_THROWS_WITH(fill(strided(wide.data(), 6, Eigen::InnerStride<>(2))),
                      Catch::Matchers::ContainsSubstring("inner stride 2"));
    CHECK_NOTHROW(fill(strided(wide.data(), 6, Eigen::InnerStride<>(1))));
}

TEST_CASE("an array fits another of the same rows and columns") {
    const auto fits = [](const Eigen::ArrayXXf& a, const Eigen::ArrayXXf& b) {
        return array_traits<Eigen::ArrayXXf>::same_shape(a, b);
    };
    const Eigen::ArrayXXf a(3, 4);
    CHECK(fits(a, Eigen::ArrayXXf(3, 4)));
    CHECK_FALSE(fits(a, Eigen::ArrayXXf(4, 3)));
    CHECK_FALSE(fits(a, Eigen::ArrayXXf(2, 6)));
    CHECK_FALSE(fits(a, Eigen::ArrayXXf(3, 5)));
}

TEST_CASE("an empty array is refused: it was not given its size") {
    std::vector<float> nothing;
    CHECK_THROWS_WITH(fill(nothing), Catch::Matchers::ContainsSubstring("the state is empty"));
    Eigen::ArrayXXf none(5, 0);
    CHECK_THROWS_AS(fill(none), error);
}

TEST_CASE("an array that holds a batch several times has the samples, or a vector's elements") {
    const auto shape_of_double = [](const auto& a) {
        using traits = array_traits<std::remove_cvref_t<decltype(a)>>;
        const array_shape three = detail::shape_of(traits::repeated(a, 3)),
                          two = detail::shape_of(traits::repeated(a, 2));
        CHECK(2 * three.size() == 3 * two.size());
        CHECK((three.elements == two.elements || (three.samples == 1 && two.samples == 1)));
        return two;
    };
    CHECK(shape_of_double(Eigen::ArrayXXf(6, 4)) == array_shape{8, 6});
    CHECK(shape_of_double(rows(4, 6)) == array_shape{8, 6});
    CHECK(shape_of_double(Eigen::ArrayXf(6)) == array_shape{1, 12});
    CHECK(shape_of_double(Eigen::RowVectorXd(6)) == array_shape{1, 12});
    CHECK(shape_of_double(std::vector<float>(6)) == array_shape{1, 12});
    Eigen::ArrayXXf wide(6, 9);
    CHECK(shape_of_double(wide.leftCols(4)) == array_shape{8, 6});
    const auto can = []<class A>(const A*) { return detail::repeatable<A>; };
    CHECK_FALSE(can(static_cast<Eigen::Array<float, 3, 2>*>(nullptr)));
    CHECK_FALSE(can(static_cast<Eigen::Array<float, Eigen::Dynamic, 2>*>(nullptr)));
    CHECK(can(static_cast<Eigen::Array<float, 3, Eigen::Dynamic>*>(nullptr)));
    CHECK_FALSE(can(static_cast<std::array<float, 3>*>(nullptr)));
}

TEST_CASE("arrays share elements where their memory overlaps, whatever their types") {
    std::vector<float> a(10), b(10);
    const auto part = [&](std::size_t first, std::size_t count) {
        return std::span<float>(a).subspan(first, count);
    };
    CHECK(detail::share_elements(a, a));
    CHECK_FALSE(detail::share_elements(a, b));
    CHECK(detail::share_elements(a, part(9, 1)));
    CHECK(detail::share_elements(part(9, 1), a));
    CHECK(detail::share_elements(part(0, 6), part(5, 5)));
    CHECK_FALSE(detail::share_elements(part(0, 5), part(5, 5)));
    CHECK_FALSE(detail::share_elements(part(5, 5), part(0, 5)));
    CHECK_FALSE(detail::share_elements(part(3, 0), a));
    Eigen::ArrayXXd whole(4, 6);
    const Eigen::Map<Eigen::ArrayXXf> seen(reinterpret_cast<float*>(whole.col(2).data()), 2, 2);
    CHECK(detail::share_elements(whole, seen));
    CHECK(detail::share_elements(whole.leftCols(3), seen));
    CHECK_FALSE(detail::share_elements(whole.rightCols(3), seen));
}
