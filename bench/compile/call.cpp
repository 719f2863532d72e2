// What a user's file with one run in it costs to compile, or with -DTHREE one with three.
#ifdef FEW_HEADERS
#include <fokker/noise/philox.hpp>
#include <fokker/path/grids/training_times.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/sample.hpp>
#include <fokker/solver/ddim.hpp>
#ifdef THREE
#include <fokker/solver/heun.hpp>
#include <fokker/solver/unipc.hpp>
#endif
#else
#include <fokker/fokker.hpp>
#endif

int main() {
    const auto network = [](const Eigen::ArrayXXf& x, const fokker::knot& k, Eigen::ArrayXXf& out) {
        out = static_cast<float>(k.sigma) * x;
    };
    Eigen::ArrayXXf x(784, 64);
    const auto grid = fokker::trailing(fokker::linear_schedule(), 50);
    fokker::sample(x, network, grid, fokker::ddim{}, fokker::philox{.seed = 7});
#ifdef THREE
    fokker::sample(x, network, grid, fokker::heun{}, fokker::philox{.seed = 7});
    fokker::sample(x, network, grid, fokker::unipc<2>{}, fokker::philox{.seed = 7});
#endif
}
