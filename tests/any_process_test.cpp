#include <fokker/any_process.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>
#include <fokker/path/transition.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/consistency.hpp>
#include <fokker/solver/ddim.hpp>
#include <fokker/solver/ddpm.hpp>

#include "catch.hpp"
#include "support/exact_law.hpp"
#include "support/mixture.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;

namespace {

const auto restoring = [](const ArrayXXd& x, const knot& k, ArrayXXd& x0) {
    fokker_test::exact_network<data_prediction>{}(x, k, x0);
};
const auto exact_model = predicts_data(restoring);

/// Gaussian noise as a forward process of the user's own.
const auto gaussian = [](const ArrayXXd& x0, const knot& k, const step_numbers& numbers,
                         ArrayXXd& out) {
    numbers.normals(out);
    out = k.alpha * x0 + k.sigma * out;
};

double away(const ArrayXXd& a, const ArrayXXd& b) { return (a - b).abs().maxCoeff(); }

const ArrayXXd start = ArrayXXd::Random(5, 7) * 2;

}  // namespace

TEST_CASE("with Gaussian noise, restoring is the consistency sampler, DDPM and DDIM") {
    const grid walk = trailing(linear_schedule(), 20);
    const philox noise{.seed = 3};
    const auto walked = [&](const auto& solver) {
        ArrayXXd x = start;
        denoise(x, exact_model, walk, solver, noise);
        return x;
    };
    ArrayXXd x = start;
    const report done = restore(x, restoring, walk, renoised{gaussian}, noise);
    CHECK(done.steps == 20);
    CHECK(done.evaluations == 20);
    CHECK(away(x, walked(consistency_sampler{})) < 1e-12);

    x = start;
    restore(x, restoring, walk,
            moved_by{[](const ArrayXXd& at, const ArrayXXd& x0, const knot& from, const knot& to,
                        const step_numbers& numbers, ArrayXXd& out) {
                const posterior q = posterior_between(to, from);
                numbers.normals(out);
                out = q.state * at + q.data * x0 + q.std * out;
            }},
            noise);
    CHECK(away(x, walked(ddpm{})) < 1e-12);

    x = start;
    restore(x, restoring, walk,
            moved_by{[](const ArrayXXd& at, const ArrayXXd& x0, const knot& from, const knot& to,
                        const step_numbers&, ArrayXXd& out) {
                out = to.alpha * x0 + to.sigma / from.sigma * (at - from.alpha * x0);
            }},
            noise);
    CHECK(away(x, walked(ddim{})) < 1e-12);
}

TEST_CASE("a state of classes is restored as well as one of numbers") {
    using namespace fokker_test;
    const discrete::absorbing masks{.mask = 3};
    const grid walk = linspace(flow_path{}, 9);
    const auto logits = [](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXf& said) {
        for (Eigen::Index i = 0; i < x.size(); ++i)
            said.col(i) << std::log(0.6f), std::log(0.3f), std::log(0.1f);
    };
    Eigen::ArrayXXi wanted(4, 30);
    discrete::sample(wanted, discrete::predicts_classes(logits, 3), masks, walk,
                     discrete::ancestral{}, philox{.seed = 2});
    // Restored data are draws, and the move is the posterior: the same numbers decide.
    Eigen::ArrayXXi x = Eigen::ArrayXXi::Constant(4, 30, 3);
    const auto move = [&](const Eigen::ArrayXXi& at, const Eigen::ArrayXXi&, const knot& from,
                          const knot& to, const step_numbers& numbers, Eigen::ArrayXXi& out) {
        out = at;
        for (Eigen::Index n = 0; n < at.cols(); ++n)
            for (Eigen::Index i = 0; i < at.rows(); ++i) {
                const auto u =
                    numbers.uniforms(static_cast<std::size_t>(n), static_cast<std::size_t>(i));
                if (at(i, n) == 3 && u[1] < (to.alpha - from.alpha) / (1 - from.alpha))
                    out(i, n) = u[0] < 0.6 ? 0 : u[0] < 0.9 ? 1 : 2;
            }
    };
    restore(
        x, [](const Eigen::ArrayXXi& at, double, Eigen::ArrayXXi& x0) { x0 = at; }, walk,
        moved_by{move}, philox{.seed = 2});
    CHECK((x == wanted).all());
}

