// What the papers' formulas and the originals make of a position, and of walks in the order of
// confidence: golden/discrete.py.
#include <fokker/discrete/run.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <fokker/discrete/blocks.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/discrete/sampler/entropy_bound.hpp>
#include <fokker/discrete/sampler/flow_euler.hpp>
#include <fokker/discrete/sampler/surest_first.hpp>
#include <fokker/discrete/sampler/tau_leaping.hpp>
#include <fokker/discrete/sampler/tweedie.hpp>
#include <fokker/discrete/transition_matrices.hpp>
#include <fokker/path/continuous.hpp>
#include <fokker/path/grids.hpp>

#include "catch.hpp"
#include "support/exact_law.hpp"
#include "support/golden.hpp"

using namespace fokker;
using namespace fokker_test;
using namespace fokker::discrete;

namespace {

using numbers = std::vector<double>;

/// The share of masks at the two knots of a case.
struct masks_of_case {
    double noisy, of_noisy, of_clean;
    double operator()(double alpha) const { return alpha == noisy ? of_noisy : of_clean; }
};

transition_matrices matrices_of(const golden_case& one, int classes) {
    const numbers betas = golden_numbers(one.at("betas"));
    if (one.at("kind") == "gaussian")
        return transition_matrices(discretised_gaussian(classes, betas));
    std::vector<Eigen::MatrixXd> steps;
    for (const double beta : betas) {
        Eigen::MatrixXd q = (1.0 - beta) * Eigen::MatrixXd::Identity(classes, classes);
        if (one.at("kind") == "uniform")
            q.array() += beta / classes;
        else
            q.col(classes / 2).array() += beta;
        steps.push_back(q);
    }
    return transition_matrices(steps);
}

/// f(process, noisy knot, clean knot) of a case.
void with_process(const golden_case& one, int classes, const auto& f) {
    const std::string name = one.at("process");
    if (name == "matrices") {
        const auto at = [&](std::size_t i) {
            const double t = one.at("steps")[i], share = t / 6.0;
            return knot{t, 1.0 - share, share};
        };
        transition_matrices process = matrices_of(one, classes);
        process.prepare(grid({at(0), at(1)}));
        return f(process, at(0), at(1));
    }
    const auto at = [&](std::size_t i) {
        const double alpha = one.at("alphas")[i];
        return knot{1.0 - alpha, alpha, 1.0 - alpha};
    };
    if (name == "uniform") return f(uniform{}, at(0), at(1));
    const int mask = one.at("mask");
    if (name == "absorbing") return f(absorbing{.mask = mask}, at(0), at(1));
    REQUIRE(name == "mask_and_uniform");
    const masks_of_case masked{at(0).alpha, one.at("gammas")[0], one.at("gammas")[1]};
    f(mask_and_uniform<masks_of_case>{.mask = mask, .masked = masked}, at(0), at(1));
}

/// f(sampler) of a case, which is one for the process.
template <class Process>
void with_sampler(const golden_case& one, const Process&, const auto& f) {
    const std::string name = one.at("sampler");
    if (name == "ancestral") return f(ancestral{});
    if constexpr (fokker::discrete::detail::has_one_noise<Process>) {
        if (name == "tweedie") return f(tweedie{});
        if (name == "tau_leaping, linear") return f(tau_leaping{.jumps = jump_law::linear});
        REQUIRE(name == "flow_euler, published");
        f(flow_euler{.detour = one.at("detour"), .jumps = flow_jump::published});
    } else {
        FAIL(name);
    }
}

/// A position of which a network says ratios, whatever they are: the law of what a sampler makes of
/// it.
template <class Process>
struct position_of_ratios {
    const Process& of;
    knot noisy, clean;
    int value, count;
    numbers ratios, law;

    int token() const { return value; }
    int classes() const { return count; }
    template <class F>
    int pick_state(const F& f) {
        double whole = 0.0, sum = 0.0;
        for (const double ratio : ratios) whole += ratio;
        for (std::size_t y = 0; y < ratios.size(); ++y)
            sum += law[y] = f(static_cast<int>(y), ratios[y], whole);
        for (double& each : law) each /= sum;
        return value;
    }
    template <class F, class Chance>
    int jump(const F& f, const Chance& chance) {
        double all = 0.0;
        for (std::size_t y = 0; y < ratios.size(); ++y)
            all += law[y] = static_cast<int>(y) == value ? 0.0 : f(static_cast<int>(y), ratios[y]);
        for (double& each : law) each *= chance(all) / all;
        law[static_cast<std::size_t>(value)] = 1.0 - chance(all);
        return value;
    }
    void set(int) {}

