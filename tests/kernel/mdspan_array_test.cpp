// A small mdspan of the test's own: the standard library's comes with GCC 15. With
// -I<CUDA>/include/cccl CUDA's is tested, too.
#include <fokker/kernel/mdspan_array.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<cuda/std/mdspan>)
#include <cuda/std/mdspan>
#endif

#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
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

namespace small {

template <std::size_t... N>
class extents {
public:
    using index_type = int;
    using size_type = unsigned;
    using rank_type = std::size_t;

    constexpr extents() = default;
    template <std::convertible_to<int>... I>
        requires(sizeof...(I) == sizeof...(N))
    constexpr explicit extents(I... each) : of_{static_cast<int>(each)...} {}

    static constexpr std::size_t rank() { return sizeof...(N); }
    static constexpr std::size_t rank_dynamic() {
        return (std::size_t(0) + ... + (N == std::size_t(-1) ? 1 : 0));
    }
    static constexpr std::size_t static_extent(std::size_t axis) {
        return std::array<std::size_t, sizeof...(N)>{N...}[axis];
    }
    constexpr int extent(std::size_t axis) const { return of_[axis]; }
    bool operator==(const extents&) const = default;

private:
    std::array<int, sizeof...(N)> of_ = {(N == std::size_t(-1) ? 0 : static_cast<int>(N))...};
};

/// Any strides; those of a row-major array unless others are given.
struct strided {
    template <class Extents>
    class mapping {
    public:
        mapping() : mapping(Extents()) {}
        explicit mapping(const Extents& of) : of_(of) {
            int next = 1;
            for (std::size_t i = Extents::rank(); i-- > 0; next *= of.extent(i)) strides_[i] = next;
        }
        mapping(const Extents& of, const std::array<int, Extents::rank()>& strides)
            : of_(of), strides_(strides) {}
        const Extents& extents() const { return of_; }
        bool is_strided() const { return true; }
        int stride(std::size_t axis) const { return strides_[axis]; }

    private:
        Extents of_;
        std::array<int, Extents::rank()> strides_{};
    };
};

template <class T>
struct plain {};
/// Leads to another memory, as CUDA's device_accessor does.
template <class Of>
struct elsewhere {};

template <class T, class Extents, class Layout = strided, class Accessor = plain<T>>
class mdspan {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using extents_type = Extents;
    using layout_type = Layout;
    using mapping_type = typename Layout::template mapping<Extents>;
    using accessor_type = Accessor;
    using data_handle_type = T*;

    mdspan(T* data, const mapping_type& mapping) : data_(data), mapping_(mapping) {}
    mdspan(T* data, const Extents& of) : data_(data), mapping_(of) {}
    template <class U>
        requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>)
    mdspan(const mdspan<U, Extents, Layout>& other)
        : mdspan(other.data_handle(), other.mapping()) {}

    static constexpr std::size_t rank() { return Extents::rank(); }
    T* const& data_handle() const { return data_; }
    const mapping_type& mapping() const { return mapping_; }
    const Extents& extents() const { return mapping_.extents(); }
    unsigned size() const {
        unsigned product = 1;
        for (std::size_t i = 0; i < rank(); ++i)
            product *= static_cast<unsigned>(extents().extent(i));
        return product;
    }

private:
    T* data_;
    mapping_type mapping_;
};

constexpr std::size_t dynamic = std::size_t(-1);
template <class T>
using batch = mdspan<T, extents<dynamic, dynamic, 4>>;

}  // namespace small

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

static_assert(array_like<small::batch<float>> && array_like<small::batch<const double>> &&
              token_array<small::batch<std::int32_t>>);
static_assert(array_like<detail::owner_of<small::batch<float>>>);
static_assert(array_traits<small::batch<float>>::is_view &&
              !array_traits<detail::owner_of<small::batch<float>>>::is_view);
// Elements that are not read one by one as they lie there.
static_assert(!array_like<small::mdspan<float, small::extents<4>, small::strided,
                                        small::elsewhere<small::plain<float>>>>);
static_assert(!array_like<small::mdspan<bool, small::extents<4>>>);
// The first extent must be free for a batch to be doubled.
static_assert(detail::repeatable<small::batch<float>> &&
              !detail::repeatable<small::mdspan<float, small::extents<2, small::dynamic>>>);

