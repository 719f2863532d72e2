// The weak order of every stochastic solver, and where it is not what one might think.
#include "support/weak_order.hpp"

using namespace fokker_test;

namespace {

template <class Solver>
weak_order measured(const Solver& solver, double deviation, int steps, bool brownian = false) {
    return measured_weak_order(solver, {.deviation = deviation, .steps = steps}, brownian);
}

}  // namespace

TEST_CASE("every ancestral solver has its weak order") {
    check_weak_orders([](const auto& f) { for_each_ancestral_solver(f); });
}

TEST_CASE("every solver of the reverse SDE has its weak order") {
    check_weak_orders([](const auto& f) { for_each_sde_solver(f); });
}

TEST_CASE("with Brownian noise DPM++ SDE gains an order, and others stay as they are") {
    const fokker::dpm_solver_pp_sde solver;
    CHECK(std::abs(measured(solver, 5.0, 512, false).variance - 1.0) < 0.1);
    CHECK(std::abs(measured(solver, 5.0, 512, true).variance - 2.0) < 0.1);
    CHECK(std::abs(measured(fokker::ddpm{}, 5.0, 512, true).variance - 1.0) < 0.1);
    CHECK(std::abs(measured(fokker::stochastic_heun{}, 5.0, 512, true).variance - 2.0) < 0.1);
}

TEST_CASE("ER-SDE has its order in the mean and at most 2 in the variance") {
    // Terms of two orders change sign against each other, each quantity at data of another width.
    CHECK(std::abs(measured(fokker::er_sde<3>{}, 0.3, 384).mean - 3.0) < 0.1);
    CHECK(std::abs(measured(fokker::er_sde<3>{}, 10.0, 512).variance - 2.0) < 0.1);
}

TEST_CASE("Langevin steps of a fixed length have a bias that finer grids leave") {
    // Their stationary variance is v / (1 - step / (2 v)), with step = 2 (snr sigma)^2.
    const gaussian_data narrow{.deviation = 0.05};
    const fokker::knot end = long_grid(1).back();
    for (const double snr : {0.2, 0.4}) {
        const double part = std::pow(snr * end.sigma, 2) / narrow.variance(end);
        const double bias = narrow.variance(end) * part / (1 - part);
        for (const int steps : {1024, 2048}) {
            const auto found =
                moments_after(fokker::predictor_corrector{.snr = snr}, steps, narrow, false);
            CHECK(std::abs(found.variance_error / bias - 1) < 0.1);
        }
    }
}
