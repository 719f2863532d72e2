#include <fokker/model/guidance.hpp>

#include <Eigen/Core>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/data_network.hpp>
#include <fokker/model/guided_batch.hpp>
#include <fokker/model/model.hpp>
#include <fokker/model/probed_network.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/cfg_pp.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/dpm_solver_adaptive.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXf;

namespace {
const auto conditional = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.5f * x + 1; };
const auto unconditional = [](const ArrayXf& x, knot) -> ArrayXf { return 0.25f * x; };

template <class F>
ArrayXf denoised(F&& network) {
    ArrayXf x = ArrayXf::LinSpaced(33, -1, 1);
    denoise(x, predicts_noise(network), trailing(linear_schedule(), 5), ddim{});
    return x;
}
}  // namespace

TEST_CASE("guidance extrapolates from the unconditional to the conditional prediction") {
    ArrayXf x = ArrayXf::LinSpaced(33, -1, 1), out(33);
    auto network = guided(conditional, unconditional, 3.0);
    network(x, knot{5.0, 0.8, 0.6}, out);
    CHECK(out.isApprox(0.25f * x + 3 * (0.25f * x + 1)));
}

TEST_CASE("scale 1 is the conditional network, 0 the unconditional one") {
    CHECK(denoised(guided(conditional, unconditional, 1.0)).isApprox(denoised(conditional)));
    CHECK(denoised(guided(conditional, unconditional, 0.0)).isApprox(denoised(unconditional)));
}

TEST_CASE("CFG-Zero* scales the unconditional prediction and says 0 above its level") {
    ArrayXf x = ArrayXf::LinSpaced(33, -1, 1), out(33);
    const ArrayXf c = 0.5f * x + 1, u = 0.25f * x;
    const float s = (c * u).sum() / u.square().sum();
    auto network = guided(conditional, unconditional,
                          {.scale = 3.0, .optimised_scale = true, .zero_above = 2.0});
    network(x, knot{5.0, 0.8, 0.6}, out);
    CHECK(out.isApprox(s * u + 3 * (c - s * u)));
    network(x, knot{5.0, 0.3, 0.61}, out);
    CHECK((out == 0).all());
    network(x, knot{5.0, 0.0, 1.0}, out);
    CHECK((out == 0).all());
    network(x, knot{5.0, 0.3, 0.6}, out);
    CHECK((out != 0).all());
    // Where guidance does not act it is the conditional prediction, at scale 1 and 0 it is zero,
    // too, and the scale counts at 0 as well.
    guided(conditional, unconditional, {.scale = 3.0, .to = 1.0, .zero_above = 0.5})(
        x, knot{5.0, 0.3, 0.6}, out);
    CHECK(out.isApprox(c));
    for (const double scale : {0.0, 1.0}) {
        guided(conditional, unconditional, {.scale = scale, .zero_above = 0.5})(
            x, knot{5.0, 0.3, 0.6}, out);
        CHECK((out == 0).all());
    }
    guided(conditional, unconditional, {.scale = 0.0, .optimised_scale = true})(
        x, knot{5.0, 0.3, 0.6}, out);
    CHECK(out.isApprox(s * u));
    const auto nothing = [](const ArrayXf& in, double) -> ArrayXf { return 0 * in; };
    guided(conditional, nothing, {.scale = 3.0, .optimised_scale = true})(x, knot{5.0, 0.3, 0.6},
                                                                          out);
    CHECK(out.isApprox(3 * c));
}

TEST_CASE("one object serves arrays of different shapes, one after the other") {
    const auto same = [](const auto& x, double) { return x; };
    auto network = guided(same, same, 2.0);
    for (int size : {4, 9, 2}) {
        ArrayXf x = ArrayXf::Ones(size), out(size);
        network(x, knot{}, out);
        CHECK(out.isApproxToConstant(1.0f));
    }
}