namespace {

const auto short_walk = trailing(linear_schedule(), 5);

/// The same batch as columns of an Eigen array.
Eigen::ArrayXXf wanted() {
    Eigen::ArrayXXf x(12, 4);
    sample(
        x, [](const Eigen::ArrayXXf& in, double, Eigen::ArrayXXf& out) { out = 0.5f * in; },
        short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    return x;
}

bool agrees(const float* p) {
    return Eigen::Map<const Eigen::ArrayXXf>(p, 12, 4).isApprox(wanted());
}

auto first_of(const auto& x) { return detail::data_of(x); }

/// A network as it would be written for mdspans.
void halved(small::batch<const float> x, double, small::batch<float> out) {
    CHECK(x.extents() == out.extents());
    for (std::size_t i = 0; i < x.size(); ++i) out.data_handle()[i] = 0.5f * x.data_handle()[i];
}

}  // namespace

TEST_CASE("an mdspan is walked in its own memory") {
    std::vector<float> memory(48);
    const small::batch<float> x(memory.data(),
                                small::extents<small::dynamic, small::dynamic, 4>(4, 3, 4));
    CHECK(first_of(x) == memory.data());
    CHECK(detail::shape_of(x) == array_shape{4, 12});
    sample(small::batch<float>(x), halved, short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    CHECK(agrees(memory.data()));
    // A network that does not care which of both it is called with.
    std::fill(memory.begin(), memory.end(), 0.0f);
    auto y = x;
    const auto generic = [](const auto& in, double, auto& out) {
        for (std::size_t i = 0; i < in.size(); ++i)
            out.data_handle()[i] = 0.5f * in.data_handle()[i];
    };
    sample(y, generic, short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    CHECK(agrees(memory.data()));
}

TEST_CASE("the walk of an mdspan takes no memory once its run is made") {
    std::vector<float> memory(48);
    using extents = small::extents<small::dynamic, small::dynamic, 4>;
    run r(small::batch<float>(memory.data(), extents(4, 3, 4)),
          predicts_noise(halved).clipped(-1, 1), short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    auto copied = r;
    const std::size_t before = fokker_test::allocations();
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    // The copy of a run has arrays of its own.
    const auto first = memory;
    copied.start_from_prior();
    while (!copied.done()) copied.step();
    CHECK(memory == first);
}

TEST_CASE("the first extent counts the samples, and one axis alone is one sample") {
    float numbers[12] = {};
    using line = small::mdspan<float, small::extents<small::dynamic>>;
    CHECK(detail::shape_of(line(numbers, small::extents<small::dynamic>(12))) ==
          array_shape{1, 12});
    using fixed = small::mdspan<float, small::extents<4, 3>>;
    CHECK(detail::shape_of(fixed(numbers, small::extents<4, 3>())) == array_shape{4, 3});
    using scalar = small::mdspan<float, small::extents<>>;
    CHECK(detail::shape_of(scalar(numbers, small::extents<>())) == array_shape{1, 1});
    CHECK(first_of(scalar(numbers, small::extents<>())) == numbers);
}

TEST_CASE("an mdspan with gaps or in another order is refused") {
    float numbers[24] = {};
    using extents = small::extents<small::dynamic, small::dynamic>;
    using matrix = small::mdspan<float, extents>;
    const auto with = [&](int rows, int columns, std::array<int, 2> strides) {
        return matrix(numbers, small::strided::mapping<extents>(extents(rows, columns), strides));
    };
    CHECK_THROWS_WITH(first_of(with(4, 3, {1, 4})), ContainsSubstring("layout_right"));
    CHECK_THROWS_WITH(first_of(with(4, 3, {4, 1})), ContainsSubstring("axis 0"));
    CHECK_THROWS_AS(first_of(with(4, 3, {6, 2})), error);
    CHECK_THROWS_AS(first_of(with(4, 3, {0, 1})), error);
    CHECK_THROWS_AS(
        sample(
            with(4, 3, {1, 4}), [](const auto&, double, auto&) {}, short_walk, ddpm{}, philox{}),
        error);
    // The stride of an axis with one element, or of none, says nothing.
    CHECK(first_of(with(1, 3, {99, 1})) == numbers);
    CHECK(first_of(with(4, 1, {1, 99})) == numbers);
    CHECK(first_of(with(0, 3, {7, 7})) == numbers);
}

TEST_CASE("the first extent is doubled for guidance by one network") {
    std::vector<float> memory(48);
    using extents = small::extents<small::dynamic, small::dynamic, 4>;
    const auto both = [](small::batch<const float> x, double, small::batch<float> out) {
        REQUIRE(x.extents() == extents(8, 3, 4));
        for (std::size_t i = 0; i < x.size(); ++i)
            out.data_handle()[i] =
                i < 48 ? 0.25f * x.data_handle()[i] + 1.0f : 0.5f * x.data_handle()[i];
    };
    auto network = guided_batch(both, {.scale = 3}, batch_order::unconditional_first);
    sample(small::batch<float>(memory.data(), extents(4, 3, 4)), predicts_data(network), short_walk,
           ddpm{}, philox{.seed = 6});
    const auto c = [](const auto& in, double, auto& out) { out = 0.5f * in; };
    const auto u = [](const auto& in, double, auto& out) { out = 0.25f * in + 1.0f; };
    Eigen::ArrayXXf y(12, 4);
    sample(y, predicts_data(guided(c, u, 3.0)), short_walk, ddpm{}, philox{.seed = 6});
    CHECK(Eigen::Map<const Eigen::ArrayXXf>(memory.data(), 12, 4).isApprox(y));
}

TEST_CASE("a doubled array is made anew for pictures of another format") {
    using extents = small::extents<small::dynamic, small::dynamic, small::dynamic>;
    using pictures = small::mdspan<float, extents>;
    extents seen;
    const auto both = [&](small::mdspan<const float, extents> x, double, pictures out) {
        seen = x.extents();
        CHECK(out.extents() == seen);
        std::fill_n(out.data_handle(), out.size(), 0.0f);
    };
    auto network = guided_batch(both, 2.0, batch_order::conditional_first);
    std::vector<float> memory(24);
    for (const auto& format : {extents(2, 3, 4), extents(2, 4, 3), extents(4, 2, 3)}) {
        sample(pictures(memory.data(), format), network, short_walk, ddpm{}, philox{.seed = 6});
        CHECK(seen == extents(2 * format.extent(0), format.extent(1), format.extent(2)));
    }
}

TEST_CASE("a batch whose double the index type cannot count is refused") {
    using extents = small::extents<small::dynamic, small::dynamic>;
    const small::mdspan<float, extents> large(nullptr, extents(1 << 30, 1));
    using traits = array_traits<small::mdspan<float, extents>>;
    CHECK_THROWS_WITH(traits::repeated(large, 2), ContainsSubstring("index_type"));
}

#if __has_include(<cuda/std/mdspan>)

TEST_CASE("CUDA's mdspan is one") {
    namespace cs = cuda::std;
    using extents = cs::extents<int, cs::dynamic_extent, 3, cs::dynamic_extent>;
    std::vector<float> memory(48);
    const cs::mdspan<float, extents> x(memory.data(), 4, 4);
    const auto network = [](cs::mdspan<const float, extents> in, double,
                            cs::mdspan<float, extents> out) {
        for (int i = 0; i < in.extent(0); ++i)
            for (int j = 0; j < 3; ++j)
                for (int k = 0; k < in.extent(2); ++k) out(i, j, k) = 0.5f * in(i, j, k);
    };
    sample(cs::mdspan<float, extents>(x), network, short_walk, dpm_solver_pp_2m{},
           philox{.seed = 6});
    CHECK(agrees(memory.data()));
    CHECK(detail::shape_of(x) == array_shape{4, 12});
    CHECK(array_traits<cs::mdspan<float, extents>>::repeated(x, 2).extent(0) == 8);
    using columns = cs::mdspan<float, cs::dextents<int, 2>, cs::layout_left>;
    CHECK_THROWS_AS(first_of(columns(memory.data(), 4, 12)), error);
    CHECK(first_of(columns(memory.data(), 1, 12)) == memory.data());
    using strides = cs::mdspan<float, cs::dextents<int, 2>, cs::layout_stride>;
    const strides rows(memory.data(), {cs::dextents<int, 2>(4, 12), cs::array<int, 2>{12, 1}});
    CHECK(detail::shape_of(rows) == array_shape{4, 12});
}

#endif
