// What a user's file costs to compile that takes any solver of the catalogue by its name.
#ifdef FEW_HEADERS
#include <fokker/catalogue.hpp>
#include <fokker/noise/philox.hpp>
#include <fokker/path/grids/training_times.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/sample.hpp>
#else
#include <fokker/fokker.hpp>
#endif

int main(int, char** arguments) {
    const auto network = [](const Eigen::ArrayXXf& x, const fokker::knot& k, Eigen::ArrayXXf& out) {
        out = static_cast<float>(k.sigma) * x;
    };
    Eigen::ArrayXXf x(784, 64);
    const auto grid = fokker::trailing(fokker::linear_schedule(), 50);
    fokker::with_solver(arguments[1], [&](auto entry) {
        fokker::sample(x, network, grid, entry.solver, fokker::philox{.seed = 7});
    });
}
