/// How a multistep method begins, and begins anew.
#pragma once

#include <fokker/path/grid.hpp>
#include <fokker/solver/exponential_form.hpp>
#include <fokker/solver/singlestep.hpp>
#include <fokker/solver/step_growth.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// A multistep method of order p has no history at first, and none to use where a step is too long
/// to look back (most_growth). `low_order` takes steps of order 1, 2, .. there, as all originals
/// do: cheap, and on fine grids what those steps lose (h^2) is all that is left of the error from p
/// = 3 on. `one_step` takes single-step methods there that lose h^p: their order is p - 1, and so
/// are their evaluations.
enum class multistep_start { low_order, one_step };

namespace detail {

/// Evaluations in a step of a multistep method of this order, at most.
template <int Order, multistep_start Start>
inline constexpr int start_evaluations =
    Start == multistep_start::one_step && Order > 2 ? Order - 1 : 1;

/// Stages that its single steps need.
template <int Order, multistep_start Start>
inline constexpr int start_stages = start_evaluations<Order, Start> - 1;

/// Takes a step of a single-step method, if `Start` wants one in place of the multistep method's
/// with so few earlier predictions, whose low order would lose more than h^Order. That is so at the
/// beginning of a walk, after a jump and a seek, and at a step that is too long to look back, where
/// falling_steps allows the order.
template <class Form, int Order, multistep_start Start>
bool takes_single_step(auto& run, int past, int falling_steps) {
    if constexpr (start_evaluations<Order, Start> > 1) {
        // k steps of history allow a local error of h^(k + 2).
        if (past + 2 < Order && Order - 1 <= detail::falling_order(run, falling_steps)) {
            detail::singlestep<Form, Order - 1>(run);
            return true;
        }
    }
    return false;
}

/// Throws fokker::error on a bad option, and where a one-step start needs knots between those
/// of the grid.
template <int Order, multistep_start Start>
void check_start(const grid& walk, double most_growth, int falling_steps) {
    require_growth(most_growth);
    require_falling(falling_steps);
    if constexpr (start_evaluations<Order, Start> > 1) walk.require_path();
}

}  // namespace detail
}  // namespace fokker