TEST_CASE("options out of their range are refused, each in its own words") {
    const auto refuses = [](const guidance& options, const char* words) {
        CHECK_THROWS_WITH(guided(conditional, unconditional, options), ContainsSubstring(words));
        CHECK_THROWS_AS(guided(conditional, unconditional, options), error);
        CHECK_THROWS_AS(guided_batch(conditional, options, batch_order::conditional_first), error);
    };
    const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(guided(conditional, unconditional, nan), ContainsSubstring("guidance scale"));
    refuses({.zero_above = -1.0}, "zero_above is -1");
    refuses({.projection = {.eta = 0.5}, .optimised_scale = true}, "leave one of them out");
    refuses({.scale = inf}, "guidance scale is inf");
    refuses({.from = -1}, "guidance.from is -1");
    refuses({.from = inf}, "guidance.from is inf");
    refuses({.from = 2, .to = 1}, "guidance.to is 1");
    refuses({.to = nan}, "guidance.to is nan");
    refuses({.rescale = 1.5}, "guidance.rescale is 1.5");
    refuses({.rescale = nan}, "guidance.rescale is nan");
    refuses({.projection = {.eta = nan}}, "guidance.projection.eta is nan");
    refuses({.projection = {.norm_threshold = -1}}, "norm_threshold is -1");
    refuses({.projection = {.momentum = 1}}, "momentum is 1");
    refuses({.projection = {.momentum = -1.5}}, "momentum is -1.5");
    refuses({.projection = {.base = projection_base::unconditional}}, "base is set");
    CHECK_NOTHROW(guided(conditional, unconditional, {.to = inf}));
}

TEST_CASE("a standard deviation takes two elements, and is asked for before any call") {
    int calls = 0;
    const auto counts = [&](const ArrayXf& x, double, ArrayXf& out) {
        ++calls;
        out = x;
    };
    auto network = guided(counts, counts, {.scale = 2, .rescale = 0.5});
    ArrayXf x(1), out(1);
    CHECK_THROWS_WITH(network(x, knot{}, out), ContainsSubstring("1 element"));
    CHECK(calls == 0);
}

namespace {
/// What each part was asked, over an interval of noise levels.
struct parts {
    std::vector<double> with, without;
};

parts calls_of(const guidance& options) {
    parts asked;
    const auto c = [&](const ArrayXf& x, const knot& k, ArrayXf& out) {
        asked.with.push_back(k.noise_to_signal());
        out = x;
    };
    const auto u = [&](const ArrayXf& x, const knot& k, ArrayXf& out) {
        asked.without.push_back(k.noise_to_signal());
        out = 0.5f * x;
    };
    ArrayXf x = ArrayXf::Ones(3);
    denoise(x, predicts_data(guided(c, u, options)),
            grid{{4, 1, 8}, {3, 0.5, 2}, {2, 1, 2}, {1, 1, 1}, {0, 1, 0}}, ddim{});
    return asked;
}
}  // namespace

TEST_CASE("outside of its interval guidance calls the conditional network alone") {
    const parts asked = calls_of({.scale = 2, .from = 1, .to = 4});
    CHECK(asked.with == std::vector<double>{8, 4, 2, 1});
    CHECK(asked.without == std::vector<double>{4, 2});  // from is excluded, to included
    CHECK(calls_of({.scale = 2}).without.size() == 4);
    CHECK(calls_of({.scale = 2, .to = 0.5}).without.empty());
}

TEST_CASE("an interval without an upper end holds alpha = 0, another does not") {
    const knot pure{1, 0, 1};
    CHECK(guidance{}.acts_at(pure));
    CHECK(guidance{.to = std::numeric_limits<double>::infinity()}.acts_at(pure));
    CHECK(guidance{.from = 100}.acts_at(pure));
    CHECK_FALSE(guidance{.to = 1e9}.acts_at(pure));
}

