// Prints what docs/sampler-errors.md shows: a table of it (karras, trailing, guided, flow or
// samples), or the curves of its picture (curves). docs/tables.sh and docs/draw.sh call it.
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measure.hpp"
#include "print.hpp"

using namespace tables;

namespace {

constexpr Eigen::Index points = 101, samples = 100'000;
constexpr double guidance = 4.0;

const fokker::vp_path vp;
const setting on_vp = setting_on(vp, modes, [](int steps) { return fokker::karras(vp, steps); });
const fokker::discrete_schedule schedule = fokker::linear_schedule();
const setting on_schedule =
    setting_on(schedule, modes, [](int steps) { return fokker::trailing(schedule, steps); });
const setting with_guidance = setting_on(vp, guided_modes{guidance}, on_vp.grid);
const setting on_flow = setting_on(fokker::flow_path{}, modes, [](int steps) {
    return fokker::linspace(fokker::flow_path{}, steps);
});

// Solvers with options that a program would set, for want of usual ones.
template <class Solver>
Solver configured(Solver solver) {
    if constexpr (requires { solver.variance.gamma; }) {
        static const fokker::moments gamma = [] {
            std::vector<fokker::knot> knots;
            for (int i = 0; i <= 200; ++i)
                knots.push_back(
                    vp.at(vp.first_time() + i / 200.0 * (vp.last_time() - vp.first_time())));
            return fokker::estimate_moments(fokker::predicts_data(network_of(modes)), knots,
                                            quantiles(modes, 20'000), fokker::philox{.seed = 1});
        }();
        solver.variance.gamma = gamma;
    }
    return solver;
}

// Whether its rule is the one for rectified flows.
template <class Solver>
bool is_for_flows(const Solver& solver) {
    if constexpr (requires { solver.rule == fokker::ancestral_rule::flow; })
        return solver.rule == fokker::ancestral_rule::flow;
    else
        return false;
}

// error(end) of a solver, at each number of calls that it can be walked with.
template <class Solver>
line errors_of(std::string_view name, const Solver& solver, const setting& on, const state& noise,
               const std::vector<int>& budgets, const auto& error) {
    line one{std::string(name), {}};
    for (const int calls : budgets)
        if (const auto reached = walked_within(calls, on, configured(solver), noise))
            one.errors.emplace_back(calls, error(*reached));
    return one;
}

// The same of each solver of the catalogue that is wanted.
lines measure(const setting& on, const state& noise, const std::vector<int>& budgets,
              const auto& wanted, const auto& error) {
    lines all;
    const auto add = [&](const auto& entry) {
        if (entry.needs_second_output() || entry.inverts() || !wanted(entry)) return;
        all.push_back(errors_of(entry.name, entry.solver, on, noise, budgets, error));
    };
    using enum fokker::solver_family;  // all but few_step, whose networks are distilled ones
    fokker::for_each_named_solver<singlestep>(add);
    fokker::for_each_named_solver<multistep>(add);
    fokker::for_each_named_solver<ancestral>(add);
    fokker::for_each_named_solver<sde>(add);
    return all;
}

lines flow_errors(const setting& on, const std::vector<int>& budgets,
                  const std::set<std::string_view>& names = {}) {
    const state noise = normal_quantiles(points);
    return measure(
        on, noise, budgets,
        [&](const auto& entry) {
            return !entry.stochastic() && (names.empty() || names.contains(entry.name));
        },
        [&](const end& reached) { return flow_error(on, reached, noise); });
}

// Those that draw noise, and some that do not, to compare.
lines distances(const std::vector<int>& budgets, std::set<std::string_view> names = {}) {
    const std::set<std::string_view> others{"ddim", "heun", "dpm++2m", "unipc"};
    const state exact = quantiles(modes, samples), noise = normal_quantiles(samples);
    const auto error = [&](const end& reached) { return distance(reached.x, exact); };
    lines all = measure(
        on_vp, noise, budgets,
        [&](const auto& entry) {
            if (!names.empty()) return names.contains(entry.name);
            return others.contains(entry.name) ||
                   (entry.stochastic() && !is_for_flows(entry.solver));
        },
        error);
    if (!names.empty()) return all;
    // Those whose noise is an option.
    const auto add = [&](std::string_view name, const auto& solver) {
        all.push_back(errors_of(name, solver, on_vp, noise, budgets, error));
    };
    add("dpm-fast, eta = 1", fokker::dpm_solver_fast{.eta = 1.0});
    add("dpm-adaptive-2, eta = 1", fokker::dpm_solver_adaptive<2>{.eta = 1.0});
    add("dpm-adaptive, eta = 1", fokker::dpm_solver_adaptive<3>{.eta = 1.0});
    return all;
}

// The mean distance that so many draws from the mixture itself have.
double least_distance() {
    constexpr int repetitions = 20;
    const state exact = quantiles(modes, samples);
    std::mt19937_64 engine(1);
    std::uniform_int_distribution<Eigen::Index> any(0, samples - 1);
    double sum = 0;
    for (int i = 0; i < repetitions; ++i) {
        state drawn(samples);
        for (double& x : drawn) x = exact[any(engine)];
        sum += distance(drawn, exact);
    }
    return sum / repetitions;
}

void print_all_curves() {
    const std::vector<int> budgets{4, 5, 6, 8, 10, 13, 16, 20, 26, 32, 40, 50, 64, 80, 100};
    print_curves("single", flow_errors(on_vp, budgets,
                                       {"ddim", "heun", "dpm2", "dpm-solver-3", "dpm++2s",
                                        "dpm++3s", "dpm-fast", "dpm-adaptive"}));
    print_curves("multistep", flow_errors(on_vp, budgets,
                                          {"ddim", "dpm++2m", "dpm++3m", "deis3", "lms", "ipndm",
                                           "unipc", "unipc3"}));
    print_curves("guided", flow_errors(with_guidance, budgets,
                                       {"ddim", "heun", "dpm++2s", "dpm++2m", "dpm++3m", "deis3",
                                        "unipc", "unipc3"}));
    print_curves("noise",
                 distances(budgets, {"ddim", "dpm++2m", "ddpm", "analytic-ddpm", "dpm++2m-sde",
                                     "sa-solver", "er-sde", "euler-maruyama"}));
    std::printf("noise|least|%.4g\n", least_distance());
}

}  // namespace

int main(int count, char** words) {
    const std::string_view wanted = count > 1 ? words[1] : "";
    const std::vector<int> budgets{5, 10, 20, 50};
    if (wanted == "curves") print_all_curves();
    if (wanted == "trailing") print_table(flow_errors(on_schedule, budgets), budgets);
    if (wanted == "karras") print_table(flow_errors(on_vp, budgets), budgets);
    if (wanted == "guided") print_table(flow_errors(with_guidance, budgets), budgets);
    if (wanted == "flow") print_table(flow_errors(on_flow, budgets), budgets);
    if (wanted == "samples") print_table(distances(budgets), budgets);
}
