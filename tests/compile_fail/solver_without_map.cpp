// expect: a solver with a map of variances says so
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    bool stochastic() const { return true; }
#ifdef FOKKER_MENDED
    std::size_t map_elements() const { return 3; }
#endif
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        const auto D = run.data(x, s);
        x = D + run.gaussian_with_variance_map([](std::size_t i) { return double(i); });
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{}, fokker::philox{});
}
