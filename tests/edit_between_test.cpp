#include <fokker/edit_between.hpp>

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include <fokker/forward/noising.hpp>
#include <fokker/model/guidance.hpp>
#include <fokker/noise/brownian.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/noise/recorded.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>
#include <fokker/solver/dpm_solver_pp.hpp>
#include <fokker/solver/heun.hpp>

#include "catch.hpp"
#include "support/allocations.hpp"
#include "support/golden.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;
using fokker_test::exact_network, fokker_test::mixture;

namespace {

const mixture other{{0.7, 0.3}, {-0.2, 1.1}, {0.3, 0.6}};

template <class Prediction = flow_prediction>
exact_network<Prediction> of(const mixture& m, Prediction prediction = {}) {
    return {m, prediction};
}
/// One of N(mean, c^2).
exact_network<flow_prediction> gaussian_of(double mean, double c) {
    return {{{0.5, 0.5}, {mean, mean}, {c, c}}, {}};
}

const ArrayXXd picture = ArrayXXd::Random(6, 3);
const grid flow_walk = flow(8, {.shift = 2});
constexpr philox seven{.seed = 7};

ArrayXXd edited(auto&& source, auto&& target, const grid& walk,
                const edit_between_options& options = {}) {
    ArrayXXd x = picture;
    edit_between(x, source, target, walk, ddim{}, seven, options);
    return x;
}
ArrayXXd edited(const grid& walk = flow_walk, const edit_between_options& options = {}) {
    return edited(predicts_flow(of(mixture{})), predicts_flow(of(other)), walk, options);
}

double distance(const ArrayXXd& a, const ArrayXXd& b) { return (a - b).abs().maxCoeff(); }

}  // namespace

TEST_CASE("FlowEdit's pictures are those of the paper's algorithm") {
    for (const auto& golden : fokker_test::golden_cases("editing")) {
        INFO(golden.at("name"));
        const auto numbers = [&](const char* name) {
            return fokker_test::golden_numbers(golden.at(name));
        };
        const auto count = [&](const char* name) { return golden.at(name).get<int>(); };
        std::vector<std::vector<double>> draws;
        for (const auto& draw : golden.at("draws"))
            draws.push_back(fokker_test::golden_numbers(draw));
        recorded z(draws);
        const int steps = count("steps"), n_max = count("n_max"), n_min = count("n_min");
        std::vector<double> x = numbers("x_src");
        const auto walk = flow(steps, {.shift = golden.at("shift").get<double>()})
                              .from_strength(double(n_max) / steps);
        const report done =
            edit_between(x, predicts_flow(of(mixture{})), predicts_flow(of(other)), walk, ddim{}, z,
                         {.draws = count("n_avg"), .plain_steps = n_min});
        const std::vector<double> wanted = numbers("edited");
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::abs(x[i] - wanted[i]) < 1e-12);
        CHECK(z.used() == draws.size());
        CHECK(done.steps == n_max);
        CHECK(done.evaluations == n_max);
        CHECK(done.network_calls == 2 * count("n_avg") * (n_max - n_min) + n_min);
        CHECK_FALSE(done.stopped);
    }
}

TEST_CASE("between Gaussians of one deviation a picture moves by the difference of the means") {
    const double c = 0.4, from = -0.3, to = 0.9;
    const auto source = predicts_flow(gaussian_of(from, c)),
               target = predicts_flow(gaussian_of(to, c));
    fokker_test::for_some_solvers([&](const auto& entry) {
        if (detail::is_stochastic(entry.solver)) return;
        INFO(entry.name);
        for (const int steps : {3, 5, 12}) {
            ArrayXXd x = picture;
            edit_between(x, source, target, flow(steps, {.shift = 3}), entry.solver, seven);
            CHECK(distance(x, picture + (to - from)) < 1e-11);
        }
    });
    CHECK(distance(edited(source, target, flow(1)), picture + (to - from)) < 1e-13);
}

