// Threads that share what may be shared: a grid and its copies, a schedule, a path, moments, a
// noise source, a solver and a model, all const. Each draws a slice of one batch, and the slices
// are the batch. Built with -fsanitize=thread, which stops the program at a data race.
#include <fokker/fokker.hpp>

#include <cstdint>
#include <cstdio>
#include <latch>
#include <thread>
#include <vector>

namespace {

constexpr Eigen::Index elements = 40, threads = 4, in_slice = 30;
constexpr int repetitions = 4;

void network(const Eigen::ArrayXXd& x, const fokker::knot& k, Eigen::ArrayXXd& out) {
    out = k.sigma / (0.25 * k.alpha * k.alpha + k.sigma * k.sigma) * x;
}

/// Whether the slices of all threads together are the batch in one piece.
template <class Model, class Solver>
bool shares(const Model& model, const fokker::grid& walk, const Solver& solver, const auto& noise) {
    Eigen::ArrayXXd whole(elements, threads * in_slice), sliced = whole;
    fokker::sample(whole, model, walk, solver, noise);
    std::latch begin(threads);
    std::vector<std::thread> started;
    for (Eigen::Index i = 0; i < threads; ++i)
        started.emplace_back([&, i] {
            auto own = noise;
            own.first_sample = static_cast<std::uint64_t>(i * in_slice);
            begin.arrive_and_wait();
            for (int k = 0; k < repetitions; ++k)
                fokker::sample(sliced.middleCols(i * in_slice, in_slice), model, walk, solver, own);
        });
    for (std::thread& each : started) each.join();
    return (sliced == whole).all();
}

/// The same with a grid that each thread lays over one path.
template <class Path>
bool lays(const Path& path) {
    const fokker::grid wanted = fokker::karras(path, 8, {.sigma_min = 0.1, .sigma_max = 5});
    std::vector<int> same(threads, 0);
    std::latch begin(threads);
    std::vector<std::thread> started;
    for (std::size_t i = 0; i < same.size(); ++i)
        started.emplace_back([&, i] {
            begin.arrive_and_wait();
            for (int k = 0; k < repetitions; ++k) {
                const auto own = fokker::karras(path, 8, {.sigma_min = 0.1, .sigma_max = 5});
                same[i] = own[3] == wanted[3] && wanted.knot_at(0.5) == own.knot_at(0.5);
            }
        });
    for (std::thread& each : started) each.join();
    for (const int each : same)
        if (!each) return false;
    return true;
}

}  // namespace

int main() {
    const auto schedule = fokker::linear_schedule();
    const fokker::grid walk = fokker::karras(schedule, 10),
                       jumping = fokker::resampled(walk, {5, 2});
    const auto gamma = fokker::estimate_moments(
        network, schedule, Eigen::ArrayXXd::Zero(elements, 20).eval(), fokker::philox{.seed = 1});
    const auto model = fokker::predicts_noise(network);
    const auto clipped = fokker::predicts_noise(network).clipped(-3, 3);
    const fokker::philox noise{.seed = 7};
    const fokker::brownian path_noise{.seed = 7};
    const bool results[] = {
        shares(model, walk, fokker::ddim{}, noise),
        shares(model, walk, fokker::ddpm{}, path_noise),
        shares(clipped, walk, fokker::dpm_solver_pp_2s{}, noise),
        shares(clipped, jumping, fokker::heun{.s_churn = 2}, noise),
        shares(model, walk, fokker::sa_solver<>{}, noise),
        shares(model, walk, fokker::tcd{}, noise),
        shares(model, walk, fokker::analytic_ddpm{.variance = {.gamma = gamma}}, noise),
        lays(schedule),
        lays(fokker::vp_path{}),
        lays(fokker::flow_path{}),
    };
    int failed = 0;
    for (const bool each : results) {
        if (!each) std::printf("%d: another result\n", static_cast<int>(&each - results));
        failed += each ? 0 : 1;
    }
    return failed;
}