    std::pair<const knot&, const knot&> interval() const { return {noisy, clean}; }
    const Process& process() const { return of; }
    void each(const auto& f) { f(*this); }
};

numbers as_numbers(const law& found, std::size_t values) {
    numbers all(values);
    for (const auto& [x, p] : found) all.at(static_cast<std::size_t>(x[0])) = p;
    return all;
}

double worst(const numbers& a, const numbers& b) {
    REQUIRE(a.size() <= b.size());
    double most = 0.0;
    for (std::size_t i = 0; i < b.size(); ++i)
        most = std::max(most, std::abs((i < a.size() ? a[i] : 0.0) - b[i]));
    return most;
}

std::vector<int> tokens_of(const golden_case& one) {
    if (one.contains("tokens")) return one.at("tokens").get<std::vector<int>>();
    std::vector<int> all;
    for (std::size_t i = 0; i < one.at("laws").size(); ++i) all.push_back(static_cast<int>(i));
    return all;
}

/// The network's distribution of the clean class, given all that it sees.
numbers classes_of(const golden_case& one, const auto& process, const knot& noisy, int token) {
    const numbers row = golden_numbers(one.at("row"));
    numbers r(row.size()), p(row.size());
    if (one.at("says") == "left_out") {
        classes_from_left_out(process, noisy, token, row, p);
        return p;
    }
    // Of an open position among masks all is known.
    left_out_from_classes(process, noisy, token, row, r);
    classes_from_left_out(process, noisy, token, r, p);
    return p;
}

/// The law of one step from a value.
numbers law_of_step(const golden_case& one, const auto& process, const knot& noisy,
                    const knot& clean, int token) {
    const numbers row = golden_numbers(one.at("row"));
    const int classes = static_cast<int>(row.size());
    const auto values = static_cast<std::size_t>(process.states(classes));
    if (one.at("sampler") == "redrawn") {  // as gibbs_corrected does
        numbers r(row.size()), ratios(values);
        left_out_from_classes(process, noisy, token, row, r);
        ratios_from_left_out(process, noisy, token, r, ratios);
        fokker::discrete::detail::normalise(ratios);
        return ratios;
    }
    numbers found;
    with_sampler(one, process, [&](const auto& sampler) {
        if constexpr (requires { sampler.by_ratios; }) {
            numbers ratios = row;
            ratios.resize(values);
            ratios[static_cast<std::size_t>(token)] = 1.0;
            position_of_ratios<std::remove_cvref_t<decltype(process)>> at{
                process, noisy, clean, token, classes, ratios, numbers(values)};
            sampler.step(at);
            found = at.law;
        } else {
            const auto says = [&](const tokens& x, std::size_t, const knot& k) {
                return classes_of(one, process, k, x[0]);
            };
            found = as_numbers(
                law_of_samples(sampler, process, says, grid({noisy, clean}), {{{token}, 1.0}}),
                values);
        }
    });
    return found;
}

std::vector<golden_case> cases_with(const char* key) {
    std::vector<golden_case> some;
    for (golden_case& one : golden_cases("discrete"))
        if (one.contains(key)) some.push_back(std::move(one));
    return some;
}

}  // namespace