TEST_CASE("from a part of the noise it moves a part of the way, on every path") {
    const double c = 0.4, from = -0.3, to = 0.9;
    const auto source = predicts_flow(gaussian_of(from, c)),
               target = predicts_flow(gaussian_of(to, c));
    const auto check = [&](const auto& path, double ratio) {
        const auto error = [&](const auto& solver, int steps) {
            std::vector<knot> knots;
            for (int i = 0; i <= steps; ++i) {
                const double rho = ratio * std::pow(0.01 / ratio, double(i) / steps);
                knots.push_back(path.at(path.time(-std::log(rho))));
            }
            const knot first = knots.front(), last = knots.back();
            const auto left = [&](const knot& k) {
                return (1 - k.alpha * c / std::hypot(k.alpha * c, k.sigma));
            };
            // What is still to be moved at the last knot is moved no more.
            const auto spread = [&](const knot& k) { return std::hypot(k.alpha * c, k.sigma); };
            const double at_end = (to - from) / (last.alpha + last.sigma) *
                                  (last.alpha - first.alpha * spread(last) / spread(first));
            CHECK(std::abs(at_end / ((to - from) * left(first)) - 1) < 0.05);
            ArrayXXd x = picture;
            edit_between(x, source, target, grid(knots, path), solver, seven);
            CHECK(distance(x - picture, ArrayXXd::Constant(6, 3, (x - picture)(0, 0))) < 1e-11);
            return std::abs((x - picture)(0, 0) - at_end);
        };
        const double euler = error(ddim{}, 40) / error(ddim{}, 80);
        CHECK(euler > 1.8);
        CHECK(euler < 2.2);
        const double second = error(heun{}, 40) / error(heun{}, 80);
        CHECK(second > 3.5);
        CHECK(second < 4.5);
        CHECK(error(heun{}, 160) < 1e-4);
    };
    check(flow_path{}, 2.0);
    check(linear_schedule(), 2.0);
    check(edm_path{}, 80.0);
}

TEST_CASE("the networks may predict anything, each something else") {
    const grid walk = trailing(linear_schedule(), 8).from(1);
    const ArrayXXd wanted = edited(walk, {.draws = 2, .plain_steps = 2});
    const auto check = [&](const auto& source, const auto& target) {
        CHECK(distance(edited(source, target, walk, {.draws = 2, .plain_steps = 2}), wanted) <
              1e-11);
    };
    const edm_prediction edm{0.7};
    check(predicts_noise(of<noise_prediction>(mixture{})),
          predicts_data(of<data_prediction>(other)));
    check(predicts_data(of<data_prediction>(mixture{})), edm_preconditioned(of(other, edm), 0.7));
    check(edm_preconditioned(of(mixture{}, edm), 0.7), predicts_score(of<score_prediction>(other)));
    check(predicts_score(of<score_prediction>(mixture{})), of<noise_prediction>(other));
    check(of<noise_prediction>(mixture{}), predicts_velocity(of<velocity_prediction>(other)));
    const flow_prediction back{flow_direction::to_data};
    check(predicts_velocity(of<velocity_prediction>(mixture{})),
          predicts_flow(of(other, back), flow_direction::to_data));
    CHECK(distance(wanted, picture) > 0.1);
}

TEST_CASE("a model as both source and target leaves the picture as it is, on every path") {
    const auto model = predicts_flow(of(mixture{}));
    for (const grid& walk : {flow_walk, trailing(linear_schedule(), 8), karras(edm_path{}, 8)})
        CHECK(distance(edited(model, model, walk, {.draws = 2}), picture) < 1e-11);
}

