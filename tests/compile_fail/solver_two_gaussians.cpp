// expect: two fresh Gaussians in one assignment
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        auto x = run.x();
#ifndef FOKKER_MENDED
        x = run.gaussian() + run.gaussian();
#else
        x = run.gaussian() + x;
#endif
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{}, fokker::philox{});
}
