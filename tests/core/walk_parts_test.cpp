// Parts of a step that are rejected: as if they had never been tried.
#include <fokker/core/walk.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <random>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/model/model.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/torch_cpu.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/run.hpp>
#include <fokker/solver/step_control.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/grids.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

/// Two stochastic parts a step, with memories: one that both parts assign, one for the first alone,
/// one for the second. It may reject its first try of each part, a longer one.
template <bool Rejects>
struct two_parts {
    static constexpr int history = 0;
    static constexpr int evaluations = 2;
    static constexpr int stages = 2;
    static constexpr int memories = 3;
    static constexpr bool tries_parts = Rejects;

    bool stochastic() const { return true; }

    void step(auto& run) const {
        const auto [s, t] = run.interval();
        const knot m = run.knot_at(0.5 * (s.lambda() + t.lambda()));
        run.stage(0) = run.x();
        make(run, s, m, t, 1);
        make(run, m, t, s, 2);
        run.x() = 0.5 * run.stage(0) + 0.25 * run.memory(0) + 0.125 * run.memory(1) +
                  0.0625 * run.memory(2);
    }

    void make(auto& run, const knot& a, const knot& b, const knot& elsewhere, int alone) const {
        if constexpr (Rejects) {
            run.try_part();
            attempt(run, a, elsewhere, alone, 3.0);
            attempt(run, a, elsewhere, alone, 5.0);
            run.begin_part();  // of the part that is tried
            attempt(run, elsewhere, a, alone, 7.0);
            run.reject_part();
            run.try_part();
        } else {
            run.begin_part();
        }
        attempt(run, a, b, alone, 1.0);
        run.stage(0) = 1.0 * run.stage(1);
    }

    void attempt(auto& run, const knot& a, const knot& b, int alone, double scale) const {
        auto kept = run.memory(0), other = run.memory(alone);
        const auto D = run.data(run.stage(0), a);
        if (run.first() && alone == 1) kept = 0.0 * run.x();
        if (run.first()) other = 0.0 * run.x();
        kept = 0.5 * kept + scale * D;
        kept = 0.75 * kept + 0.1 * run.gaussian(a, b);
        other = 0.5 * other + scale * kept;
        run.stage(1) = 0.5 * run.stage(0) + scale * D + b.sigma * run.gaussian(a, b);
    }
};

/// A network that keeps something from call to call: each is another one.
struct counting {
    int calls = 0;
    int fails_at = -1;
    void operator()(const ArrayXXd& x, const knot& k, ArrayXXd& out) {
        if (calls == fails_at) {
            fails_at = -1;
            throw calls;
        }
        out = x * (k.alpha + 0.1 * calls++);
    }
    template <class Archive>
    void memory(Archive& archive) {
        archive(calls);
    }
};

const grid knots = uniform_lambda(vp_path{}, 4, grid_end::least_noise);

ArrayXXd start() {
    ArrayXXd x(3, 2);
    x << 0.5, -1, 2, 0.25, -0.75, 1.5;
    return x;
}

template <bool Rejects, class Noise>
ArrayXXd walked(const auto& make_model, Noise&& noise, int fails_at = -1) {
    counting network{0, fails_at};
    ArrayXXd x = start();
    run r(x, make_model(network), knots, two_parts<Rejects>{}, std::forward<Noise>(noise));
    while (!r.done()) try {
            r.step();
        } catch (int) {}
    CHECK(network.fails_at == -1);
    return x;
}

const auto plainly = [](counting& f) { return predicts_data(std::ref(f)); };
const auto clipped = [](counting& f) { return predicts_data(std::ref(f)).clipped(-0.5, 0.5); };

/// Rejects as often as it is told to.
struct rejecting {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr bool tries_parts = true;
    int tried = 1, rejected = 1;
    bool after = false;
    void step(auto& run) const {
        for (int i = 0; i < tried; ++i) run.try_part();
        if (after) run.x() = 2.0 * run.x();
        for (int i = 0; i < rejected; ++i) run.reject_part();
        if (!after) run.x() = 2.0 * run.x();
    }
};

}  // namespace