TEST_CASE("the interval of guidance is one of sigma / alpha, whatever alpha is") {
    const guidance g{.scale = 2, .from = 1, .to = 4};
    CHECK(g.acts_at({0, 0.5, 0.8}));        // 1.6
    CHECK_FALSE(g.acts_at({0, 0.5, 2.5}));  // 5
    CHECK_FALSE(g.acts_at({0, 2, 1.5}));    // 0.75
}

TEST_CASE("momentum begins anew with every walk") {
    const auto c = [](const ArrayXf& x, double t, ArrayXf& out) { out = 0.2f * x + float(t); };
    const auto u = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.3f * x * x; };
    const guidance options{.scale = 3, .projection = {.momentum = -0.5}};
    auto network = guided(c, u, options);
    const auto walk = trailing(linear_schedule(), 4);
    const auto once = [&](auto&& f) {
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
        denoise(x, predicts_data(f), walk, ddim{});
        return x;
    };
    const ArrayXf fresh = once(guided(c, u, options));
    CHECK((once(network) == fresh).all());
    CHECK((once(network) == fresh).all());  // the same object again
    CHECK((once(std::ref(network)) == fresh).all());
    CHECK_FALSE(fresh.isApprox(once(guided(c, u, {.scale = 3}))));  // it does something
    // Nested, by a run that is interrupted and sought.
    auto outer = guided(network, u, 1.0);
    ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
    run r(x, predicts_data(outer), walk, ddim{});
    r.step();
    r.step();
    r.seek(0);
    x.setLinSpaced(7, -1, 1);
    while (!r.done()) r.step();
    CHECK(x.isApprox(fresh));
}

TEST_CASE("both parts hear when a walk begins") {
    struct counts {
        int* begun;
        void begin_walk() { ++*begun; }
        void operator()(const ArrayXf& in, double, ArrayXf& out) const { out = 0.5f * in; }
    };
    int with = 0, without = 0;
    ArrayXf x = ArrayXf::Ones(3);
    run r(x, predicts_data(guided(counts{&with}, counts{&without}, 2.0)),
          trailing(linear_schedule(), 4), ddim{});
    while (!r.done()) r.step();
    CHECK(with == 1);
    CHECK(without == 1);
    r.seek(2);
    r.step();
    CHECK(with == 2);
    CHECK(without == 2);
}

TEST_CASE("guidance of every kind makes its arrays at the first call") {
    const auto c = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.2f * x; };
    const auto u = [](const ArrayXf& x, double, ArrayXf& out) { out = 0.3f * x * x; };
    const auto same = [](const auto& x, double, auto& out) { out = x; };
    const guidance all{.scale = 3,
                       .rescale = 0.7,
                       .projection = {.eta = 0.5, .norm_threshold = 2, .momentum = -0.5}};
    const auto counted = [](auto network) {
        ArrayXf x = ArrayXf::Ones(100);
        run r(x, predicts_data(std::move(network)), trailing(linear_schedule(), 4), ddim{});
        r.step();
        const std::size_t before = fokker_test::allocations();
        while (!r.done()) r.step();
        r.seek(0);
        while (!r.done()) r.step();
        return fokker_test::allocations() - before;
    };
    CHECK(counted(guided(c, u, all)) == 0);
    CHECK(counted(guided_batch(same, all, batch_order::conditional_first)) == 0);
}

TEST_CASE("guidance writes into views") {
    Eigen::ArrayXXf x = Eigen::ArrayXXf::Ones(4, 3), out(4, 5);
    Eigen::Ref<Eigen::ArrayXXf> part = out.leftCols(3);
    const auto same = [](const auto& in, double, auto& result) { result = in; };
    auto network = guided(same, same, 2.0);
    network(x, knot{}, part);
    CHECK(part.isApproxToConstant(1.0f));
}

