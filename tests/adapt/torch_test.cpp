#include <fokker/adapt/torch.hpp>

#include <ATen/ATen.h>
#include <ATen/DLConvertor.h>
#include <ATen/Parallel.h>
#include <Eigen/Core>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/adapt/dlpack.hpp>
#include <fokker/checkpoint.hpp>
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

using namespace fokker;
using Catch::Matchers::ContainsSubstring;

static_assert(array_like<torch_tensor<float>> && array_like<torch_tensor<Eigen::bfloat16>> &&
              token_array<torch_tensor<std::int64_t>>);
static_assert(!std::is_convertible_v<at::Tensor, torch_tensor<float>>);

namespace {

const auto short_walk = trailing(linear_schedule(), 5);
using batch = torch_tensor<float>;

/// PyTorch's threads would wait for each other on a machine that is busy.
const int one_thread = [] {
    at::set_num_threads(1);
    return 1;
}();

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

bool agrees(const at::Tensor& x) {
    return x.is_contiguous() &&
           Eigen::Map<const Eigen::ArrayXXf>(x.data_ptr<float>(), 12, 4).isApprox(wanted());
}

void half(const batch& x, double, batch& out) { at::mul_out(out.t, x.t, at::scalar_tensor(0.5f)); }

}  // namespace

TEST_CASE("a tensor is walked in its own memory") {
    const at::Tensor given = at::zeros({4, 3, 2, 2});
    batch x(given);
    CHECK(x.data() == given.data_ptr<float>());
    CHECK(fokker::detail::shape_of(x) == array_shape{4, 12});
    walk(x, half);
    CHECK(agrees(given));
    CHECK(x.t.is_same(given));
    // And so is memory of this program's.
    std::vector<float> memory(48);
    batch y(at::from_blob(memory.data(), {4, 3, 2, 2}));
    walk(y, half);
    CHECK(agrees(y.t));
    CHECK(memory[47] == y.t[3][2][1][1].item<float>());
}

TEST_CASE("a network may take and return tensors as PyTorch has them") {
    const auto check = [](auto&& network) {
        const at::Tensor given = at::zeros({4, 3, 2, 2});
        batch x(given);
        walk(x, network);
        CHECK(agrees(given));
    };
    check([](const at::Tensor& x, double, at::Tensor& out) {
        at::mul_out(out, x, at::scalar_tensor(0.5f));
    });
    check([](const at::Tensor& x, double) -> at::Tensor { return 0.5 * x; });
    check([](const batch& x, double) { return 0.5 * x.t; });
    check([](const batch& x, double) { return batch(0.5 * x.t); });
    check([](const batch& x, double, batch& out) { out = 0.5 * x.t; });
    check([](const auto& x, double, auto& out) { out.t.copy_(x.t).mul_(0.5); });
    // One with gaps, or in another order, is copied into the run's.
    check([](const batch& x, double) {
        return (0.5 * x.t).permute({0, 3, 2, 1}).contiguous().permute({0, 3, 2, 1});
    });
}

TEST_CASE("a tensor that replaces the run's is copied into it") {
    const at::Tensor given = at::zeros({4, 3, 2, 2});
    // A module that writes every output to the same tensor. Were it taken instead of its values,
    // two outputs of the walk would be one.
    at::Tensor kept = at::zeros({4, 3, 2, 2});
    std::vector<const void*> seen;
    const auto check = [&](auto&& network) {
        batch x(given);
        seen.clear();
        walk(x, network);
        CHECK(agrees(given));
        CHECK(seen.size() == 5);
    };
    check([&](const batch& x, double, batch& out) {
        seen.push_back(out.t.data_ptr());
        CHECK(out.t.data_ptr() != kept.data_ptr());
        at::mul_out(kept, x.t, at::scalar_tensor(0.5f));
        out.t = kept;
    });
    check([&](const at::Tensor& x, double, at::Tensor& out) {
        seen.push_back(out.data_ptr());
        at::mul_out(kept, x, at::scalar_tensor(0.5f));
        out = kept;
    });
    check([&](const batch& x, double, batch& out) {
        seen.push_back(out.t.data_ptr());
        out.t.set_(0.5 * x.t);
    });
    check([&](const batch& x, double) {
        seen.push_back(x.t.data_ptr());
        at::mul_out(kept, x.t, at::scalar_tensor(0.5f));
        return kept;
    });
}

TEST_CASE("bounds do not reach what a module keeps") {
    const at::Tensor given = at::zeros({4, 12}), constant = at::full({4, 12}, 3.0f);
    batch x(given);
    sample(x, predicts_data([&](const batch&, double, batch& out) {
                  out.t = constant;
              }).thresholded(0.9, 1.0),
           short_walk, ddpm{}, philox{.seed = 6});
    CHECK(constant.eq(3.0f).all().item<bool>());
    CHECK(given.abs().max().item<float>() < 1.5f);
    // The state itself may be returned.
    walk(x, [](const batch& in, double, batch& out) { out.t = in.t; });
}

