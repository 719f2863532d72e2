/// The coefficients of a step by path, where the elements of a sample have paths of their own. A
/// solver's step is scalar arithmetic: it is gone through once for each path, with that path's
/// knots and without a touch of an array, and the coefficients of its passes are written down. Then
/// the step is done, and each of its passes takes the coefficients of all paths.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <fokker/compiled.hpp>
#include <fokker/core/handle.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/by_element.hpp>
#include <fokker/kernel/pass.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::core {

namespace types {

class element_record {
public:
    /// Of a grid whose elements go along its own path, it does nothing and takes no memory.
    element_record() = default;
    element_record(const grid& walk, std::size_t passes_in_step);

    bool any() const { return paths_ > 0; }
    /// Paths beside the grid's own; the path that is gone through now, 0 where the step is done.
    std::size_t paths() const { return paths_ == 0 ? 0 : paths_ - 1; }
    std::size_t path() const { return path_; }
    bool is_dry() const { return path_ != 0; }

    /// Begins a step: with its last path, if there are any.
    void begin() {
        passes_ = 0;
        calls_.clear();
        begin_path(paths());
    }
    void begin_path(std::size_t path) {
        path_ = path;
        pass_ = call_ = 0;
    }

    /// Knot i of the path, of which the grid has its own.
    const detail::grid_knot& knot_at(const grid& walk, std::size_t i);

    /// A pass of the path: its arrays are those at these addresses.
    void write_down(const kernel::pass& p, std::span<void* const> addresses);
    /// The pass of the grid's own path, which comes to have the operands of all.
    kernel::by_element complete(kernel::pass& p, std::span<void* const> addresses);

    /// A call of the network, `steps_on` steps from the step's beginning: the same for all paths.
    void call(int steps_on);

private:
    struct pass_form {
        std::size_t out, kept;     // as places of the walk's table: a call may move an array
        kernel::pass_noise noise;  // of one path, if some have it
        std::size_t count;
        std::array<std::size_t, kernel::most_operands> places;
    };

    /// The place of an array, or where the table ends for none.
    static std::size_t place_in(std::span<void* const> addresses, const void* array) {
        if (!array) return addresses.size();
        return static_cast<std::size_t>(std::find(addresses.begin(), addresses.end(), array) -
                                        addresses.begin());
    }
    std::size_t row(std::size_t pass, std::size_t k) const {
        return (pass * kernel::by_element::rows + k) * paths_;
    }
    pass_form& form_of(const kernel::pass& p, std::span<void* const> addresses);
    void take(pass_form& form, const kernel::pass& p, std::span<void* const> addresses);

    std::size_t paths_ = 0;  // with the grid's own
    std::size_t path_ = 0;
    std::size_t pass_ = 0, call_ = 0;  // of the path, so far
    std::size_t passes_ = 0;           // of the step, as far as known
    std::vector<pass_form> forms_;
    std::vector<double> coefficients_;
    std::vector<int> calls_;
    std::vector<detail::grid_knot> knots_;   // of the path
    std::vector<std::size_t> path_of_knot_;  // to which each of them belongs
    std::vector<double> scratch_;
    const std::uint32_t* path_of_ = nullptr;
};

}  // namespace types
using types::element_record;

#ifdef FOKKER_BODIES

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE
element_record::element_record(const grid& walk, std::size_t passes_in_step) {
    const detail::element_paths* const paths = walk.element_paths();
    if (!paths) return;
    paths_ = paths->paths() + 1;
    path_of_ = paths->path_of().data();
    forms_.resize(passes_in_step);
    calls_.reserve(passes_in_step);
    coefficients_.resize(passes_in_step * kernel::by_element::rows * paths_);
    scratch_.resize(kernel::by_element::room(paths->elements()));
    knots_.assign(walk.size(), detail::grid_knot(walk.front(), 0.0));
    path_of_knot_.assign(walk.size(), 0);
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE const detail::grid_knot& element_record::knot_at(
    const grid& walk, std::size_t i) {
    if (path_of_knot_[i] != path_) {
        const double unknown = walk.walked(i).time();
        knots_[i] = detail::grid_knot(walk.element_paths()->at(path_, i, walk[i]), unknown);
        path_of_knot_[i] = path_;
    }
    return knots_[i];
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE element_record::pass_form& element_record::form_of(
    const kernel::pass& p, std::span<void* const> addresses) {
    detail::require(!p.noise.source || !p.noise.std,
                    "this solver draws noise whose variance comes from an array, and the elements "
                    "of a sample have paths of their own; take ddpm{} or ddim{.eta = ..}");
    const std::size_t which = pass_++, out = place_in(addresses, p.out),
                      kept = place_in(addresses, p.also.kept.out);
    if (which < passes_) {
        pass_form& form = forms_[which];
        detail::require(form.out == out && form.kept == kept,
                        "this solver's step is another one on some of the paths that the elements "
                        "of a sample have; take a solver whose steps do not depend on their size");
        return form;
    }
    if (which == forms_.size()) {
        forms_.emplace_back();
        coefficients_.resize(forms_.size() * kernel::by_element::rows * paths_);
    }
    ++passes_;
    std::fill_n(coefficients_.begin() + static_cast<std::ptrdiff_t>(row(which, 0)),
                kernel::by_element::rows * paths_, 0.0);
    return forms_[which] = {out, kept, {}, 0, {}};
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE void element_record::take(
    pass_form& form, const kernel::pass& p, std::span<void* const> addresses) {
    const std::size_t which = pass_ - 1;
    for (std::size_t i = 0; i < p.count; ++i) {
        const std::size_t place = place_in(addresses, p.operands[i]);
        std::size_t k = 0;
        while (k < form.count && form.places[k] != place) ++k;
        if (k == form.count) {
            if (k == kernel::most_operands) kernel::detail::refuse_operands();
            form.places[form.count++] = place;
        }
        coefficients_[row(which, k) + path_] = p.coefficients[i];
    }
    if (p.also.kept.out) {
        coefficients_[row(which, kernel::by_element::kept) + path_] = p.also.kept.first;
        coefficients_[row(which, kernel::by_element::kept + 1) + path_] = p.also.kept.second;
    }
    if (p.noise.source) {
        detail::require(!form.noise.source || form.noise.gaussian.draw == p.noise.gaussian.draw,
                        "this solver draws other Gaussians on some of the paths that the elements "
                        "of a sample have; take a solver whose steps do not depend on their size");
        form.noise = p.noise;
        coefficients_[row(which, kernel::by_element::noise) + path_] = p.noise.gaussian.scale;
    }
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE void element_record::write_down(
    const kernel::pass& p, std::span<void* const> addresses) {
    take(form_of(p, addresses), p, addresses);
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE kernel::by_element element_record::complete(
    kernel::pass& p, std::span<void* const> addresses) {
    pass_form& form = form_of(p, addresses);
    take(form, p, addresses);
    p.count = form.count;
    for (std::size_t k = 0; k < form.count; ++k) p.operands[k] = addresses[form.places[k]];
    p.noise = form.noise;
    return {path_of_, paths_, coefficients_.data() + row(pass_ - 1, 0), scratch_.data()};
}

FOKKER_NEVER_INLINE FOKKER_COLD FOKKER_INLINE void element_record::call(int steps_on) {
    if (!any()) return;
    if (call_ == calls_.size()) calls_.push_back(steps_on);
    detail::require(calls_[call_++] == steps_on,
                    "this solver calls the network at other knots on some of the paths that the "
                    "elements of a sample have; take a solver whose steps do not depend on their "
                    "size");
}

#endif

}  // namespace fokker::core

FOKKER_END_MAY_SHADOW
