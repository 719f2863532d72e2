// expect: a path needs `double first_time() const`
#include <cmath>
#include <fokker/fokker.hpp>

struct mine {
    fokker::knot at(double t) const { return {t, 1.0, t}; }
    double time(double lambda) const { return std::exp(-lambda); }
#ifdef FOKKER_MENDED
    double first_time() const { return 0.01; }
#endif
    double last_time() const { return 1.0; }
};

int main() { return fokker::linspace(mine{}, 10).steps(); }
