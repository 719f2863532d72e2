// expect: a solver that may reject a part of its step says so
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
#ifdef FOKKER_MENDED
    static constexpr bool tries_parts = true;
#endif
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        run.try_part();
        x = 1.0 * run.data(x, s);
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{});
}