TEST_CASE("with draws of the data every state has its law, with their means it has not") {
    // Data N(0, 1), alpha = cos, sigma = sin: E[x_0 | x] = alpha x, Var = sigma^2.
    const int samples = 40000;
    const grid walk = linspace(cosine_path{}, 11);
    const auto spread = [&](bool draws) {
        ArrayXXd x(1, samples), z(1, samples);
        step_numbers({.seed = 1}, 0).normals(x);
        int call = 0;
        restore(
            x,
            [&](const ArrayXXd& at, const knot& k, ArrayXXd& x0) {
                x0 = k.alpha * at;
                if (!draws) return;
                step_numbers({.seed = 99}, static_cast<std::uint32_t>(++call)).normals(z);
                x0 += k.sigma * z;
            },
            walk, renoised{gaussian}, philox{.seed = 5});
        return x.square().mean();
    };
    // What the means make of the variance: v_s = alpha_s^2 alpha_t^2 v_t + sigma_s^2.
    double wanted = 1.0;
    for (std::size_t i = 0; i + 1 < walk.size(); ++i)
        wanted = std::pow(walk[i + 1].alpha * walk[i].alpha, 2) * wanted +
                 std::pow(walk[i + 1].sigma, 2);
    CHECK(wanted < 0.5);
    CHECK(std::abs(spread(false) - wanted) < 0.01);
    CHECK(std::abs(spread(true) - 1.0) < 0.03);
}

TEST_CASE("cold steps cancel the errors of a restoration where the process is linear") {
    // D(x, s) = x + s e with a fixed e: whatever the network says, even nothing, the data come
    // back.
    const ArrayXXd data = ArrayXXd::Random(4, 3), e = ArrayXXd::Random(4, 3);
    const auto degrade = [&](const ArrayXXd& x0, const knot& k, const step_numbers&,
                             ArrayXXd& out) { out = x0 + k.t * e; };
    const grid walk{{1.0, 0.1, 0.9}, {0.6, 0.5, 0.5}, {0.1, 0.8, 0.2}, {0.0, 1.0, 0.0}};
    const auto useless = [](const ArrayXXd&, double, ArrayXXd& x0) { x0.setZero(); };
    ArrayXXd x = data + e;
    restore(x, useless, walk, cold{degrade}, philox{});
    CHECK(away(x, data) < 1e-14);
    x = data + e;
    restore(x, useless, walk, renoised{degrade}, philox{});
    CHECK(away(x, data) > 0.1);

    // With noise that is fixed over the walk it is one linear combination.
    x = start;
    ArrayXXd y = start, z(5, 7), x0(5, 7);
    restore(x, restoring, walk, cold{gaussian}, philox{.seed = 4});
    step_numbers({.seed = 4}, 1).normals(z);
    for (std::size_t i = 0; i + 1 < walk.size(); ++i) {
        restoring(y, walk[i], x0);
        y += (walk[i + 1].alpha - walk[i].alpha) * x0 + (walk[i + 1].sigma - walk[i].sigma) * z;
    }
    CHECK(away(x, y) < 1e-12);
}

TEST_CASE("states may be of any type, and observers may end the walk") {
    // Words lose their ends.
    const grid walk{{3, 0.1, 0.9}, {2, 0.4, 0.6}, {1, 0.7, 0.3}, {0, 1, 0}};
    const std::string word = "thunderstorm";
    std::string x = "th";
    std::vector<std::string> seen;
    const auto cut = [&](const std::string& x0, const knot& k, const step_numbers&,
                         std::string& out) { out = x0.substr(0, 12 - 3 * std::size_t(k.t)); };
    const auto complete = [&](const std::string&, double, std::string& x0) { x0 = word; };
    restore(x, complete, walk, renoised{cut}, philox{},
            [&](const progress&) { seen.push_back(x); });
    CHECK(seen == std::vector<std::string>{"thunde", "thunderst", "thunderstorm"});
    x = "th";
    const report done = restore(x, complete, walk, renoised{cut}, philox{}, [](const progress& p) {
        return p.step == 2 ? control::stop : control::go_on;
    });
    CHECK(done.stopped);
    CHECK(done.steps == 2);
    CHECK(x == "thunderst");
    CHECK_THROWS_WITH(restore(x, complete, walk.reversed(), renoised{cut}, philox{}),
                      ContainsSubstring("reversed"));
}
