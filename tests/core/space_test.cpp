// Walks over arrays that only their space can reach, beside the same walks in this program's
// memory.
#include <fokker/core/space.hpp>

#include <Eigen/Core>
#include <algorithm>
#include <functional>
#include <sstream>
#include <vector>

#include <fokker/fokker.hpp>

#include "catch.hpp"
#include "support/checked_space.hpp"
#include "support/grids.hpp"
#include "support/mixture.hpp"
#include "support/solvers.hpp"

using namespace fokker;
using Eigen::ArrayXXd;
using fokker_test::checked_array;
using fokker_test::launches;

namespace {

using there = checked_array<double>;
constexpr std::size_t elements = 7, samples = 3;

/// A network of both kinds of arrays, from a function of a number and a knot.
template <class F>
struct everywhere {
    F f;
    void operator()(const ArrayXXd& x, const knot& k, ArrayXXd& out) const {
        for (Eigen::Index i = 0; i < x.size(); ++i) out(i) = f(x(i), k);
    }
    void operator()(const there& x, const knot& k, there& out) const {
        for (std::size_t i = 0; i < x.size(); ++i) out.elements()[i] = f(x.elements()[i], k);
    }
};
template <class F>
everywhere(F) -> everywhere<F>;

bool are_equal(const ArrayXXd& x, const there& y) {
    return std::equal(y.elements().begin(), y.elements().end(), x.data(), x.data() + x.size());
}

const everywhere data{[](double x, const knot& k) { return 2.5 * x / (1 + k.sigma) + 0.125; }};
const everywhere other{[](double x, const knot& k) { return 0.5 * x * k.alpha - 0.25; }};

/// Of a model for both, with any options; `model` is called for each of the two.
void check_model(const auto& model, const auto& solver) {
    const grid walk = fokker_test::uneven_grid(vp_path{}, 6);
    ArrayXXd x(elements, samples);
    there y(elements, samples);
    const auto sampled = [&](auto& state) {
        auto m = model();
        run r(state, m, walk, solver, philox{.seed = 3}, check_finite{});
        r.start_from_prior();
        while (!r.done()) r.step();
    };
    sampled(x);
    launches().clear();
    sampled(y);
    CHECK(are_equal(x, y));
    CHECK(launches()["run"] >= walk.steps());
}

void check_model(const auto& model) {
    check_model(model, deis<2>{});
    check_model(model, heun{.s_churn = 3});
}

}  // namespace

TEST_CASE("every solver walks where this program cannot reach") {
    using network_here = std::function<void(const ArrayXXd&, const knot&, ArrayXXd&)>;
    using network_there = std::function<void(const there&, const knot&, there&)>;
    const auto exact = [](double x, const knot& k) { return fokker_test::mixture{}.data(x, k); };
    const auto here = predicts_data(network_here(everywhere{exact}));
    const auto far = predicts_data(network_there(everywhere{exact}));
    const grid walk = fokker_test::uneven_grid(vp_path{}, 5);
    fokker_test::for_each_solver([&](const auto& entry) {
        INFO(entry.name);
        if constexpr (requires { entry.solver.map_elements(); })
            if (entry.solver.map_elements() > 0) return;
        ArrayXXd x(elements, samples);
        there y(elements, samples);
        sample(x, here, walk, entry.solver, philox{.seed = 3});
        sample(y, far, walk, entry.solver, philox{.seed = 3});
        CHECK(are_equal(x, y));
    });
}

TEST_CASE("every option of a model works there") {
    check_model([] { return predicts_data(data); });
    check_model([] { return predicts_noise(data).clipped(-0.5, 0.75); });
    check_model([] { return predicts_data(data).thresholded(0.8, 1.5); });
    check_model([] { return edm_preconditioned(data); });
    check_model([] { return predicts_data(data).guided_by(other, 0.5); });
    const guidance all{.scale = 3.0,
                       .rescale = 0.5,
                       .projection = {.eta = 0.25, .norm_threshold = 2.0, .momentum = -0.5}};
    check_model([&] { return predicts_data(guided(data, other, all)); });
    check_model([&] { return predicts_data(guided(data, other, {.scale = 3.0, .rescale = 0.5})); });
    check_model(
        [&] { return predicts_data(guided_batch(data, all, batch_order::conditional_first)); });
    check_model([&] {
        return predicts_data(guided(as_data_network(edm_preconditioned(data)),
                                    as_data_network(predicts_data(other)), 2.0));
    });
}

