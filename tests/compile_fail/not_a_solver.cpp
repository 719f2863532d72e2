// expect: a solver is a struct with `static constexpr int history`
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int evaluations = 1;
#ifdef FOKKER_MENDED
    static constexpr int history = 0;
#endif
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        x = run.data(x, s);
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{});
}