TEST_CASE("what is assigned must have the type and the shape") {
    batch x(at::zeros({4, 3}));
    const auto walk_with = [&](const at::Tensor& output) {
        walk(x, [&](const batch&, double, batch& out) { out.t = output; });
    };
    CHECK_THROWS_WITH(walk_with(at::zeros({4, 3}, at::kDouble)),
                      ContainsSubstring("a tensor of Double was assigned to one of Float") &&
                          ContainsSubstring(".to(at::kFloat)"));
    CHECK_THROWS_AS(walk_with(at::zeros({3, 4})), network_error);
    CHECK_THROWS_AS(walk_with(at::zeros({4, 3, 1})), network_error);
    CHECK_THROWS_AS(walk_with(at::Tensor()), network_error);
    const auto return_with = [&](const at::Tensor& output) {
        walk(x, [&](const batch&, double) { return output; });
    };
    CHECK_THROWS_WITH(return_with(at::zeros({4, 3}, at::kLong)),
                      ContainsSubstring("a tensor of Long"));
    CHECK_THROWS_WITH(return_with(at::zeros({4, 4})),
                      ContainsSubstring("another one in place of 4 samples of 3"));
    CHECK_THROWS_AS(return_with(at::Tensor()), network_error);
    // In the same memory, but in another order.
    batch square(at::zeros({4, 4}));
    CHECK_THROWS_WITH(
        walk(square, [](const batch&, double, batch& out) { out.t.transpose_(0, 1); }),
        ContainsSubstring("x.contiguous()"));
    // The state is another matter: it is the user's own.
    x.t = at::ones({4, 4});
    CHECK_THROWS_WITH(x.data(), ContainsSubstring("make a new torch_tensor"));
    CHECK(x.t.sizes() == at::IntArrayRef({4, 3}));
}

TEST_CASE("a step that failed for the wrong tensor can be repeated") {
    const at::Tensor given = at::zeros({4, 3, 2, 2});
    batch x(given);
    bool wrong = false;
    const auto network = [&](const batch& in, double, batch& out) {
        if (std::exchange(wrong, false))
            out.t = in.t.to(at::kDouble);
        else
            half(in, 0.0, out);
    };
    run r(x, predicts_data(network), short_walk, dpm_solver_pp_2m{}, philox{.seed = 6});
    r.start_from_prior();
    r.step();
    r.step();
    wrong = true;
    CHECK_THROWS_AS(r.step(), error);
    while (!r.done()) r.step();
    CHECK(agrees(given));
}

