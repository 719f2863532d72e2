// expect: a path needs `double last_time() const`
#include <cmath>
#include <fokker/fokker.hpp>

struct mine {
    fokker::knot at(double t) const { return {t, 1.0, t}; }
    double time(double lambda) const { return std::exp(-lambda); }
    double first_time() const { return 0.01; }
#ifdef FOKKER_MENDED
    double last_time() const { return 1.0; }
#endif
};

int main() { return fokker::karras(mine{}, 10).steps(); }
