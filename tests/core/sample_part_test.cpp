// Samples of a batch in parts of their own: each comes out as it does alone.
#include <fokker/core/sample_part.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/any_solver.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/dormand_prince.hpp>
#include <fokker/solver/dpm_solver_adaptive.hpp>
#include <fokker/solver/step_control.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

constexpr Eigen::Index elements = 5, samples = 7;
const grid one_step = uniform_lambda(vp_path{}, 1, grid_end::least_noise);
const grid three_steps = karras(vp_path{}, 3);

/// The exact noise prediction of two narrow modes, element by element, so that its bits are the
/// same in any batch.
template <class Array>
void two_modes(const Array& x, const knot& k, Array& out) {
    using T = typename Array::Scalar;
    const double variance = 0.05 * k.alpha * k.alpha + k.sigma * k.sigma;
    out = x.unaryExpr([&](T each) {
        const double v = each;
        const double data = 0.7 * std::tanh(v * 1.4 * k.alpha / variance);
        return static_cast<T>(k.sigma / variance * (v - k.alpha * data));
    });
}

template <class Array>
struct result {
    Array x, prediction;
    std::int64_t calls;
};

/// So many samples from this one on.
template <class Array>
result<Array> sampled(const auto& make_model, const grid& knots, const auto& solver,
                      Eigen::Index first, Eigen::Index count) {
    Array x(elements, count);
    run r(x, make_model(&two_modes<Array>), knots, solver,
          philox{.seed = 9, .first_sample = static_cast<std::uint64_t>(first)});
    r.start_from_prior();
    r.step();
    const Array prediction = r.prediction();
    while (!r.done()) r.step();
    return {x, prediction, r.evaluations()};
}

template <class Array>
void check_alone(const auto& make_model, const grid& knots, const auto& solver) {
    const auto batch = sampled<Array>(make_model, knots, solver, 0, samples);
    std::int64_t most = 0, all = 0;
    for (Eigen::Index n = 0; n < samples; ++n) {
        const auto alone = sampled<Array>(make_model, knots, solver, n, 1);
        CHECK((batch.x.col(n) == alone.x.col(0)).all());
        CHECK((batch.prediction.col(n) == alone.prediction.col(0)).all());
        most = std::max(most, alone.calls);
        all += alone.calls;
    }
    const auto three = sampled<Array>(make_model, knots, solver, 2, 3);
    CHECK((batch.x.middleCols(2, 3) == three.x).all());
    CHECK(batch.calls >= most);
    CHECK(batch.calls < all / 2);
}

const auto plainly = [](auto network) { return predicts_noise(std::move(network)); };
const auto clipped = [](auto network) {
    return predicts_noise(std::move(network)).clipped(-0.9, 0.9);
};
const auto clipped_data = [](auto network) {
    return predicts_noise(std::move(network)).clipped(-0.9, 0.9, clipped_noise::as_predicted);
};
const auto thresholded = [](auto network) {
    return predicts_noise(std::move(network)).thresholded(0.9);
};

template <class Array>
void check_models(const auto& solver) {
    check_alone<Array>(plainly, one_step, solver);
    check_alone<Array>(plainly, three_steps, solver);
    check_alone<Array>(clipped, one_step, solver);
    check_alone<Array>(clipped_data, one_step, solver);
    check_alone<Array>(thresholded, three_steps, solver);
}

/// A network that keeps nothing before its first call, so that no one can know beforehand that it
/// will.
struct growing {
    int* most = nullptr;  ///< calls since it kept nothing
    int calls = 0;

    void operator()(const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        *most = std::max(*most, ++calls);
        two_modes(x, k, out);
    }
    template <class Archive>
    void memory(Archive& archive) {
        if constexpr (Archive::reads) {
            calls = 0;
            if (!archive.is_at_end()) archive(calls);
        } else if (calls > 0) {
            archive(calls);
        }
    }
};

void for_each_solver(const auto& f) {
    const step_control tight{.tolerated = {1e-5, 1e-4}, .first_step = 0.7};
    const step_control soft{.safety = 0.81, .rule = step_rule::arctangent};
    f(dpm_solver_adaptive<2>{});
    f(dpm_solver_adaptive<3>{});
    f(dpm_solver_adaptive<3>{tight});
    f(dpm_solver_adaptive<3>{soft});
    f(dormand_prince{});
    f(dormand_prince{tight});
}

}  // namespace

TEST_CASE("under an adaptive solver a sample comes out the same alone and in a batch") {
    for_each_solver([](const auto& solver) { check_models<ArrayXXd>(solver); });
    check_models<Eigen::ArrayXXf>(dpm_solver_adaptive<3>{});
    check_models<Eigen::ArrayXXf>(dormand_prince{});
}

