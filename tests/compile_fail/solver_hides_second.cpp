// expect: give it bool reads(fokker::second_output) const
#include <fokker/fokker.hpp>

struct mine {
    static constexpr int history = 0;
    static constexpr int evaluations = 1;
#ifdef FOKKER_MENDED
    bool reads(fokker::second_output) const { return true; }
#endif
    void step(auto& run) const {
        const auto [s, t] = run.interval();
        auto x = run.x();
        x = run.data(x, s) + run.second();
    }
};

int main() {
    Eigen::ArrayXf x(3);
    const auto network = [](const auto& in, double, auto& out, auto& second) { out = second = in; };
    fokker::denoise(x, network, fokker::trailing(fokker::linear_schedule(), 5), mine{});
}
