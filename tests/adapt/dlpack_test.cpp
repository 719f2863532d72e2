#include <fokker/adapt/dlpack.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/forward.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
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

namespace {

#ifdef DLPACK_MAJOR_VERSION
using versioned = DLManagedTensorVersioned;
#else
/// As in a header of version 1: Debian's is older.
struct versioned {
    struct {
        std::uint32_t major, minor;
    } version;
    void* manager_ctx;
    void (*deleter)(versioned*);
    std::uint64_t flags;
    DLTensor dl_tensor;
};
#endif

static_assert(array_like<dlpack::view<float>> && array_like<dlpack::array<double>> &&
              array_like<dlpack::view<const Eigen::half>> &&
              token_array<dlpack::view<std::int64_t>>);
static_assert(array_traits<dlpack::view<float>>::is_view &&
              !array_traits<dlpack::array<float>>::is_view);

const auto short_walk = trailing(linear_schedule(), 5);

/// What another library has: numbers, a shape, and perhaps strides.
struct foreign {
    std::vector<float> numbers = std::vector<float>(48);
    std::vector<std::int64_t> shape = {4, 3, 2, 2}, strides = {};
    int deleted = 0;

    DLTensor tensor() {
        DLTensor t{};
        t.data = numbers.data();
        t.device = {kDLCPU, 0};
        t.ndim = static_cast<int>(shape.size());
        t.dtype = {2, 32, 1};
        t.shape = shape.data();
        t.strides = strides.empty() ? nullptr : strides.data();
        return t;
    }
    /// A tensor of this that counts how often its deleter is called.
    template <class M>
    M* managed() {
        M* const m = new M{};
        m->dl_tensor = tensor();
        m->manager_ctx = this;
        m->deleter = [](M* self) {
            ++static_cast<foreign*>(self->manager_ctx)->deleted;
            delete self;
        };
        if constexpr (requires { m->version.major; }) m->version.major = 1;
        return m;
    }
};

void check_refused(const DLTensor& tensor, const std::string& words) {
    CHECK_THROWS_WITH(dlpack::borrow<float>(tensor), ContainsSubstring(words));
}

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

void half(dlpack::view<const float> x, double, dlpack::view<float> out) {
    for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = 0.5f * x.data()[i];
}

}  // namespace

