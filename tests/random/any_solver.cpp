// The walks of solvers whose type is known at run time alone, in every bundle.
#include <cstddef>
#include <memory>

#include <fokker/fokker.hpp>

#include "bundles.hpp"

namespace fokker_random {

std::unique_ptr<any_walk> make_walk_of_any(std::size_t bundle, const fokker::any_solver& solver,
                                           bool two, const plan& p) {
    std::unique_ptr<any_walk> made;
    std::size_t number = 0;
    for_each_bundle([&]<class B>(const B&) {
        if (number++ != bundle) return;
        made = two ? make_walk<B, fokker::any_solver, true>(solver, p)
                   : make_walk<B, fokker::any_solver, false>(solver, p);
    });
    return made;
}

}  // namespace fokker_random
