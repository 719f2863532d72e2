// expect: a path needs `double time(double lambda) const`
#include <cmath>
#include <fokker/fokker.hpp>

struct mine {
    fokker::knot at(double t) const { return {t, 1.0, t}; }
#ifdef FOKKER_MENDED
    double time(double lambda) const { return std::exp(-lambda); }
#endif
    double first_time() const { return 0.01; }
    double last_time() const { return 1.0; }
};

int main() { return fokker::uniform_lambda(mine{}, 10).steps(); }
