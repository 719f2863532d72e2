// expect: begin_draw would not be called
#include <fokker/fokker.hpp>

struct mine {
    static constexpr bool counted = false;
#ifndef FOKKER_MENDED
    void begin_draw(const fokker::noise_draw&) {}
#else
    template <class T>
    void begin_draw(const fokker::noise_draw&) {}
#endif
    template <class T>
    void fill(T* out, std::size_t count, fokker::noise_position) {
        std::fill_n(out, count, T(0));
    }
};

int main() {
    Eigen::ArrayXf x(3);
    fokker::sample(
        x, [](const auto& in, double) { return in; },
        fokker::trailing(fokker::linear_schedule(), 5), fokker::ddim{}, mine{});
}
