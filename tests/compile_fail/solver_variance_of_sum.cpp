// expect: the variance of a Gaussian comes from one array
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool stochastic() const { return true; }
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
#ifndef FOKKER_MENDED
        x = D + run.gaussian_with_variance(0.1, D);
#else
        x = D + run.gaussian_with_variance(0.1, 0.5 * x);
#endif
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{}, fokker::philox{});
}