TEST_CASE("solvers that read a second output walk there, with probes for one, too") {
    const auto probed = [] { return with_probes(predicts_data(data), {.probes = 2}); };
    check_model(probed, extended_analytic_ddpm{});
    check_model([] { return predicts_data(guided(data, other, 0.75)); }, euler_cfg_pp{});
}

TEST_CASE("a known region is given there") {
    const auto known = [](auto x0, auto mask) {
        return [=] { return predicts_data(data).clipped(-2, 2).with_known_region(x0, mask); };
    };
    const grid walk = fokker_test::uneven_grid(vp_path{}, 6);
    there y0(elements, 1, 0.25), y_mask(elements, 1), y(elements, samples);
    ArrayXXd x0 = ArrayXXd::Constant(elements, 1, 0.25), x_mask = ArrayXXd::Zero(elements, 1),
             x(elements, samples);
    for (std::size_t i = 0; i < 3; ++i) {
        y_mask.elements()[i] = 1;
        x_mask(static_cast<Eigen::Index>(i)) = 1;
    }
    sample(x, known(x0, x_mask)(), walk, deis<2>{}, philox{.seed = 3});
    launches().clear();
    sample(y, known(y0, y_mask)(), walk, deis<2>{}, philox{.seed = 3});
    CHECK(are_equal(x, y));
    CHECK(launches()["impose"] == 6);
    there bad(elements, 1, -1.0);
    CHECK_THROWS_AS(known(y0, bad)(), error);
}

TEST_CASE("a checkpoint takes arrays from there and brings them back") {
    const grid walk = fokker_test::uneven_grid(vp_path{}, 6);
    const guidance momentum{.scale = 3.0, .projection = {.momentum = -0.5}};
    const auto made = [&](there& y, auto& model) {
        return run(y, model, fokker::grid(walk), unipc<2>{}, philox{.seed = 3});
    };
    auto model = predicts_data(guided(data, other, momentum)), again = model;
    there y(elements, samples), z(elements, samples, 9.0);
    auto first = made(y, model);
    first.start_from_prior();
    for (int i = 0; i < 3; ++i) first.step();
    std::stringstream file;
    first.checkpoint().write(file);
    auto second = made(z, again);
    second.resume(checkpoint::read(file));
    while (!first.done()) first.step();
    while (!second.done()) second.step();
    CHECK(y.elements() == z.elements());
}

TEST_CASE("a step is one launch, with a prediction kept, bounds and noise, too") {
    const grid walk = fokker_test::uneven_grid(vp_path{}, 4);
    const auto launched = [&](const auto& model, const auto& solver) {
        there y(elements, samples);
        run r(y, model, walk, solver, philox{.seed = 3});
        r.start_from_prior();
        r.step();
        launches().clear();
        r.step();
        int all = 0;
        for (const auto& [name, count] : launches()) all += count;
        return all;
    };
    const auto model = predicts_noise(data);
    CHECK(launched(model, ddim{}) == 1);
    CHECK(launched(model.clipped(-1, 1), ddim{}) == 1);
    CHECK(launched(model, ddpm{}) == 1);
    CHECK(launched(model.clipped(-1, 1), ddpm{}) == 1);
    CHECK(launched(model, dpm_solver_pp_2m{}) == 1);
    CHECK(launched(model, deis<3>{}) == 1);
    CHECK(launched(model, heun{}) == 2);
    CHECK(launched(model.clipped(-1, 1), heun{}) == 2);
    CHECK(launched(model.thresholded(), ddim{}) == 2);
    CHECK(launched(model, unipc<2>{}) == 2);
    // Bounded data and the noise of a history cannot go along in one pass.
    CHECK(launched(model.clipped(-1, 1), deis<3>{}) == 2);
}