namespace {
/// How often each part was called by a walk of 4 steps, and what the report says.
struct tally {
    int with = 0, without = 0;
    report said;
};

template <class Solver = ddim>
tally calls_at(const guidance& options, Solver method = {}) {
    tally n;
    const auto c = [&](const ArrayXf& x, double, ArrayXf& out) { ++n.with, out = 0.5f * x + 1; };
    const auto u = [&](const ArrayXf& x, double, ArrayXf& out) { ++n.without, out = 0.25f * x; };
    ArrayXf x = ArrayXf::LinSpaced(5, -1, 1);
    n.said =
        denoise(x, predicts_noise(guided(c, u, options)), trailing(linear_schedule(), 4), method);
    return n;
}
}  // namespace

TEST_CASE("only the parts that the result depends on are called, and all calls are reported") {
    const auto are = [](const tally& n, int with, int without) {
        CHECK(n.with == with);
        CHECK(n.without == without);
        CHECK(n.said.evaluations == 4);
        CHECK(n.said.network_calls == with + without);
    };
    constexpr auto to_u = projection_base::unconditional;
    are(calls_at({.scale = 2}), 4, 4);
    are(calls_at({.scale = 1}), 4, 0);
    are(calls_at({.scale = 0}), 0, 4);
    are(calls_at({.scale = 1, .rescale = 0.5}), 4, 0);
    are(calls_at({.scale = 0, .rescale = 0.5}), 4, 4);  // to the deviation of c
    are(calls_at({.scale = 1, .projection = {.eta = 0}}), 4, 0);
    are(calls_at({.scale = 1, .projection = {.eta = 0, .base = to_u}}), 4, 4);
    are(calls_at({.scale = 0, .projection = {.eta = 0}}), 4, 4);
    are(calls_at({.scale = 0, .projection = {.eta = 0, .base = to_u}}), 0, 4);
    // In an interval: 4 knots, of which the noisiest and the cleanest lie outside.
    const auto walk = trailing(linear_schedule(), 4);
    const double from = walk[3].noise_to_signal(), to = walk[1].noise_to_signal();
    are(calls_at({.scale = 2, .from = from, .to = to}), 4, 2);
    are(calls_at({.scale = 0, .from = from, .to = to}), 2, 2);
    // Where the solver reads the unconditional prediction, it is called for that.
    are(calls_at({.scale = 1}, euler_cfg_pp{}), 4, 4);
    are(calls_at({.scale = 0}, euler_cfg_pp{}), 0, 4);
}

TEST_CASE("leaving out a part changes no number") {
    // At 1 and 0 the sum is the part itself; beside them, it is close to that.
    const auto at = [](const guidance& options) {
        return denoised(guided(conditional, unconditional, options));
    };
    const auto near = [&](guidance a, double scale) {
        guidance b = a;
        b.scale = scale;
        CHECK(at(a).isApprox(at(b), 1e-4f));
    };
    for (const double rescale : {0.0, 0.7})
        for (const double scale : {0.0, 1.0})
            for (const auto base : {projection_base::conditional, projection_base::unconditional})
                near({.scale = scale,
                      .rescale = rescale,
                      .projection = {.eta = 0.5, .norm_threshold = 2, .base = base}},
                     scale + 1e-6);
}

