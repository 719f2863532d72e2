// expect: a memory has the element type of the state
#include <fokker/fokker.hpp>

int main() {
#ifdef FOKKER_MENDED
    Eigen::ArrayXf x(3), kept(3);
#else
    Eigen::ArrayXf x(3);
    Eigen::ArrayXd kept(3);
#endif
    const auto network = [](const auto& in, double) { return in; };
    fokker::run run(x, network, fokker::trailing(fokker::linear_schedule(), 5),
                    fokker::reversible_heun{});
    run.set_memory(0, kept);
}
