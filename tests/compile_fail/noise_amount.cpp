// expect: eta is a number, or a callable of a knot
#include <fokker/fokker.hpp>

int main() {
#ifndef FOKKER_MENDED
    const auto eta = [](int, int) { return 1.0; };
#else
    const auto eta = [](const fokker::knot& k) { return k.sigma; };
#endif
    const fokker::euler_maruyama solver{.eta = eta};
    (void)solver;
}
