// The mixture's functions, for all unit tests of a build.
#define FOKKER_TESTS_INLINE
#undef FOKKER_TESTS_SUPPORT_COMPILED
#include "mixture.hpp"

namespace fokker_test {
template void mixture::predict(const float*, std::size_t, const fokker::knot&,
                               const fokker::detail::reading&, float*) const;
template void mixture::predict(const double*, std::size_t, const fokker::knot&,
                               const fokker::detail::reading&, double*) const;
}  // namespace fokker_test