TEST_CASE("the calls inside of every wrapper are counted, wherever it stands") {
    int calls = 0;
    const auto net = [&](const ArrayXf& x, double, ArrayXf& out) { ++calls, out = 0.5f * x; };
    const auto four = trailing(linear_schedule(), 4);
    const auto count = [&](auto&& m) {
        calls = 0;
        ArrayXf x = ArrayXf::LinSpaced(5, -1, 1);
        const report done = denoise(x, m, four, ddim{});
        CHECK(done.evaluations == 4);
        CHECK(done.network_calls == calls);
        return calls;
    };
    CHECK(count(net) == 4);
    CHECK(count(predicts_data(guided(net, guided(net, net, 2.0), 2.0))) == 12);
    CHECK(count(predicts_data(as_data_network(predicts_noise(net)))) == 4);
    CHECK(count(predicts_noise(net).guided_by(net)) == 8);
    CHECK(count(predicts_noise(guided_batch(net, {.scale = 1}, batch_order::conditional_first))) ==
          4);
    auto pair = guided(net, net, 2.0);
    const std::function<void(const ArrayXf&, const knot&, ArrayXf&)> hidden = pair;
    CHECK(count(hidden) == 8);
    CHECK(count(predicts_noise(std::ref(pair))) == 8);
    // Two calls a probe beside the one, where the second output is read.
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(3);
    const auto linear = [&](const Eigen::ArrayXd& in, double, Eigen::ArrayXd& out) {
        ++calls, out = 0.5 * in;
    };
    calls = 0;
    struct reads_variance : ddim {
        bool reads(second_output kind) const { return kind == second_output::residual_squared; }
    };
    const report done =
        denoise(x, with_probes(predicts_noise(linear), {.probes = 2}), four, reads_variance{});
    CHECK(calls == 20);
    CHECK(done.network_calls == 20);
}

namespace {
const guidance with_momentum{.scale = 3, .projection = {.momentum = -0.5}};
const auto time_c = [](const ArrayXf& x, const knot& k, ArrayXf& out) {
    out = 0.2f * x + float(k.sigma);
};
const auto square_u = [](const ArrayXf& x, const knot&, ArrayXf& out) { out = 0.3f * x * x; };
using erased = std::function<void(const ArrayXf&, const knot&, ArrayXf&)>;

/// Has no functions begin_walk and memory, though what it holds has them.
template <class Network>
struct holder {
    Network inner;
    void operator()(const ArrayXf& x, const knot& k, ArrayXf& out) { inner(x, k, out); }
};
}  // namespace

TEST_CASE("inside of another callable momentum begins anew with every walk, too") {
    const auto walk = trailing(linear_schedule(), 5);
    const auto picture = [&](auto& network, auto method) {
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
        denoise(x, predicts_data(network), walk, method);
        return x;
    };
    const auto check = [&](auto method) {
        auto bare = guided(time_c, square_u, with_momentum);
        const ArrayXf wanted = picture(bare, method);
        const auto twice = [&](auto network) {
            CHECK((picture(network, method) == wanted).all());
            CHECK((picture(network, method) == wanted).all());
        };
        twice(erased(bare));
        twice([bare](const ArrayXf& x, const knot& k, ArrayXf& out) mutable { bare(x, k, out); });
        twice([&](const ArrayXf& x, const knot& k, ArrayXf& out) { bare(x, k, out); });
        twice(holder<decltype(bare)>{bare});
        twice(guided(erased(bare), square_u, 1.0));
        twice(erased(holder<erased>{bare}));
        // A walk that was left half-way.
        auto network = erased(bare);
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
        run r(x, predicts_data(network), walk, method);
        r.step();
        r.step();
        CHECK((picture(network, method) == wanted).all());
        r.seek(0);
        x.setLinSpaced(7, -1, 1);
        while (!r.done()) r.step();
        CHECK((x == wanted).all());
    };
    check(ddim{});
    check(heun{});
}