TEST_CASE("plain steps are the target model's from the picture with the noise of their knot") {
    const auto model = predicts_flow(of(mixture{}));
    for (const grid& walk : {flow_walk, trailing(linear_schedule(), 8), karras(edm_path{}, 8)}) {
        ArrayXXd wanted(6, 3);
        const grid rest = walk.from(5);
        forward(picture, rest.front(), seven, wanted, detail::level_draw(rest.front()) + 2);
        denoise(wanted, model, rest, ddim{});
        CHECK(distance(edited(model, model, walk, {.draws = 2, .plain_steps = walk.steps() - 5}),
                       wanted) < 1e-11);
    }
}

TEST_CASE("a sample of a batch is edited as alone, in arrays of any kind") {
    const auto source = predicts_flow(of(mixture{})), target = predicts_flow(of(other));
    const edit_between_options options{.draws = 2, .plain_steps = 3};
    const grid walk = trailing(linear_schedule(), 8);
    const ArrayXXd all = edited(walk, options);
#ifdef __FAST_MATH__
    constexpr double of_network = 1e-12;  // whose loops are compiled for each type of array
#else
    constexpr double of_network = 0.0;
#endif
    const auto same = [&](auto& x, const philox& z, const ArrayXXd& wanted, double rounding) {
        edit_between(x, source, target, walk, ddim{}, z, options);
        for (Eigen::Index i = 0; i < wanted.size(); ++i)
            CHECK(std::abs(static_cast<double>(detail::data_of(x)[i]) - wanted.data()[i]) <=
                  rounding + of_network);
    };
    ArrayXXd last = picture.col(2);
    same(last, {.seed = 7, .first_sample = 2}, all.col(2), 0);
    const ArrayXXd first = all.col(0);
    std::vector<double> list(picture.data(), picture.data() + 6);
    same(list, seven, first, 0);
    std::array<double, 6> fixed{};
    std::copy_n(picture.data(), 6, fixed.begin());
    same(fixed, seven, first, 0);
    Eigen::Array<double, 6, 3> small = picture;
    same(small, seven, all, 0);
    ArrayXXd wide = ArrayXXd::Zero(6, 5);
    wide.middleCols(1, 3) = picture;
    Eigen::Map<ArrayXXd> map(wide.data() + 6, 6, 3);
    same(map, seven, all, 0);
    CHECK((wide.col(0) == 0).all());
    CHECK((wide.col(4) == 0).all());
    wide.middleCols(1, 3) = picture;
    edit_between(Eigen::Map<ArrayXXd>(wide.data() + 6, 6, 3), source, target, walk, ddim{}, seven,
                 options);
    CHECK((wide.middleCols(1, 3) == all).all());
    // Other element types have noise of their own, on which the closed form does not depend.
    const auto moves = [&](auto x, double rounding) {
        auto alone = x;
        alone.resize(6, 1);
        alone = x.col(1);
        const auto from = predicts_flow(gaussian_of(-0.3, 0.4)),
                   to = predicts_flow(gaussian_of(0.9, 0.4));
        edit_between(x, from, to, flow_walk, ddim{}, seven, {.draws = 2});
        edit_between(alone, from, to, flow_walk, ddim{}, philox{.seed = 7, .first_sample = 1},
                     {.draws = 2});
        CHECK((x.col(1) == alone).all());
        CHECK(distance(x.template cast<double>(), picture + 1.2) < rounding);
    };
    moves(Eigen::ArrayXXf(picture.cast<float>()), 1e-5);
    moves(Eigen::ArrayXX<Eigen::half>(picture.cast<Eigen::half>()), 1e-2);
    moves(Eigen::ArrayXX<Eigen::bfloat16>(picture.cast<Eigen::bfloat16>()), 1e-1);
}

TEST_CASE("no step but the first takes memory, and observers see the picture on its way") {
    const auto source = predicts_flow(of(mixture{})), target = predicts_flow(of(other));
    ArrayXXd x = picture;
    std::vector<std::size_t> taken;
    taken.reserve(20);
    double sure = -1;
    const auto look = [&](const auto& r) {
        taken.push_back(fokker_test::allocations());
        if (r.index() == r.steps()) sure = (r.prediction() - r.state()).abs().maxCoeff();
    };
    edit_between(x, source, target, flow_walk, dpm_solver_pp_2m{}, seven, {.draws = 2}, look);
    CHECK(taken.size() == 8);
    CHECK(taken[0] == taken[7]);
    CHECK(sure == 0);  // the last step goes straight to where the picture ends
}

