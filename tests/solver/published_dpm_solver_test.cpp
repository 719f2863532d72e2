// DPM-Solver's multistep methods as their authors' code has them, term by term.
#include <fokker/solver/published_dpm_solver.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <fokker/path/continuous.hpp>
#include <fokker/solver/published_sde_dpm_solver.hpp>

#include "catch.hpp"
#include "support/grids.hpp"
#include "support/one_number.hpp"

using namespace fokker;
using namespace fokker_test;
using Catch::Approx;

namespace {

/// The slope and the second difference of the last predictions P (the newest last), in units of
/// the step from the knot i, as that code has them.
struct differences {
    double newest, slope, bend;
    differences(const grid& walk, const std::vector<double>& P, std::size_t i) {
        const auto lambda = [&](std::size_t k) { return walk[k].lambda(); };
        const double h = lambda(i + 1) - lambda(i), r0 = (lambda(i) - lambda(i - 1)) / h;
        newest = (P[i] - P[i - 1]) / r0;
        slope = newest;
        bend = 0.0;
        if (i < 2) return;
        const double r1 = (lambda(i - 1) - lambda(i - 2)) / h;
        const double older = (P[i - 1] - P[i - 2]) / r1;
        slope = newest + r0 / (r0 + r1) * (newest - older);
        bend = (newest - older) / (r0 + r1);
    }
};

/// Lu et al. 2022 (DPM-Solver++), appendix B; the data form, or the noise form.
double ode_step(const grid& walk, const std::vector<double>& P, std::size_t i, double x, int order,
                bool noise) {
    const knot &s = walk[i], &t = walk[i + 1];
    const double h = t.lambda() - s.lambda(), z = noise ? h : -h;
    const double phi_1 = std::expm1(z), phi_2 = noise ? phi_1 / h - 1 : phi_1 / h + 1,
                 phi_3 = phi_2 / h - 0.5;
    const double ratio = noise ? t.alpha / s.alpha : t.sigma / s.sigma;
    const double end = noise ? t.sigma : t.alpha;
    double next = ratio * x - end * phi_1 * P[i];
    if (i == 0) return next;
    const differences D(walk, P, i);
    if (i == 1 || order == 2) return next - 0.5 * end * phi_1 * D.newest;
    next += (noise ? -1 : 1) * end * phi_2 * D.slope;
    return next - end * phi_3 * D.bend;
}

/// k-diffusion's sample_dpmpp_2m_sde (midpoint) and sample_dpmpp_3m_sde, where x stands for x /
/// alpha.
double sde_step(const grid& walk, const std::vector<double>& P, std::size_t i, double x, int order,
                double eta, double s_noise) {
    const knot &s = walk[i], &t = walk[i + 1];
    const double h = t.lambda() - s.lambda(), h_eta = h * (eta + 1);
    const double to = t.sigma / t.alpha;
    double next = std::exp(-h_eta) * x / s.alpha - std::expm1(-h_eta) * P[i];
    if (i > 0) {
        const differences D(walk, P, i);
        const double phi_2 = std::expm1(-h_eta) / h_eta + 1, phi_3 = phi_2 / h_eta - 0.5;
        if (order == 2)
            next += -0.5 * std::expm1(-h_eta) * D.newest;
        else
            next += phi_2 * D.slope - phi_3 * D.bend;
    }
    next += s_noise * to * std::sqrt(-std::expm1(-2 * eta * h)) * some_draws[i];
    return t.alpha * next;
}

const std::vector<grid> walks{uneven_grid(vp_path{}, 5), uneven_grid(edm_path{}, 5)};

template <class Solver>
void check_ode(const Solver& solver, int order, bool noise) {
    for (const grid& walk : walks) {
        const auto states = states_of(solver, walk, 1.2);
        std::vector<double> P;
        for (std::size_t i = 0; i < 5; ++i) {
            const double D = curved(states[i], walk[i]);
            P.push_back(noise ? noise_of(states[i], D, walk[i]) : D);
            CHECK(states[i + 1] ==
                  Approx(ode_step(walk, P, i, states[i], order, noise)).epsilon(1e-10));
        }
    }
}

template <class Solver>
void check_sde(int order) {
    for (const grid& walk : walks)
        for (const auto& [eta, s_noise] : {std::pair{1.0, 1.0}, std::pair{0.6, 1.1}}) {
            const auto states =
                states_of(Solver{.eta = eta, .s_noise = s_noise}, walk, 1.2, curved, 5);
            std::vector<double> P;
            for (std::size_t i = 0; i < 5; ++i) {
                P.push_back(curved(states[i], walk[i]));
                CHECK(states[i + 1] ==
                      Approx(sde_step(walk, P, i, states[i], order, eta, s_noise)).epsilon(1e-10));
            }
        }
}

}  // namespace

TEST_CASE("the methods for the ODE are their authors', term by term") {
    check_ode(dpm_solver_2m{}, 2, true);
    check_ode(published_dpm_solver_3m{}, 3, true);
    check_ode(published_dpm_solver_pp_3m{}, 3, false);
}

TEST_CASE("the methods for the SDE are those of k-diffusion, term by term") {
    check_sde<published_sde_dpm_solver_pp_2m>(2);
    check_sde<published_sde_dpm_solver_pp_3m>(3);
}
