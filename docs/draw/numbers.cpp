// Prints what docs/draw/draw.py draws: a curve or a grid a line, its picture, its name, its
// numbers. docs/draw.sh calls it.
#include <fokker/path/continuous.hpp>
#include <fokker/path/discrete_schedule.hpp>
#include <fokker/path/grids.hpp>

#include <cstdio>

using namespace fokker;

namespace {

constexpr int points = 300;

/// lambda over the whole range of times.
template <class Path>
void print_path(const char* picture, const char* name, const Path& path) {
    std::printf("%s|%s|", picture, name);
    for (int i = 0; i <= points; ++i) {
        const double u = double(i) / points;
        const knot k = path.at(path.first_time() + u * (path.last_time() - path.first_time()));
        if (k.alpha > 0 && k.sigma > 0) std::printf("%.6g %.6g ", u, k.lambda());
    }
    std::printf("\n");
}

/// alpha and sigma.
template <class Path>
void print_plane(const char* name, const Path& path) {
    std::printf("plane|%s|", name);
    for (int i = 0; i <= points; ++i) {
        const double u = double(i) / points;
        const knot k = path.at(path.first_time() + u * (path.last_time() - path.first_time()));
        std::printf("%.6g %.6g ", k.alpha, k.sigma);
    }
    std::printf("\n");
}

/// The noisy knots: sigma / alpha, or the sigma of a flow.
void print_grid(const char* picture, const char* name, const grid& walk) {
    std::printf("%s|%s|", picture, name);
    const bool is_flow = picture[0] == 'f';
    for (const knot& k : walk)
        if (k.sigma > 0) std::printf("%.6g ", is_flow ? k.sigma : k.noise_to_signal());
    std::printf("\n");
}

void print_schedules() {
    print_path("discrete", "linear", linear_schedule());
    print_path("discrete", "scaled linear", scaled_linear_schedule());
    print_path("discrete", "cosine", cosine_schedule());
    print_path("discrete", "sigmoid", sigmoid_schedule());
    print_path("discrete", "exponential", exponential_schedule());
    print_path("discrete", "Laplace", laplace_schedule());
    print_path("discrete", "scaled linear, SNR shift 3", snr_shifted(scaled_linear_schedule()));
    print_path("discrete", "scaled linear, zero terminal SNR",
               zero_terminal_snr(scaled_linear_schedule()));
    print_path("continuous", "vp_path", vp_path{});
    print_path("continuous", "sub_vp_path", sub_vp_path{});
    print_path("continuous", "ve_path", ve_path{});
    print_path("continuous", "edm_path", edm_path{});
    print_path("continuous", "cosine_path", cosine_path{});
    print_path("continuous", "trigflow_path", trigflow_path{});
    print_path("continuous", "flow_path", flow_path{});
    print_path("continuous", "shifted_flow_path, 3", shifted_flow_path{.shift = 3});
    print_plane("vp, cosine, TrigFlow", trigflow_path{.time_min = 0.0});
    print_plane("sub-VP", sub_vp_path{.time_min = 0.0});
    print_plane("flow", flow_path{.time_min = 0.0});
    print_plane("VE, EDM", edm_path{.sigma_min = 0.0, .sigma_max = 1.2});
}

void print_grids(int steps) {
    const auto schedule = scaled_linear_schedule();
    print_grid("grid", "trailing", trailing(schedule, steps));
    print_grid("grid", "leading", leading(schedule, steps));
    print_grid("grid", "linspace", linspace(schedule, steps));
    print_grid("grid", "simple", simple(schedule, steps));
    print_grid("grid", "sgm_uniform", sgm_uniform(schedule, steps));
    print_grid("grid", "quadratic", quadratic(schedule, steps));
    print_grid("grid", "time_quadratic", time_quadratic(schedule, steps));
    print_grid("grid", "beta of times", beta(schedule, steps));
    print_grid("grid", "beta of sigmas", beta(schedule, steps, {.of = beta_of::sigma}));
    print_grid("grid", "karras", karras(schedule, steps));
    print_grid("grid", "exponential, uniform_lambda", exponential(schedule, steps));
    print_grid("grid", "polyexponential, rho = 1.5",
               polyexponential(schedule, steps, {.rho = 1.5}));
    print_grid("grid", "kl_optimal", kl_optimal(schedule, steps));
    print_grid("grid", "align_your_steps, SD 1.5",
               align_your_steps(schedule, steps, align_your_steps_for::sd15));
    print_grid("grid", "align_your_steps, SDXL",
               align_your_steps(schedule, steps, align_your_steps_for::sdxl));
    print_grid("grid", "gits, 1.2", gits(schedule, steps));
    print_grid("flow", "shift 1", flow(steps));
    print_grid("flow", "shift 3", flow(steps, {.shift = 3}));
    const double shift = dynamic_shift(4096);
    print_grid("flow", "Flux, 4096 tokens", flow(steps, {.shift = shift}));
    print_grid("flow", "stretched to 0.1", flow(steps, {.shift = shift, .sigma_min = 0.1}));
    print_grid("flow", "karras", flow(steps, {.shift = shift, .spacing = flow_spacing::karras}));
    print_grid("flow", "exponential",
               flow(steps, {.shift = shift, .spacing = flow_spacing::exponential}));
    print_grid("flow", "beta", flow(steps, {.shift = shift, .spacing = flow_spacing::beta}));
}

}  // namespace

int main() {
    print_schedules();
    print_grids(10);
}