TEST_CASE("an observer that stops an edit leaves the picture as far as it has come") {
    const auto source = predicts_flow(of(mixture{})), target = predicts_flow(of(other));
    for (const grid& walk : {flow_walk, karras(edm_path{}, 8)}) {
        ArrayXXd x = picture, wanted = picture;
        const auto stop = [](const progress& at) {
            return at.step == 3 ? control::stop : control::go_on;
        };
        const report done = edit_between(x, source, target, walk, ddim{}, seven, {}, stop);
        CHECK(done.stopped);
        CHECK(done.steps == 3);
        edit_between(wanted, source, target, walk.until(3), ddim{}, seven);
        CHECK((x == wanted).all());
        CHECK(distance(x, picture) > 1e-3);
        CHECK(distance(x, picture) < 2);
        x = picture;
        CHECK(
            edit_between(x, source, target, walk, ddim{}, seven, {.plain_steps = 4}, stop).steps ==
            3);
        CHECK((x == wanted).all());
    }
}

TEST_CASE("a network that throws leaves the picture as far as it has come") {
    const auto source = predicts_flow(of(mixture{}));
    const grid walk = karras(edm_path{}, 8);
    int calls = 0;
    const auto fails = [&](const auto& x, const knot& k, auto& out) {
        if (++calls == 4) throw std::runtime_error("no more");
        of(other)(x, k, out);
    };
    ArrayXXd x = picture, wanted = picture;
    CHECK_THROWS_WITH(edit_between(x, source, predicts_flow(fails), walk, ddim{}, seven),
                      "no more");
    edit_between(wanted, source, predicts_flow(of(other)), walk.until(3), ddim{}, seven);
    CHECK(distance(x, wanted) < 1e-14);
}

TEST_CASE("guided networks are guided, and all calls are counted") {
    const auto with = of(other), without = of(mixture{});
    const auto strong = [&](const auto& x, const knot& k, auto& out) {
        auto u = out;
        with(x, k, out);
        without(x, k, u);
        out = u + 3 * (out - u);
    };
    const ArrayXXd wanted = edited(predicts_flow(without), predicts_flow(strong), flow_walk);
    ArrayXXd x = picture;
    const report done =
        edit_between(x, predicts_flow(without), predicts_flow(guided(with, without, 3.0)),
                     flow_walk, ddim{}, seven, {.draws = 2});
    CHECK(done.evaluations == 8);
    CHECK(done.network_calls == 8 * 2 * 3);
    CHECK(distance(
              edited(predicts_flow(without), predicts_flow(guided(with, without, 3.0)), flow_walk),
              wanted) < 1e-12);
    // Momentum begins with each edit.
    auto moving =
        predicts_flow(guided(with, without, {.scale = 3, .projection = {.momentum = -0.5}}));
    ArrayXXd first = picture, second = picture;
    edit_between(first, predicts_flow(without), moving, flow_walk, ddim{}, seven);
    edit_between(second, predicts_flow(without), moving, flow_walk, ddim{}, seven);
    CHECK((first == second).all());
    CHECK(distance(first, wanted) > 1e-3);
    // What it keeps is of one of the two.
    CHECK_THROWS_WITH(edit_between(first, moving, moving, flow_walk, ddim{}, seven),
                      ContainsSubstring("make two of them"));
    CHECK((first == second).all());
    auto same =
        predicts_flow(guided(with, without, {.scale = 3, .projection = {.momentum = -0.5}}));
    first = picture;
    edit_between(first, moving, same, flow_walk, ddim{}, seven);
    CHECK(distance(first, picture) < 1e-12);
}