TEST_CASE("momentum that cannot go back is not carried on") {
    int calls = 0, at = -1;
    const auto c = [&](const ArrayXf& x, const knot& k, ArrayXf& out) {
        if (calls++ == at) throw calls;
        time_c(x, k, out);
    };
    const auto walk = karras(vp_path{}, 5);
    const auto finish = [&](auto network, int when) {
        calls = 0, at = when;
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
        run r(x, predicts_data(network), walk, heun{});
        while (!r.done()) try {
                r.step();
            } catch (int) {}
        return x;
    };
    const auto bare = guided(c, square_u, with_momentum);
    CHECK((finish(bare, 5) == finish(bare, -1)).all());
    CHECK_THROWS_WITH(finish(erased(bare), 5), ContainsSubstring("inside of another callable"));
    CHECK_THROWS_AS(finish(erased(bare), 5), error);
    // Nothing was kept yet.
    CHECK((finish(erased(bare), 0) == finish(bare, -1)).all());
    // Without momentum there is nothing to go back to.
    CHECK((finish(erased(guided(c, square_u, 3.0)), 5) == finish(guided(c, square_u, 3.0), -1))
              .all());

    // Parts that are rejected.
    const auto adaptive = [&](auto network) {
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
        denoise(x, predicts_data(network), karras(vp_path{}, 1, {.end = grid_end::least_noise}),
                dpm_solver_adaptive<2>{{.first_step = 3.0}});
    };
    at = -1;
    CHECK_NOTHROW(adaptive(bare));
    CHECK_THROWS_WITH(adaptive(erased(bare)), ContainsSubstring("rejected step"));

    // Checkpoints.
    const auto resumed = [&](auto network, auto other) {
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1), y = x;
        run r(x, predicts_data(network), walk, heun{}), s(y, predicts_data(other), walk, heun{});
        r.step();
        r.step();
        s.resume(r.checkpoint());
        while (!s.done()) s.step();
        return y;
    };
    CHECK((resumed(bare, bare) == finish(bare, -1)).all());
    CHECK_THROWS_WITH(resumed(erased(bare), erased(bare)), ContainsSubstring("checkpoint"));
}

TEST_CASE("a walk that begins does not need the momentum of a walk of another shape") {
    auto network = guided(time_c, square_u, with_momentum);
    const auto walk = trailing(linear_schedule(), 5);
    ArrayXf x = ArrayXf::LinSpaced(7, -1, 1), y = ArrayXf::LinSpaced(4, -1, 1), z = y;
    denoise(x, predicts_data(network), walk, ddim{});
    run r(y, predicts_data(network), walk, ddim{});
    const checkpoint begun = r.checkpoint();  // the network has its array of 7 still
    while (!r.done()) r.step();
    run s(z, predicts_data(network), walk, ddim{});
    s.resume(begun);
    while (!s.done()) s.step();
    CHECK((z == y).all());
}

TEST_CASE("one momentum does not serve two walks by turns") {
    auto network = guided(time_c, square_u, with_momentum);
    const auto walk = trailing(linear_schedule(), 5);
    ArrayXf x = ArrayXf::LinSpaced(7, -1, 1), y = x;
    run r(x, predicts_data(network), walk, ddim{}), s(y, predicts_data(network), walk, ddim{});
    r.step();
    s.step();
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("two walks by turns"));
    CHECK_NOTHROW(s.step());
}

TEST_CASE("a copied run is another walk, with the momentum of the first as it was") {
    const auto walk = trailing(linear_schedule(), 6);
    const auto method = dpm_solver_pp_2m{};
    using vector = std::vector<float>;
    const auto c = [](const vector& x, const knot& k, vector& out) {
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = 0.2f * x[i] + float(k.sigma);
    };
    const auto u = [](const vector& x, const knot&, vector& out) {
        for (std::size_t i = 0; i < x.size(); ++i) out[i] = 0.3f * x[i] * x[i];
    };
    using hidden = std::function<void(const vector&, const knot&, vector&)>;
    const auto finish = [](auto& r) {
        while (!r.done()) r.step();
        return r.state();
    };
    const auto begin = [](vector& x) { x = {-1, -0.5f, 0.25f, 1}; };
    const auto bare = guided(c, u, with_momentum);
    const auto check = [&](auto network) {
        const auto own = [&] { return predicts_data(decltype(network)(network)); };
        vector x;
        begin(x);
        run whole(x, own(), walk, method);
        const vector wanted = finish(whole);
        begin(x);
        run r(x, own(), walk, method);
        r.step();
        r.step();
        r.step();
        const vector then = x;
        auto copy = r;
        auto of_copy = copy;
        // Each goes on by itself, from the same x.
        CHECK(finish(r) == wanted);
        x = then;
        CHECK(finish(of_copy) == wanted);
        x = then;
        copy.step();
        auto later = copy;
        const vector then_later = x;
        CHECK(finish(copy) == wanted);
        x = then_later;
        CHECK(finish(later) == wanted);
        // And begins anew by itself.
        copy.seek(0);
        begin(x);
        CHECK(finish(copy) == wanted);
    };
    check(bare);
    check(hidden(bare));

    // One momentum that both refer to does not go on in one walk from where the other one is.
    const auto shared = [&](auto network, auto&& go) {
        vector x;
        begin(x);
        run r(x, predicts_data(network), walk, method);
        r.step();
        r.step();
        auto copy = r;
        go(r, copy);
    };
    auto one = bare;
    const auto either = [&](auto network) {
        shared(network, [](auto& r, auto& copy) {
            r.step();
            CHECK_THROWS_WITH(copy.step(), ContainsSubstring("two walks by turns"));
            CHECK_THROWS_WITH(copy.step(), ContainsSubstring("two walks by turns"));
        });
        shared(network, [](auto& r, auto& copy) {
            CHECK_NOTHROW(copy.step());
            CHECK_THROWS_WITH(r.step(), ContainsSubstring("two walks by turns"));
            CHECK_THROWS_WITH(r.step(), ContainsSubstring("two walks by turns"));
        });
    };
    either(std::ref(one));
    either(hidden(std::ref(one)));
}

