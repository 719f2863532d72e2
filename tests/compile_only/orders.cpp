// A hand-made grid, an in-place network and the four solvers, with only Eigen on the include path.
#include <fokker/fokker.hpp>

namespace {
void f(const Eigen::ArrayXd& x, double t, Eigen::ArrayXd& out) { out = t * x; }
}  // namespace

int main() {
    const fokker::grid grid{{.t = 2.0, .alpha = 0.2, .sigma = 0.9},
                            {.t = 1.0, .alpha = 0.6, .sigma = 0.5},
                            {.t = 0.5, .alpha = 0.9, .sigma = 0.1}};
    Eigen::ArrayXd x = Eigen::ArrayXd::Ones(4);
    fokker::denoise(x, fokker::predicts_noise(f), grid, fokker::ddim{.eta = 0.0});
    fokker::denoise(x, fokker::predicts_noise(f), grid, fokker::euler{});
    fokker::denoise(x, fokker::predicts_noise(f), grid, fokker::heun{});
    fokker::denoise(x, fokker::predicts_noise(f), grid, fokker::dpm_solver_pp_2m{});
}
