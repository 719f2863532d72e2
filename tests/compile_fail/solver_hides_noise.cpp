// expect: give it bool stochastic() const
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
#ifdef FOKKER_MENDED
    bool stochastic() const { return true; }
#endif
    void step(auto& run) const {
        auto x = run.x();
        x = x + 0.1 * run.gaussian();
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{}, fokker::philox{});
}