TEST_CASE("a tensor that cannot be a state is refused, with a remedy") {
    const auto words = [](const at::Tensor& tensor, const char* remedy) {
        CHECK_THROWS_WITH(batch(tensor), ContainsSubstring(remedy));
    };
    words(at::Tensor(), "undefined");
    words(at::zeros({4, 3}, at::kDouble), "is of Double, and torch_tensor is of Float");
    words(at::zeros({4, 3}, at::kHalf), "is of Half");
    words(at::zeros({3, 4}).t(), "x.contiguous()");
    words(at::zeros({4, 6}).slice(1, 0, 3), "x.contiguous()");
    words(at::zeros({4, 1}).expand({4, 3}), "x.contiguous()");
    words(at::zeros({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast), "x.contiguous()");
    words(at::zeros({4, 3}).to_sparse(), "x.to_dense()");
    words(at::zeros({4, 3}).requires_grad_(true), "x.detach()");
    words(at::empty({4, 3}, at::TensorOptions().device(at::kMeta)), "x.cpu()");
    words(at::imag(at::zeros({4, 3}, at::kComplexFloat).conj().resolve_conj()), "x.contiguous()");
    words(at::_neg_view(at::ones({4, 3})), "x.resolve_neg()");
}

TEST_CASE("an output that became part of autograd's graph is refused, and a guard helps") {
    const at::Tensor weight = at::full({}, 0.5f).requires_grad_(true);
    const auto network = [&](const batch& x, double, batch& out) { out.t.copy_(x.t * weight); };
    const at::Tensor given = at::zeros({4, 3, 2, 2});
    batch x(given);
    CHECK_THROWS_WITH(walk(x, network), ContainsSubstring("InferenceMode"));
    {
        const c10::InferenceMode guard;
        walk(x, network);
    }
    CHECK(agrees(given));
    // A tensor that replaces the output is copied without the graph.
    given.zero_();
    walk(x, [&](const batch& in, double, batch& out) { out.t = in.t * weight; });
    CHECK(agrees(given));
    CHECK_FALSE(given.requires_grad());
}

TEST_CASE("a copy has elements of its own") {
    batch a(at::arange(12, at::kFloat).reshape({4, 3}));
    batch b = a;
    CHECK(b.data() != a.data());
    CHECK(b.t.equal(a.t));
    b.t.zero_();
    CHECK(a.t[3][2].item<float>() == 11.0f);
    const float* const place = b.data();
    b = a;
    CHECK(b.data() == place);
    CHECK(b.t.equal(a.t));
    b = at::ones({4, 3});
    CHECK(b.data() == place);
    CHECK(b.t[0][0].item<float>() == 1.0f);
    batch c;
    CHECK(fokker::detail::shape_of(c).size() == 0);
    c = a.t;
    CHECK(c.data() != a.data());
    c.t = at::zeros({4, 3});
    batch d = std::move(c);
    CHECK(d.t.eq(0.0f).all().item<bool>());
    // The copy of a run goes on by itself.
    run r(a, predicts_data(half), short_walk, ddpm{}, philox{.seed = 1});
    r.start_from_prior();
    r.step();
    const checkpoint here = r.checkpoint();
    while (!r.done()) r.step();
    const at::Tensor end = a.t.clone();
    r.resume(here);
    while (!r.done()) r.step();
    CHECK(a.t.equal(end));
}

TEST_CASE("the leading axis counts the samples, and one axis alone is one sample") {
    CHECK(fokker::detail::shape_of(batch(at::zeros({7}))) == array_shape{1, 7});
    CHECK(fokker::detail::shape_of(batch(at::zeros({}))) == array_shape{1, 1});
    CHECK(fokker::detail::shape_of(batch(at::zeros({7, 0}))).size() == 0);
    CHECK(array_traits<batch>::repeated(batch(at::zeros({4, 3})), 2).t.size(0) == 8);
}

TEST_CASE("16 bits are PyTorch's") {
    const auto check = [](auto zero, at::ScalarType type) {
        using T = decltype(zero);
        torch_tensor<T> x(at::zeros({4, 12}, type));
        const auto network = [](const auto& in, double) { return 0.5 * in.t; };
        walk(x, network);
        Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic> y(12, 4);
        walk(y, [](const auto& in, double, auto& out) { out = in * T(0.5f); });
        const at::Tensor same = at::from_blob(y.data(), {4, 12}, type);
        CHECK(x.t.equal(same));
        CHECK(x.t.abs().max().template item<float>() > 0.01f);
    };
    check(Eigen::half(), at::kHalf);
    check(Eigen::bfloat16(), at::kBFloat16);
}

TEST_CASE("guidance by one network doubles the leading axis") {
    batch x(at::zeros({4, 3, 2, 2}));
    const auto both = [](const batch& in, double, batch& out) {
        out.t = at::cat({0.25 * in.t.slice(0, 0, 4) + 1.0, 0.5 * in.t.slice(0, 4)});
    };
    auto network = guided_batch(both, {.scale = 3}, batch_order::unconditional_first);
    walk(x, network);
    const auto c = [](const auto& in, double, auto& out) { out = 0.5f * in; };
    const auto u = [](const auto& in, double, auto& out) { out = 0.25f * in + 1.0f; };
    Eigen::ArrayXXf y(12, 4);
    walk(y, guided(c, u, 3.0));
    CHECK(Eigen::Map<const Eigen::ArrayXXf>(x.data(), 12, 4).isApprox(y));
}

TEST_CASE("a doubled tensor is made anew for pictures of another format") {
    std::vector<std::int64_t> seen;
    const auto both = [&](const batch& in, double, batch& out) {
        seen = in.t.sizes().vec();
        out.t.copy_(0.5 * in.t);
    };
    auto network = guided_batch(both, 2.0, batch_order::conditional_first);
    batch wide(at::zeros({4, 3, 2, 4})), high(at::zeros({4, 3, 4, 2}));
    walk(wide, network);
    walk(high, network);
    CHECK(seen == std::vector<std::int64_t>{8, 3, 4, 2});
}

TEST_CASE("tensors come and go by DLPack, in the same memory") {
    const at::Tensor given = at::zeros({4, 3, 2, 2});
    const auto network = [](const auto& x, double, auto& out) {
        for (std::size_t i = 0; i < x.size(); ++i) out.data()[i] = 0.5f * x.data()[i];
    };
    walk(dlpack::take<float>(at::toDLPack(given)), network);
    CHECK(agrees(given));
    CHECK_THROWS_WITH(dlpack::take<float>(at::toDLPack(given.transpose(1, 3))),
                      ContainsSubstring("x.contiguous()"));
    CHECK(given.storage().use_count() == 1);  // both were released

    Eigen::ArrayXXf y = wanted();
    const float* const place = y.data();
    at::Tensor taken =
        at::fromDLPack(dlpack::give<DLManagedTensor>(std::move(y), {4, 3, 2, 2}).release());
    CHECK(taken.data_ptr<float>() == place);
    CHECK(taken.sizes() == at::IntArrayRef({4, 3, 2, 2}));
    CHECK(agrees(taken));
    // And half of 16 bits.
    const auto half_precision =
        at::fromDLPack(dlpack::give<DLManagedTensor>(std::vector<Eigen::half>(3)).release());
    CHECK(half_precision.scalar_type() == at::kHalf);
}