TEST_CASE("what a network keeps of a part of some samples is gone when the part is over") {
    for_each_solver([](const auto& solver) {
        using solver_type = std::remove_cvref_t<decltype(solver)>;
        int most = 0;
        ArrayXXd x(elements, samples);
        growing network{&most};
        run r(x, predicts_noise(std::ref(network)), three_steps, solver, philox{.seed = 9});
        r.start_from_prior();
        while (!r.done()) r.step();
        // Of one part; Dormand and Prince's has seven.
        CHECK(most == (solver_type::evaluations == 1 ? 7 : solver_type::evaluations));
        CHECK(network.calls <= 1);  // of the last step, which has no parts
        CHECK((x == sampled<ArrayXXd>(plainly, three_steps, solver, 0, samples).x).all());
    });
}

TEST_CASE("one error for the batch makes a sample depend on the others, where it is asked for") {
    for (const error_over over : {error_over::worst_sample, error_over::batch}) {
        const dpm_solver_adaptive<3> solver{{.tolerated = {.over = over}}};
        const auto batch = sampled<ArrayXXd>(plainly, one_step, solver, 0, samples);
        const auto alone = sampled<ArrayXXd>(plainly, one_step, solver, 0, 1);
        CHECK((batch.x.col(0) != alone.x.col(0)).any());
        CHECK((batch.x.col(0) - alone.x.col(0)).abs().maxCoeff() < 0.02);
    }
}

TEST_CASE("the prediction of an adaptive step is the data prediction of its last part") {
    const auto check = [](const auto& solver) {
        ArrayXXd x = ArrayXXd::Random(elements, samples);
        x.col(2) *= 3;
        const auto network = [](const ArrayXXd& in, const knot& k, ArrayXXd& out) {
            out = (in - 0.25 * k.alpha) / k.sigma;
        };
        run r(x, predicts_noise(network), one_step, solver);
        r.step();
        CHECK((r.prediction() - 0.25).abs().maxCoeff() < 1e-12);
    };
    for_each_solver(check);
    for (const error_over over : {error_over::worst_sample, error_over::batch}) {
        check(dpm_solver_adaptive<2>{{.tolerated = {.over = over}}});
        check(dormand_prince{{.tolerated = {.over = over}}});
    }
}

TEST_CASE("samples that agree take their parts together") {
    const auto calls = [](Eigen::Index count) {
        ArrayXXd x = ArrayXXd::Constant(elements, count, 0.4);
        run r(x, plainly(&two_modes<ArrayXXd>), one_step, dormand_prince{});
        r.step();
        CHECK((x == x(0)).all());
        return r.evaluations();
    };
    CHECK(calls(9) == calls(1));
}

namespace {

/// Fails once, at this call.
struct failing {
    int left;
    void operator()(const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        if (left-- == 0) throw std::runtime_error("the network failed");
        two_modes(x, k, out);
    }
};

}  // namespace

TEST_CASE("a step in which samples have parts of their own is repeated with the same bits") {
    const dpm_solver_adaptive<2> solver;
    const auto wanted = sampled<ArrayXXd>(plainly, one_step, solver, 0, samples);
    for (int at = 0; at < wanted.calls; ++at) {
        failing network{at};
        ArrayXXd x(elements, samples);
        run r(x, plainly(std::ref(network)), one_step, solver, philox{.seed = 9});
        r.start_from_prior();
        const ArrayXXd prior = x;
        CHECK_THROWS(r.step());
        CHECK((x == prior).all());
        x.setConstant(-7);
        r.start_from_prior();  // of the whole batch
        CHECK((x == prior).all());
        r.step();
        CHECK((x == wanted.x).all());
    }
}

TEST_CASE("a walk with parts of each sample goes on from a checkpoint, and in a copy") {
    const dpm_solver_adaptive<3> solver;
    ArrayXXd x(elements, samples), y = x;
    run r(x, plainly(&two_modes<ArrayXXd>), three_steps, solver, philox{.seed = 9});
    r.start_from_prior();
    r.step();
    run s(y, plainly(&two_modes<ArrayXXd>), three_steps, solver, philox{.seed = 9});
    s.resume(r.checkpoint());
    auto copied = s;
    const auto before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
    while (!copied.done()) copied.step();
    CHECK((x == y).all());
    CHECK((x == sampled<ArrayXXd>(plainly, three_steps, solver, 0, samples).x).all());
}

TEST_CASE("the most parts are those of a sample, whoever else is in the batch") {
    const auto fails = [](int most_parts, Eigen::Index first, Eigen::Index count) {
        try {
            sampled<ArrayXXd>(plainly, one_step, dpm_solver_adaptive<3>{{.most_parts = most_parts}},
                              first, count);
            return false;
        } catch (const error&) { return true; }
    };
    int enough = 0;  // for each of them
    for (Eigen::Index n = 0; n < samples; ++n)
        while (fails(std::max(enough, 1), n, 1)) enough = std::max(enough, 1) + 1;
    CHECK_FALSE(fails(enough, 0, samples));
    CHECK(fails(enough - 1, 0, samples));
}

