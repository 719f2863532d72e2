// expect: takes its second label as an integer, and the rule for that label returns none
#include <fokker/fokker.hpp>

int main() {
#ifdef FOKKER_MENDED
    using label = int;
#else
    using label = double;
#endif
    const auto map = [](const Eigen::ArrayXf& x, double, int, Eigen::ArrayXf& out) { out = x; };
    const auto rule = [](const fokker::knot& from, const fokker::knot& to) {
        return static_cast<label>(from.t - to.t);
    };
    Eigen::ArrayXf x(3);
    fokker::denoise(x, fokker::predicts_flow(fokker::flow_map(map, rule)), fokker::flow(4),
                    fokker::ddim{});
}