TEST_CASE("the known region of the target model stays, whatever the path") {
    const auto source = predicts_flow(of(mixture{}));
    ArrayXXd mask = ArrayXXd::Zero(6, 1);
    mask.topRows(2) = 1;
    for (const grid& walk : {flow_walk, trailing(linear_schedule(), 8), karras(edm_path{}, 8)}) {
        const ArrayXXd plain = edited(walk, {.plain_steps = 2});
        const auto target = predicts_flow(of(other)).with_known_region(picture, mask);
        const ArrayXXd x = edited(source, target, walk, {.plain_steps = 2});
        CHECK(distance(x.topRows(2), picture.topRows(2)) < 1e-12);
        CHECK(distance(x.bottomRows(4), plain.bottomRows(4)) < 1e-12);
        CHECK(distance(edited(source, target, walk).topRows(2), picture.topRows(2)) < 1e-12);
    }
    // And so do its options: on no step of the walk.
    const auto nowhere = predicts_flow(of(other)).with_known_region(picture, mask, {.strength = 0});
    CHECK(distance(edited(source, nowhere, flow_walk), edited()) < 1e-12);
    CHECK_THROWS_WITH(
        edited(source, predicts_flow(of(other)).with_known_noise(picture, {.to = 1}), flow_walk),
        ContainsSubstring("with_known_noise"));
}

TEST_CASE("noise is fresh at each level, by the seed, and averaged over draws") {
    ArrayXXd x = picture;
    edit_between(x, predicts_flow(of(mixture{})), predicts_flow(of(other)), flow_walk, ddim{},
                 philox{.seed = 8});
    CHECK(distance(x, edited()) > 1e-3);
    CHECK((edited() == edited()).all());
    // Of many draws the mean over them hardly differs from seed to seed.
    const auto spread = [&](int draws) {
        ArrayXXd a = picture, b = picture;
        const edit_between_options options{.draws = draws};
        for (auto* each : {&a, &b})
            edit_between(*each, predicts_flow(of(mixture{})), predicts_flow(of(other)), flow_walk,
                         ddim{}, philox{.seed = each == &a ? 1u : 2u}, options);
        return std::sqrt((a - b).square().mean());
    };
    CHECK(spread(64) < 0.4 * spread(1));
}

TEST_CASE("wrong edits are refused before any call, and the picture is as it was") {
    int calls = 0;
    const auto counted = [&](const auto& x, const knot& k, auto& out) {
        ++calls;
        of(mixture{})(x, k, out);
    };
    const auto model = predicts_flow(counted);
    const auto refuses = [&](const auto& source, const auto& target, const grid& walk,
                             const auto& solver, auto&& z, const edit_between_options& options,
                             const char* what) {
        ArrayXXd x = picture;
        CHECK_THROWS_WITH(edit_between(x, source, target, walk, solver, z, options),
                          ContainsSubstring(what));
        CHECK((x == picture).all());
        CHECK(calls == 0);
    };
    const grid reversed = karras(edm_path{}, 8, {.end = grid_end::least_noise}).reversed();
    refuses(model, model, reversed, ddim{}, seven, {}, "the grid is reversed");
    const grid jumping = resampled(karras(edm_path{}, 8), {.jump_length = 2, .jump_samples = 2});
    refuses(model, model, jumping, ddim{}, seven, {}, "jumps back to more noise");
    refuses(model, model, flow_walk, ddpm{}, seven, {}, "fokker::ddim{}");
    refuses(model, model, flow_walk, ddim{.eta = 0.5}, seven, {}, "adds noise");
    refuses(model, model, flow_walk, ddim{}, seven, {.draws = 0}, "draws is 0");
    refuses(model, model, flow_walk, ddim{}, seven, {.plain_steps = -1}, "plain_steps is -1");
    refuses(model, model, flow_walk, ddim{}, seven, {.plain_steps = 8}, "fokker::edit");
    refuses(model, model, flow_walk, ddim{}, brownian{.seed = 1}, {}, "one Brownian path");
    refuses(predicts_noise(counted), model, flow_walk, ddim{}, seven, {}, "noise prediction");
    refuses(model, predicts_score(counted), flow_walk, ddim{}, seven, {}, "score prediction");
    refuses(predicts_flow(counted, second_output::unconditional), model, flow_walk, ddim{}, seven,
            {}, "unconditional");
    const std::vector<ArrayXXd> wrong{ArrayXXd::Zero(6, 2)};
    refuses(model, model, flow_walk, ddim{}, recorded(wrong), {}, "recorded draw 0 has 12");
}

