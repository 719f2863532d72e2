// What a user's file with one run in it costs to compile. bench/compile/run.sh puts other solvers
// in the place of ddim.
#include <fokker/fokker.hpp>

int main() {
    const auto network = [](const Eigen::ArrayXXf& x, const fokker::knot& k, Eigen::ArrayXXf& out) {
        out = static_cast<float>(k.sigma) * x;
    };
    Eigen::ArrayXXf x(784, 64);
    fokker::sample(x, network, fokker::trailing(fokker::linear_schedule(), 50), fokker::ddim{},
                   fokker::philox{.seed = 7});
}