TEST_CASE("a network that keeps one thing for the whole batch is refused, with the way out") {
    const auto walk = [](auto&& network, error_over over, Eigen::Index count = samples) {
        ArrayXXd x = ArrayXXd::Constant(elements, count, 0.3);
        x.col(0) *= 4;
        run r(x, predicts_noise(network), one_step,
              dpm_solver_adaptive<2>{{.tolerated = {.over = over}}});
        r.step();
    };
    int calls = 0;
    const auto counted = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        ++calls;
        two_modes(x, k, out);
    };
    const auto guide = [&](double momentum) {
        return guided(counted, counted,
                      {.scale = 2, .projection = {.eta = 0.5, .momentum = momentum}});
    };
    using enum error_over;
    CHECK_THROWS_WITH(walk(guide(-0.5), each_sample),
                      ContainsSubstring("momentum") && ContainsSubstring("worst_sample"));
    CHECK(calls == 0);
    walk(guide(-0.5), each_sample, 1);
    walk(guide(-0.5), worst_sample);
    walk(guide(-0.5), batch);
    walk(guide(0.0), each_sample);
    // Where the run cannot see it.
    auto inside = guide(-0.5);
    const auto hidden = [&](const ArrayXXd& x, const knot& k, ArrayXXd& out) { inside(x, k, out); };
    CHECK_THROWS_WITH(walk(hidden, each_sample), ContainsSubstring("another callable"));
}

namespace {

enum class fault { none, memory, history, noise, own_error, no_control };

/// Euler's method, each part with what would be one for all samples.
template <fault Fault>
struct adaptive_euler {
    static constexpr int history = Fault == fault::history ? 1 : 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 3;
    static constexpr int memories = Fault == fault::memory ? 1 : 0;
    static constexpr bool tries_parts = true;
    step_control control{};

    bool stochastic() const { return Fault == fault::noise; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto v = run.stage(0), u = run.stage(1), error = run.stage(2);
        v = run.x();
        const auto attempt = [&](double from, double to) {
            const knot a = run.knot_at(from), b = run.knot_at(to);
            const auto eps_hat = run.epsilon(v, a);
            u = b.alpha / a.alpha * v +
                b.alpha * (b.noise_to_signal() - a.noise_to_signal()) * eps_hat;
            error = u - v;
            if constexpr (Fault == fault::noise) u = u + 0.01 * run.gaussian(a, b);
            return (Fault == fault::own_error ? 0.5 : 1.0) *
                   run.error_norm(error, v, u, control.tolerated);
        };
        if constexpr (Fault == fault::no_control) {
            run.try_part();
            attempt(s.lambda(), t.lambda());
        } else {
            control.walk(run, s.lambda(), t.lambda(), 1, attempt, [&] { v = u; });
        }
        run.x() = 1.0 * v;
    }
};

template <fault Fault>
void walk_euler(error_over over, Eigen::Index count = samples) {
    ArrayXXd x = ArrayXXd::Constant(elements, count, 0.3);
    run r(x, plainly(&two_modes<ArrayXXd>), one_step,
          adaptive_euler<Fault>{{.tolerated = {0.1, 0.1, over}}}, philox{.seed = 1});
    r.step();
}

template <fault Fault>
void check_refused(const char* why) {
    CHECK_THROWS_WITH(walk_euler<Fault>(error_over::each_sample),
                      ContainsSubstring(why) && ContainsSubstring("error_over::worst_sample"));
    walk_euler<Fault>(error_over::each_sample, 1);
    walk_euler<Fault>(error_over::worst_sample);
}

}  // namespace

TEST_CASE("a solver of one's own has parts of each sample, or is told why not") {
    check_alone<ArrayXXd>(plainly, one_step,
                          adaptive_euler<fault::none>{{.tolerated = {0.1, 0.1}}});
    check_refused<fault::memory>("keeps states");
    check_refused<fault::history>("keeps states or predictions from part to part");
    check_refused<fault::noise>("draws noise in its parts");
    check_refused<fault::own_error>("not what run.error_norm(..) returned");
    check_refused<fault::no_control>("one error of a batch");
}

TEST_CASE("a batch whose network has momentum is refused before the network is called") {
    int calls = 0;
    const auto counting = [&](const Eigen::ArrayXXd& x, double, Eigen::ArrayXXd& out) {
        ++calls;
        out = 0.5 * x;
    };
    const grid walk = karras(vp_path{}, 2);
    Eigen::ArrayXXd x = Eigen::ArrayXXd::Constant(3, 2, 0.7);
    const auto refused = [&](const auto& method) {
        return [&] {
            run r(x,
                  predicts_data(
                      guided(counting, counting, {.scale = 3.0, .projection = {.momentum = -0.5}})),
                  walk, method);
        };
    };
    CHECK_THROWS_WITH(refused(dormand_prince{})(), ContainsSubstring("parts of their own"));
    CHECK_THROWS_WITH(refused(any_solver(dormand_prince{}))(),
                      ContainsSubstring("parts of their own"));
    CHECK_NOTHROW(refused(dormand_prince{.control = {.tolerated = {.over = error_over::batch}}})());
    CHECK(calls == 0);
}