TEST_CASE("a walk of its own with the network of an edit is the verb's, and may be interrupted") {
    const auto source = predicts_flow(of(mixture{}));
    auto other_mind = predicts_flow(of(other));
    std::mt19937_64 engine(3), again(3);
    const ArrayXXd before = picture;
    const auto walk = [&](auto& x, auto&& z) {
        return run(x, predicts_flow(edit_network(before, source, of(other), z, 2)), flow_walk,
                   dpm_solver_pp_2m{});
    };
    // A bare callable predicts noise, which at alpha = 0 says nothing.
    ArrayXXd x = picture, y = picture, wanted = picture;
    CHECK_THROWS_WITH(walk(x, seven).step(), ContainsSubstring("noise prediction"));
    const auto whole = [&](auto& state, auto&& z) {
        return run(state, predicts_flow(edit_network(before, source, other_mind, z, 2)), flow_walk,
                   dpm_solver_pp_2m{});
    };
    const auto check = [&](auto&& z, auto&& same) {
        wanted = x = y = picture;
        edit_between(wanted, source, other_mind, flow_walk, dpm_solver_pp_2m{}, same, {.draws = 2});
        auto first = whole(x, z);
        for (int i = 0; i < 3; ++i) first.step();
        const checkpoint at = first.checkpoint();
        while (!first.done()) first.step();
        CHECK((x == wanted).all());
        auto second = whole(y, z);
        second.resume(at);
        while (!second.done()) second.step();
        CHECK((y == wanted).all());
    };
    check(seven, seven);
    check(engine, again);
    // With what a model may have around it.
    ArrayXXd mask = ArrayXXd::Zero(6, 1);
    mask.topRows(2) = 1;
    x = picture;
    denoise(x,
            predicts_flow(edit_network(picture, source, other_mind, seven))
                .with_known_region(before, mask),
            flow_walk, ddim{});
    CHECK(distance(x.topRows(2), picture.topRows(2)) < 1e-14);
    CHECK(distance(x.bottomRows(4), edited().bottomRows(4)) < 1e-14);
}

TEST_CASE("a network of an edit refuses another picture and wrong options") {
    const auto model = predicts_flow(of(mixture{}));
    ArrayXXd x = picture;
    const ArrayXXd wide = ArrayXXd::Zero(6, 4);
    const auto step = [&](const ArrayXXd& original) {
        denoise(x, predicts_flow(edit_network(original, model, model, seven)), flow_walk, ddim{});
    };
    CHECK_THROWS_WITH(step(wide),
                      ContainsSubstring("4 samples of 6") && ContainsSubstring("3 samples"));
    CHECK_THROWS_WITH(step(x), ContainsSubstring("pass a copy"));
    CHECK_THROWS_WITH(edit_network(picture, model, model, seven, 0),
                      ContainsSubstring("draws is 0"));
    CHECK_THROWS_WITH(edit_network(picture, model, model, brownian{.seed = 1}),
                      ContainsSubstring("one Brownian path"));
    CHECK_THROWS_WITH(
        edit_network(picture, predicts_flow(of(other), second_output::variance), model, seven),
        ContainsSubstring("variance"));
}
