// expect: a solver that asks remembers() says so
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
    static constexpr int memories = 1;
#ifdef FOKKER_MENDED
    static constexpr bool starts_from_memories = true;
#endif
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        if (!run.remembers()) run.memory(0) = run.x();
        run.x() = 1.0 * run.data(run.x(), s);
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::denoise(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), mine{});
}
