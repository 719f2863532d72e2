// expect: past(k) needs
#include <fokker/fokker.hpp>

struct mine {
#ifndef FOKKER_MENDED
    static constexpr int history = 0;
#else
    static constexpr int history = 1;
#endif
    static constexpr int evaluations = 1;
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        x = run.data(x, s) + run.past(1);
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{});
}