TEST_CASE("a step has the law of the papers' formulas and of the originals") {
    for (const golden_case& one : cases_with("laws")) {
        INFO(one.at("name").get<std::string>());
        const int classes = static_cast<int>(one.at("row").size());
        const std::vector<int> tokens = tokens_of(one);
        REQUIRE(tokens.size() == one.at("laws").size());
        with_process(one, classes, [&](const auto& process, const knot& noisy, const knot& clean) {
            for (std::size_t i = 0; i < tokens.size(); ++i) {
                const numbers found = law_of_step(one, process, noisy, clean, tokens[i]);
                CAPTURE(tokens[i]);
                // Of 1e-6 uniform noise, 1 - alpha - gamma leaves ten digits.
                const double rounding =
                    one.contains("precision") ? 3e-7
                    : one.contains("gammas") && one.at("gammas")[0] > 0.9 * (1 - noisy.alpha)
                        ? 1e-10
                        : 1e-12;
                CHECK(worst(golden_numbers(one.at("laws")[i]), found) / rounding < 1.0);
                // Its tables have 24 bits, which stand in exponents as large as 12.
                if (one.contains("original"))
                    CHECK(worst(golden_numbers(one.at("original")[i]), found) < 2e-5);
                if (!one.contains("divergences")) continue;
                numbers r = golden_numbers(one.at("row"));
                for (int x0 = 0; x0 < classes; ++x0) {
                    const double term =
                        golden_number(one.at("divergences")[i][static_cast<std::size_t>(x0)]);
                    if (term < 0) continue;
                    CHECK(std::abs(posterior_divergence(process, noisy, clean, tokens[i], x0, r) -
                                   term) < 1e-12);
                }
            }
        });
    }
}

TEST_CASE("a run draws as often as the formulas say, whatever the network says") {
    constexpr int count = 40000;
    for (const golden_case& one : cases_with("laws")) {
        if (one.at("sampler") == "redrawn") continue;
        INFO(one.at("name").get<std::string>());
        const numbers row = golden_numbers(one.at("row"));
        const int classes = static_cast<int>(row.size());
        const std::vector<int> tokens = tokens_of(one);
        const auto network = [&](const Eigen::ArrayXXi& x, double, Eigen::ArrayXXd& logits) {
            for (Eigen::Index i = 0; i < x.size(); ++i)
                for (int k = 0; k < classes; ++k)
                    logits(k, i) =
                        fokker::discrete::detail::log_of(row[static_cast<std::size_t>(k)]);
        };
        with_process(one, classes, [&](const auto& process, const knot& noisy, const knot& clean) {
            with_sampler(one, process, [&](const auto& sampler) {
                using of_process = std::remove_cvref_t<decltype(process)>;
                for (std::size_t i = 0; i < tokens.size(); ++i) {
                    if constexpr (fokker::discrete::detail::noise_is_mask<of_process>)
                        if (one.at("says") == "classes" && tokens[i] != process.mask)
                            continue;  // a network of masks says its class, and this does not
                    Eigen::ArrayXXi x = Eigen::ArrayXXi::Constant(count, 1, tokens[i]);
                    auto m =
                        one.at("says") == "classes"
                            ? predicts_classes<Eigen::ArrayXXd>(network, classes)
                        : one.at("says") == "left_out"
                            ? predicts_classes_leaving_one_out<Eigen::ArrayXXd>(network, classes)
                            : predicts_ratios<Eigen::ArrayXXd>(network, classes);
                    denoise(x, m, process, grid({noisy, clean}), sampler, philox{.seed = 11});
                    const numbers wanted = golden_numbers(one.at("laws")[i]);
                    for (std::size_t y = 0; y < wanted.size(); ++y) {
                        const double p = wanted[y],
                                     seen =
                                         static_cast<double>((x == static_cast<int>(y)).count()) /
                                         count;
                        CAPTURE(tokens[i], y, p, seen);
                        CHECK(std::abs(seen - p) <=
                              4.5 * std::sqrt(std::max(0.0, p * (1 - p)) / count) + 1e-4);
                    }
                }
            });
        });
    }
}

TEST_CASE("ratios at a mask are MDLM's, and matrices for 256 classes D3PM's") {
    for (const golden_case& one : cases_with("ratios")) {
        const double alpha = one.at("alphas")[0];
        const numbers row = golden_numbers(one.at("row"));
        numbers ratios(row.size() + 1);
        ratios_from_left_out(absorbing{.mask = 5}, {1 - alpha, alpha, 1 - alpha}, 5, row, ratios);
        CHECK(worst(golden_numbers(one.at("ratios")), ratios) < 1e-12);
    }
    const golden_case rows = golden("discrete", "D3PM's rows for 256 classes");
    const Eigen::MatrixXd q = discretised_gaussian(256, {0.0013})[0];
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 16; ++j)
            CHECK(std::abs(q(rows.at("rows")[0][i].get<int>(), 120 + static_cast<int>(j)) -
                           golden_number(rows.at("rows")[1][i][j])) < 1e-14);
}