namespace {
template <class Network>
struct teller {
    Network inner;
    void operator()(const ArrayXf& x, const knot& k, ArrayXf& out) {
        inner(x, knot{k.t, k.alpha, k.sigma}, out);
    }
    void begin_walk() { inner.begin_walk(); }
    template <class Archive>
    void memory(Archive& archive) {
        inner.memory(archive);
    }
};
}  // namespace

TEST_CASE("momentum is not carried on where no walk is known") {
    const auto walk = trailing(linear_schedule(), 5);
    const auto picture = [&](auto&& network) {
        ArrayXf x = ArrayXf::LinSpaced(7, -1, 1);
        denoise(x, predicts_data(network), walk, ddim{});
        return x;
    };
    auto bare = guided(time_c, square_u, with_momentum);
    const auto label_alone = [&](const ArrayXf& x, double t, ArrayXf& out) {
        bare(x, knot{t, 0.6, 0.8}, out);
    };
    const auto by_value = [&](const ArrayXf& x, knot k, ArrayXf& out) { bare(x, k, out); };
    const char* const wrong = "pass the knot on by reference";
    CHECK_THROWS_WITH(picture(label_alone), ContainsSubstring(wrong));
    CHECK_THROWS_WITH(picture(by_value), ContainsSubstring(wrong));
    const ArrayXf wanted = picture(std::ref(bare));
    CHECK_THROWS_WITH(picture(by_value), ContainsSubstring(wrong));  // after a walk, too
    CHECK((picture(std::ref(bare)) == wanted).all());
    // By hand, and then in runs.
    ArrayXf x = ArrayXf::LinSpaced(7, -1, 1), out(7), again(7);
    bare.begin_walk();
    bare(x, knot{1, 0.6, 0.8}, out);
    bare(x, knot{1, 0.6, 0.8}, again);
    CHECK_FALSE((out == again).all());
    CHECK_THROWS_WITH(picture(erased(std::ref(bare))),
                      ContainsSubstring("begin_walk() in between"));
    bare.begin_walk();
    CHECK((picture(erased(std::ref(bare))) == wanted).all());
    // A callable that tells of walks may make knots of its own.
    teller<decltype(bare)> tells{guided(time_c, square_u, with_momentum)};
    CHECK((picture(tells) == wanted).all());
    CHECK((picture(tells) == wanted).all());
    // Without momentum every knot will do.
    auto plain = guided(time_c, square_u, 2.0);
    CHECK_NOTHROW(plain(x, knot{1, 0.6, 0.8}, out));
}
