// expect: a path needs `fokker::knot at(double time) const`
#include <cmath>
#include <fokker/fokker.hpp>

struct mine {
#ifdef FOKKER_MENDED
    fokker::knot at(double t) const { return {t, 1.0, t}; }
#else
    fokker::knot at(double t) { return {t, 1.0, t}; }
#endif
    double time(double lambda) const { return std::exp(-lambda); }
    double first_time() const { return 0.01; }
    double last_time() const { return 1.0; }
};

int main() { return fokker::grid({{1, 1, 1}, {0, 1, 0}}, mine{}).steps(); }