TEST_CASE("a part that was rejected leaves no trace in a stochastic solver with memories") {
    const auto check = [](const auto& make_noise) {
        const ArrayXXd wanted = walked<false>(plainly, make_noise());
        CHECK((walked<true>(plainly, make_noise()) == wanted).all());
        CHECK(!(walked<false>(clipped, make_noise()) == wanted).all());
        CHECK((walked<true>(clipped, make_noise()) == walked<false>(clipped, make_noise())).all());
    };
    check([] { return philox{.seed = 7}; });
    check([] { return brownian{.seed = 7}; });
    check([] { return torch_cpu(7); });
    check([] { return std::mt19937_64(7); });
}

TEST_CASE("a step that fails while it tries a part is repeated with the same bits") {
    const ArrayXXd wanted = walked<false>(plainly, torch_cpu(7));
    // Of a step's calls 8 reach the network, and 2 of these are not taken back.
    for (int fails_at = 0; fails_at < 4 * 2 + 2; ++fails_at)
        CHECK((walked<true>(plainly, torch_cpu(7), fails_at) == wanted).all());
}

TEST_CASE("a run goes on from a checkpoint after parts were rejected, and after a move") {
    counting network;
    ArrayXXd x = start(), y = start();
    run whole(x, plainly(network), knots, two_parts<true>{}, torch_cpu(7));
    whole.step();
    whole.step();
    const checkpoint here = whole.checkpoint();
    auto moved = std::move(whole);
    while (!moved.done()) moved.step();
    counting other;
    run r(y, plainly(other), knots, two_parts<true>{}, torch_cpu(1));
    r.resume(here);
    while (!r.done()) r.step();
    CHECK((x == y).all());
    CHECK((x == walked<false>(plainly, torch_cpu(7))).all());
}

TEST_CASE("a solver that rejects what cannot be rejected is told so") {
    const auto walk = [](const rejecting& solver) {
        ArrayXXd x = start();
        run r(x, predicts_data([](const ArrayXXd& in, double, ArrayXXd& out) { out = in; }), knots,
              solver);
        r.step();
        return x(0);
    };
    CHECK(walk({.tried = 1, .rejected = 0}) == 1.0);
    CHECK(walk({.tried = 2, .rejected = 1}) == 1.0);
    CHECK_THROWS_WITH(walk({.tried = 0, .rejected = 1}), ContainsSubstring("try_part()"));
    CHECK_THROWS_WITH(walk({.tried = 1, .rejected = 2}), ContainsSubstring("try_part()"));
    CHECK_THROWS_WITH(walk({.after = true}), ContainsSubstring("after it assigned x()"));
}

namespace {

/// Leaves a part open, and rejects one in the next step.
struct rejects_late {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr bool tries_parts = true;
    void step(auto& run) const {
        if (run.first())
            run.try_part();
        else
            run.reject_part();
        run.x() = 2.0 * run.x();
    }
};

/// Calls the network in a rejected part, and again or not.
struct calls_again {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr bool tries_parts = true;
    bool again = true;
    void step(auto& run) const {
        run.try_part();
        (void)run.data(run.x(), run.interval().first);
        run.reject_part();
        if (again)
            run.x() = 1.0 * run.data(run.x(), run.interval().first);
        else
            run.x() = 1.0 * run.unbounded_epsilon();
    }
};

const auto twice = [](const ArrayXXd& in, double, ArrayXXd& out) { out = 2 * in; };

}  // namespace

TEST_CASE("a part is not open any more in the next step") {
    ArrayXXd x = start();
    run r(x, predicts_data(twice), knots, rejects_late{});
    r.step();
    CHECK_THROWS_WITH(r.step(), ContainsSubstring("try_part()"));
}

