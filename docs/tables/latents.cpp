// Prints the table of docs/latents.md: how far each solver of the flow ODE comes from the latent,
// and from the data when it walks back. docs/tables.sh calls it.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "measure.hpp"
#include "print.hpp"

using namespace tables;

namespace {

constexpr Eigen::Index points = 101;
const std::vector<int> budgets{10, 20, 50};
const fokker::discrete_schedule schedule = fokker::linear_schedule();

// Even in lambda: the usual choice where a picture's fine grain is to be in the latent.
fokker::grid walk_of(int steps) {
    return fokker::uniform_lambda(schedule, steps, fokker::grid_end::least_noise);
}

struct errors {
    double latent = 0, back = 0;
    int calls = 0;
};

template <class Solver>
errors there_and_back(const Solver& solver, const fokker::grid& walk, const state& data) {
    const auto model = fokker::predicts_data(network_of(modes));
    state x = data, exact = data;
    const auto code = fokker::encode(x, model, walk, solver);
    for (double& each : exact)
        each = fokker_test::exact_flow(modes, each, walk.back(), walk.front(), 2000);
    errors found{std::sqrt((x - exact).square().mean()), 0, static_cast<int>(code.evaluations)};
    if constexpr (Solver::history == 0 && requires { solver.iterations; })
        fokker::decode(x, model, walk, fokker::ddim{}, code);
    else
        fokker::decode(x, model, walk, solver, code);
    found.back = std::sqrt((x - data).square().mean());
    return found;
}

// The walk with the most steps that makes no more than so many calls each way.
template <class Solver>
std::optional<errors> within(int calls, Solver solver, const state& data) {
    if constexpr (requires { solver.calls; }) {
        solver.calls = calls;
        return there_and_back(solver, walk_of(Solver::fast_steps(calls)), data);
    } else if constexpr (requires { solver.control; }) {
        std::optional<errors> best;
        for (double tolerance = 1.0; tolerance > 1e-9; tolerance *= 0.7) {
            solver.control.tolerated = {tolerance, tolerance, fokker::error_over::batch};
            const errors next = there_and_back(solver, walk_of(1), data);
            if (next.calls > calls) break;
            best = next;
        }
        return best;
    } else {
        const state few = data.head(1);
        int steps = 0;
        while (there_and_back(solver, walk_of(steps + 1), few).calls <= calls) ++steps;
        if (steps == 0) return std::nullopt;
        return there_and_back(solver, walk_of(steps), data);
    }
}

}  // namespace

int main() {
    const state data = quantiles(modes, points);
    std::printf("| solver |");
    for (const int calls : budgets) std::printf(" latent, %d calls | back |", calls);
    std::printf("\n| --- |");
    for (std::size_t i = 0; i < budgets.size(); ++i) std::printf(" --- | --- |");
    const auto row = [&](const std::string& name, const auto& solver) {
        std::printf("\n| %s |", name.c_str());
        for (const int calls : budgets) {
            const auto found = within(calls, solver, data);
            if (!found) {
                std::printf(" | |");
                continue;
            }
            // What is left by rounding is different from machine to machine.
            std::printf(found->back < 1e-12 ? " %.2g | **rounding** |" : " %.2g | %.2g |",
                        found->latent, found->back);
        }
    };
    fokker::for_each_named_solver([&](const auto& entry) {
        if (entry.order == 0 || entry.stochastic() || entry.needs_second_output()) return;
        if constexpr (requires { entry.solver.variance; })
            return;
        else {
            const std::string name = "`" + std::string(entry.name) + "`";
            if (!entry.inverts()) return row(name, entry.solver);
            row(name + ", back by `ddim`", entry.solver);
            auto more = entry.solver;
            if constexpr (requires { more.iterations = 5; }) {
                more.iterations = 5;
                row(name + " of 5 iterations, back by `ddim`", more);
            }
        }
    });
    std::printf("\n");
}