namespace {

constexpr int mask = 5;

/// As in golden/discrete.py: it depends on the positions beside.
void golden_network(const Eigen::ArrayXXi& x, double, Eigen::ArrayXXd& logits) {
    const int n = static_cast<int>(x.size());
    for (int i = 0; i < n; ++i)
        for (int k = 0; k < 5; ++k)
            logits(k, i) = 2.5 * std::sin(1.3 * (k + 1) + 0.7 * i + 0.9 * x((i + n - 1) % n) +
                                          0.4 * x((i + 1) % n)) +
                           1.5 * std::cos(0.8 * i * (k + 1));
}

using states = std::vector<std::vector<int>>;

template <class Sampler>
states walked(const golden_case& one, const grid& knots, const Sampler& sampler, int block = 11) {
    const std::vector<int> begin = one.at("begin");
    Eigen::ArrayXXi x(11, 1);
    std::copy(begin.begin(), begin.end(), x.data());
    states all;
    denoise_in_blocks(
        x, predicts_classes<Eigen::ArrayXXd>(golden_network, 5).drawn_by({.temperature = 0}),
        absorbing{.mask = mask}, knots, sampler, philox{}, block,
        [&](const auto& run) { all.emplace_back(run.state().data(), run.state().data() + 11); });
    return all;
}

}  // namespace

TEST_CASE("walks in the order of confidence are those of aMUSEd, LLaDA and Dream") {
    for (const golden_case& one : cases_with("order")) {
        INFO(one.at("name").get<std::string>());
        const states wanted = one.at("walk").get<states>();
        const std::string order = one.at("order");
        if (order == "entropy") {
            // Which masks the first of two steps opens.
            const states seen =
                walked(one, even_alphas(2), entropy_bound{.bound = one.at("bound")});
            for (std::size_t i = 0; i < 11; ++i) CHECK((seen[0][i] != mask) == (wanted[0][i] == 1));
            continue;
        }
        const int steps = one.at("steps");
        if (order == "llada") {
            CHECK(walked(one, even_alphas(steps), surest_first{.leaves = quota::evenly},
                         one.at("block")) == wanted);
        } else if (order == "dream") {
            const std::string by = one.at("by");
            std::vector<double> times;
            for (int i = 0; i < steps; ++i) times.push_back(1.0 + (1e-3 - 1.0) * i / steps);
            CHECK(walked(one, from_times(flow_path{}, times),
                         surest_first{.by = by == "probability" ? confidence::probability
                                            : by == "margin"    ? confidence::margin
                                                                : confidence::entropy,
                                      .leaves = quota::by_step}) == wanted);
        } else {
            std::vector<double> times;
            for (int i = 0; i < steps; ++i)
                times.push_back(one.at("schedule") == "linear"
                                    ? 1.0 - static_cast<double>(i) / steps
                                    : std::cos(std::acos(0.0) * i / steps));
            CHECK(walked(one, from_times(flow_path{}, times), surest_first{}) == wanted);
        }
    }
}

TEST_CASE("temperature, top_k and top_p leave the classes that diffusers leaves") {
    for (const golden_case& one : cases_with("left")) {
        INFO(one.at("name").get<std::string>());
        const numbers row = golden_numbers(one.at("row")), left = golden_numbers(one.at("left"));
        numbers logits;
        for (const double p : row) logits.push_back(std::log(p));
        fokker::discrete::detail::row_reader reader(row.size());
        const draw_options how{.temperature = one.at("temperature"),
                               .top_k = one.at("top_k"),
                               .top_p = one.at("top_p")};
        // Each class has the part of [0, 1) that is its probability, whatever their order.
        const int count = 20000;
        std::vector<int> seen(row.size());
        for (int i = 0; i < count; ++i)
            ++seen[static_cast<std::size_t>(
                reader.draw(logits.data(), {}, how, (i + 0.5) / count).number)];
        for (std::size_t k = 0; k < row.size(); ++k)
            CHECK(std::abs(static_cast<double>(seen[k]) / count - left[k]) < 1.01 / count);
    }
}