TEST_CASE("predictions of a rejected part are not valid, and are not the one that is kept") {
    ArrayXXd x = start();
    run r(x, predicts_data(twice), knots, calls_again{});
    r.step();
    CHECK((x == 2 * start()).all());
    CHECK((r.prediction() == x).all());
    CHECK(r.evaluations() == 2);
    run without(x, predicts_data(twice), knots, calls_again{false});
    CHECK_THROWS_WITH(without.step(), ContainsSubstring("before the network was called"));
}

namespace {

/// Numbers of nowhere, which come but once.
struct fleeting {
    static constexpr bool counted = false;
    template <class T>
    void fill(T* out, std::size_t count, noise_position) {
        for (std::size_t i = 0; i < count; ++i) out[i] = T(0);
    }
};

}  // namespace

TEST_CASE("noise that cannot be drawn again is refused where parts may be rejected") {
    counting network;
    ArrayXXd x = start();
    CHECK_THROWS_WITH(run(x, plainly(network), knots, two_parts<true>{}, fleeting{}),
                      ContainsSubstring("cannot give the same numbers again"));
    run(x, plainly(network), knots, rejecting{}, fleeting{}).step();
    run(x, plainly(network), knots, two_parts<false>{}, fleeting{}).step();
}

TEST_CASE("parts that are rejected cost no memory after the first step") {
    counting network;
    ArrayXXd x = start();
    run r(x, plainly(network), knots, two_parts<true>{}, torch_cpu(7));
    r.step();
    const auto before = fokker_test::allocations();
    while (!r.done()) r.step();
    CHECK(fokker_test::allocations() == before);
}

namespace {

/// An adaptive stochastic solver, whose parts are as long as a step control says.
struct adaptive_noise {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int stages = 2;
    static constexpr int memories = 1;
    static constexpr bool tries_parts = true;
    std::vector<double>* lengths;
    bool rejects;

    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto v = run.stage(0), u = run.stage(1), sum = run.memory(0);
        v = run.x();
        if (run.first()) sum = 0.0 * run.x();
        const auto make = [&](double from, double to) {
            const knot a = run.knot_at(from), b = run.knot_at(to);
            sum = 0.5 * sum + run.data(v, a);
            u = b.sigma / a.sigma * v + 0.25 * sum + 0.125 * run.gaussian(a, b);
        };
        if (!rejects) {
            double from = s.lambda();
            for (const double to : *lengths) {
                run.begin_part();
                make(from, to);
                v = u;
                from = to;
            }
        } else {
            int attempts = 0;
            double last = 0;
            step_control{.tolerated = {.over = error_over::batch}, .first_step = 10.0}.walk(
                run, s.lambda(), t.lambda(), 1,
                [&](double from, double to) {
                    make(from, to);
                    last = to;
                    return ++attempts % 2 == 1 && attempts < 9 ? 2.0 : 0.0;
                },
                [&] {
                    v = u;
                    lengths->push_back(last);
                });
        }
        run.x() = 1.0 * v;
    }
};

}  // namespace

TEST_CASE("an adaptive solver may draw and have memories: only its accepted parts count") {
    const grid one = uniform_lambda(vp_path{}, 1, grid_end::least_noise);
    const auto network = [](const ArrayXXd& in, const knot& k, ArrayXXd& out) {
        out = k.alpha * in;
    };
    const auto check = [&](const auto& noise) {
        std::vector<double> lengths;
        ArrayXXd x = start(), y = start();
        run r(x, predicts_data(network), one, adaptive_noise{&lengths, true}, noise);
        r.step();
        CHECK(lengths.size() == 5);
        CHECK(r.evaluations() == 9);
        run s(y, predicts_data(network), one, adaptive_noise{&lengths, false}, noise);
        s.step();
        CHECK((x == y).all());
    };
    check(philox{.seed = 3});
    check(brownian{.seed = 3});
}