TEST_CASE("a borrowed tensor is walked in its own memory") {
    foreign f;
    auto x = dlpack::borrow<float>(f.tensor());
    CHECK(x.data() == f.numbers.data());
    CHECK(detail::shape_of(x) == array_shape{4, 12});
    sample(x, half, short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    CHECK(agrees(f.numbers.data()));
    std::fill(f.numbers.begin(), f.numbers.end(), 0.0f);
    // A temporary view, and a network that returns an array or reads the shape.
    const auto returned = [](const auto& in, double) {
        CHECK(std::ranges::equal(in.shape(), std::vector<std::int64_t>{4, 3, 2, 2}));
        dlpack::array<float> out(in.shape());
        half(in, 0.0, out);
        return out;
    };
    sample(dlpack::borrow<float>(f.tensor()), returned, short_walk, dpm_solver_pp_2m{},
           philox{.seed = 6});
    CHECK(agrees(f.numbers.data()));
}

TEST_CASE("a network may return a tensor of another library, which is copied") {
    foreign f, result;
    const auto network = [&](dlpack::view<const float> x, double) {
        half(x, 0.0, dlpack::borrow<float>(result.tensor()));
        return dlpack::view<const float>(dlpack::take<float>(result.managed<versioned>()));
    };
    sample(dlpack::borrow<float>(f.tensor()), network, short_walk, dpm_solver_pp_2m{},
           philox{.seed = 6});
    CHECK(agrees(f.numbers.data()));
    CHECK(result.deleted == 5);
    result.shape = {3, 4, 2, 2};
    CHECK_THROWS_AS(
        sample(dlpack::borrow<float>(f.tensor()), network, short_walk, ddpm{}, philox{.seed = 6}),
        network_error);
}

TEST_CASE("an array owns its elements, and a copy has its own") {
    dlpack::array<float> a({4, 3, 2, 2});
    CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 256 == 0);
    sample(a, half, short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    CHECK(agrees(a.data()));
    dlpack::array<float> b = a;
    CHECK(b.data() != a.data());
    CHECK(agrees(b.data()));
    b.data()[0] += 1.0f;
    const float* const place = b.data();
    b = a;
    CHECK(b.data() == place);
    CHECK(agrees(b.data()));
    dlpack::array<float> c({2, 2});
    c = a;
    CHECK(agrees(c.data()));
    CHECK(detail::shape_of(c) == array_shape{4, 12});
    const dlpack::array<float> d = std::move(c);
    CHECK(agrees(d.data()));
    CHECK(c.size() == 0);
    CHECK(c.tensor().ndim == 0);
}

TEST_CASE("the walk takes no memory once its run is made") {
    foreign f;
    const auto x = dlpack::borrow<float>(f.tensor());
    run r(dlpack::view<float>(x), predicts_noise(half).clipped(-1, 1), short_walk,
          dpm_solver_pp_2m{}, philox{.seed = 6});
    const std::size_t before = fokker_test::allocations();
    r.start_from_prior();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
}

TEST_CASE("the leading axis of a tensor counts the samples") {
    foreign f;
    const auto shape = [&](std::vector<std::int64_t> of) {
        f.shape = std::move(of);
        return detail::shape_of(dlpack::borrow<float>(f.tensor()));
    };
    CHECK(shape({4, 12}) == array_shape{4, 12});
    CHECK(shape({7}) == array_shape{1, 7});
    CHECK(shape({}) == array_shape{1, 1});
    CHECK(shape({5, 0}) == array_shape{5, 0});
    CHECK(shape({0, 5}).size() == 0);
    f.shape.clear();
    DLTensor scalar = f.tensor();
    scalar.shape = nullptr;
    CHECK(detail::shape_of(dlpack::borrow<float>(scalar)) == array_shape{1, 1});
    CHECK(
        array_traits<dlpack::array<float>>::repeated(dlpack::array<float>({4, 3}), 2).shape()[0] ==
        8);
}

TEST_CASE("strides may be absent, and those of axes of one element be anything") {
    foreign f;
    f.strides = {12, 4, 2, 1};
    CHECK(dlpack::borrow<float>(f.tensor()).data() == f.numbers.data());
    f.shape = {4, 1, 12};
    f.strides = {12, -7, 1};
    CHECK(dlpack::borrow<float>(f.tensor()).data() == f.numbers.data());
    f.shape = {4, 0, 12};
    f.strides = {99, 99, 99};
    CHECK(dlpack::borrow<float>(f.tensor()).size() == 0);
}

TEST_CASE("the data begin after the offset") {
    foreign f;
    f.shape = {2, 12};
    DLTensor t = f.tensor();
    t.byte_offset = 24 * sizeof(float);
    sample(dlpack::borrow<float>(t), half, short_walk, ddpm{}, philox{.seed = 6});
    CHECK(std::all_of(f.numbers.begin(), f.numbers.begin() + 24, [](float v) { return v == 0; }));
    CHECK(std::none_of(f.numbers.begin() + 24, f.numbers.end(), [](float v) { return v == 0; }));
    t.byte_offset = 2;
    check_refused(t, "multiple of 4");
}

TEST_CASE("what cannot be a state is refused, with a remedy") {
    foreign f;
    DLTensor t = f.tensor();
    t.dtype = {2, 64, 1};
    check_refused(t, "holds float64, and it is taken as float32");
    t.dtype = {0, 32, 1};
    check_refused(t, "holds int32");
    t.dtype = {4, 16, 1};
    check_refused(t, "holds bfloat16");
    t.dtype = {17, 4, 1};
    check_refused(t, "type code 17, bits 4");
    t.dtype = {2, 32, 4};
    check_refused(t, "vector of 4 lanes");
    t = f.tensor();
    t.device = {kDLCUDA, 1};
    check_refused(t, "a CUDA device (type 2, id 1)");
    t.device = {kDLROCM, 0};
    check_refused(t, "x.cpu()");
    t.device = {static_cast<DLDeviceType>(9), 0};
    check_refused(t, "a device (type 9");
    t = f.tensor();
    t.data = nullptr;
    check_refused(t, "no data");
    t = f.tensor();
    t.shape = nullptr;
    check_refused(t, "no shape");
    f.shape = {4, -3, 2, 2};
    check_refused(f.tensor(), "axis 1 of the DLPack tensor has -3 elements");
    f.shape = {1ll << 40, 1ll << 40};
    check_refused(f.tensor(), "more elements than memory can hold");
    // A transposed one, one with gaps, one that repeats a row, and one that runs backwards.
    f.shape = {4, 3};
    for (const std::vector<std::int64_t>& strides :
         {std::vector<std::int64_t>{1, 4}, {4, 1}, {0, 1}, {3, -1}}) {
        f.strides = strides;
        check_refused(f.tensor(), "x.contiguous()");
    }
}

TEST_CASE("memory of the host that a device knows, too, is taken") {
    foreign f;
    for (const int device : {3, 11, 13}) {
        DLTensor t = f.tensor();
        t.device = {static_cast<DLDeviceType>(device), 0};
        const auto x = dlpack::borrow<float>(t);
        CHECK(x.data() == f.numbers.data());
        CHECK(static_cast<int>(x.tensor().device.device_type) == device);
    }
}

TEST_CASE("a tensor that is taken over is released once, after its last view") {
    const auto check = [](auto* managed, foreign& f) {
        {
            auto x = dlpack::take<float>(managed);
            CHECK(x.data() == f.numbers.data());
            dlpack::view<const float> other = x;
            x = {};
            CHECK(f.deleted == 0);
            CHECK(other.data() == f.numbers.data());
        }
        CHECK(f.deleted == 1);
    };
    foreign f, g, h;
    check(f.managed<DLManagedTensor>(), f);
    check(g.managed<versioned>(), g);
    h.shape = {4, -1};
    CHECK_THROWS_AS(dlpack::take<float>(h.managed<DLManagedTensor>()), error);
    CHECK(h.deleted == 1);
    CHECK_THROWS_AS(dlpack::take<float>(static_cast<DLManagedTensor*>(nullptr)), error);
    // A deleter may be absent.
    const std::unique_ptr<DLManagedTensor> kept(g.managed<DLManagedTensor>());
    kept->deleter = nullptr;
    CHECK(dlpack::take<float>(kept.get()).size() == 48);
}

TEST_CASE("another version is refused, and so is writing to what may only be read") {
    foreign f;
    versioned* managed = f.managed<versioned>();
    managed->version = {2, 0};
    managed->dl_tensor.shape = nullptr;  // which nobody may look at
    CHECK_THROWS_WITH(dlpack::borrow<float>(*managed), ContainsSubstring("is of version 2.0"));
    CHECK_THROWS_WITH(dlpack::take<float>(managed), ContainsSubstring("max_version=(1, 0)"));
    CHECK(f.deleted == 1);
    managed = f.managed<versioned>();
    managed->version = {1, 9};
    managed->flags = 1;
    CHECK_THROWS_WITH(dlpack::borrow<float>(*managed), ContainsSubstring("may only be read"));
    CHECK(dlpack::borrow<const float>(*managed).data() == f.numbers.data());
    CHECK_THROWS_AS(dlpack::take<float>(managed), error);
    CHECK(f.deleted == 2);
    managed = f.managed<versioned>();
    managed->flags = 2;  // a copy that was made for this program
    CHECK(dlpack::take<float>(managed).size() == 48);
}

TEST_CASE("a tensor that is only read can be recorded noise, clean data and a known region") {
    foreign f;
    std::iota(f.numbers.begin(), f.numbers.end(), -20.0f);
    const auto given = dlpack::borrow<const float>(f.tensor());
    const Eigen::Map<const Eigen::ArrayXXf> same(f.numbers.data(), 12, 4);
    Eigen::ArrayXXf a(12, 4), b(12, 4);
    const Eigen::ArrayXf mask = Eigen::ArrayXf::LinSpaced(12, 0.0f, 1.0f).round();
    const auto network = [](const Eigen::ArrayXXf& x, double, Eigen::ArrayXXf& out) {
        out = 0.5f * x;
    };
    const std::vector<dlpack::view<const float>> draws(6, given);
    sample(a, predicts_data(network).with_known_region(given, dlpack::lend(mask)), short_walk,
           ddpm{}, recorded(draws));
    const std::vector<Eigen::ArrayXXf> drawn(6, same);
    sample(b, predicts_data(network).with_known_region(same, mask), short_walk, ddpm{},
           recorded(drawn));
    CHECK((a == b).all());
    forward(given, knot{0, 0.8, 0.6}, philox{.seed = 2}, a);
    forward(same, knot{0, 0.8, 0.6}, philox{.seed = 2}, b);
    CHECK((a == b).all());
}

TEST_CASE("an array is lent without a copy") {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Zero(12, 4);
    const auto seen = dlpack::lend(x);
    const DLTensor t = seen.tensor();
    CHECK(t.data == x.data());
    CHECK(t.ndim == 2);
    CHECK((t.shape[0] == 4 && t.shape[1] == 12));
    CHECK((t.strides[0] == 12 && t.strides[1] == 1));
    CHECK((t.dtype.code == 2 && t.dtype.bits == 32 && t.dtype.lanes == 1));
    CHECK(t.device.device_type == kDLCPU);
    CHECK(t.byte_offset == 0);
    const auto pictures = dlpack::lend(x, {4, 3, 2, 2});
    CHECK(pictures.tensor().strides[1] == 4);
    sample(dlpack::borrow<float>(pictures.tensor()), half, short_walk, dpm_solver_pp_2m{},
           philox{.seed = 6});
    CHECK(agrees(x.data()));
    CHECK_THROWS_WITH(dlpack::lend(x, {3, 4, 2, 2}),
                      ContainsSubstring("3 samples and 48 elements"));
    CHECK_THROWS_AS(dlpack::lend(x, {4, 3, 2}), error);
    const std::vector<Eigen::bfloat16> sixteen(6);
    const auto only_read = dlpack::lend(sixteen);
    CHECK(std::is_same_v<decltype(only_read.data()), const Eigen::bfloat16*>);
    CHECK((only_read.tensor().dtype.code == 4 && only_read.tensor().dtype.bits == 16));
    CHECK(only_read.tensor().shape[0] == 1);
    std::vector<std::uint8_t> classes(6);
    CHECK(dlpack::lend(classes).tensor().dtype.code == 1);
    CHECK(dlpack::borrow<std::uint8_t>(dlpack::lend(classes).tensor()).data() == classes.data());
}

TEST_CASE("an array is given with a deleter, without a copy") {
    const auto check = []<class M>(std::type_identity<M>) {
        Eigen::ArrayXXf x = wanted();
        const float* const place = x.data();
        auto given = dlpack::give<M>(std::move(x), {4, 3, 2, 2});
        CHECK(given->dl_tensor.data == place);
        CHECK(given->dl_tensor.shape[3] == 2);
        const auto taken = dlpack::take<float>(given.release());
        CHECK(agrees(taken.data()));
        // An array keeps its own shape.
        dlpack::array<float> a({2, 3, 5});
        const auto kept = dlpack::give<M>(std::move(a));
        CHECK(kept->dl_tensor.ndim == 3);
        CHECK(kept->dl_tensor.strides[0] == 15);
        // One that cannot be described so is still there.
        dlpack::array<float> b({2, 3, 5});
        CHECK_THROWS_AS(dlpack::give<M>(std::move(b), {5, 3, 2}), error);
        CHECK(b.size() == 30);
    };
    check(std::type_identity<DLManagedTensor>());
    check(std::type_identity<versioned>());
}

TEST_CASE("what is given keeps what it was taken from, until its own deleter") {
    foreign f;
    auto given = dlpack::give<versioned>(dlpack::take<float>(f.managed<DLManagedTensor>()));
    CHECK(given->dl_tensor.data == f.numbers.data());
    CHECK(given->version.major == 1);
    CHECK(given->flags == 0);
    CHECK(f.deleted == 0);
    given.reset();
    CHECK(f.deleted == 1);
    const auto only_read = dlpack::give<versioned>(dlpack::borrow<const float>(f.tensor()));
    CHECK(only_read->flags == 1);
}

TEST_CASE("guidance by one network doubles the leading axis") {
    foreign f;
    const auto both = [](dlpack::view<const float> x, double, dlpack::view<float> out) {
        REQUIRE(x.samples() == 8);
        for (std::size_t i = 0; i < x.size(); ++i)
            out.data()[i] = i < 48 ? 0.25f * x.data()[i] + 1.0f : 0.5f * x.data()[i];
    };
    auto network = guided_batch(both, {.scale = 3}, batch_order::unconditional_first);
    sample(dlpack::borrow<float>(f.tensor()), predicts_data(network), short_walk, ddpm{},
           philox{.seed = 6});
    const auto c = [](const auto& in, double, auto& out) { out = 0.5f * in; };
    const auto u = [](const auto& in, double, auto& out) { out = 0.25f * in + 1.0f; };
    Eigen::ArrayXXf y(12, 4);
    sample(y, predicts_data(guided(c, u, 3.0)), short_walk, ddpm{}, philox{.seed = 6});
    CHECK(Eigen::Map<const Eigen::ArrayXXf>(f.numbers.data(), 12, 4).isApprox(y));
}
