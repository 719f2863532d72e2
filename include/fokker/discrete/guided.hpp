/// Guidance of networks of classes.
#pragma once

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <Eigen/Core>

#include <fokker/discrete/model.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/noise_interval.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// Options of discrete::guided. c and u are log-probabilities with and without the condition.
struct class_guidance {
    /// u + scale (c - u), as in fokker::guidance: 1 is the conditional network alone, 0 the
    /// unconditional one. LLaDA's scale w is 1 + w here: its 0 is 1.
    double scale = 1.0;
    /// Guidance acts where from < sigma / alpha <= to, and elsewhere the result is c.
    double from = 0.0;
    double to = fokker::detail::no_upper_level;

    /// Throws fokker::error on an option out of its range.
    void check() const {
        using fokker::detail::is_finite, fokker::detail::require;
        require(is_finite(scale), "the guidance scale is ", scale, "; it must be finite");
        require(is_finite(from) && from >= 0, "class_guidance.from is ", from,
                "; it is the sigma / alpha above which guidance acts, finite and not negative");
        require(!fokker::detail::is_nan(to) && to > from, "class_guidance.to is ", to,
                ", and from is ", from, "; let to be larger");
    }
};

namespace detail {

/// What `guided` returns: a network that fills logits.
template <class Conditional, class Unconditional, class Logits>
struct guided_network {
    Conditional conditional;
    Unconditional unconditional;
    class_guidance how;
    Logits second = {};  // takes its memory in the first call

    template <class X>
    void operator()(const X& x, const knot& k, Logits& out) {
        const std::size_t size = detail::shape_of(out).size(),
                          positions = detail::shape_of(x).size(), classes = size / positions;
        auto* const to = detail::data_of(out);
        using value = scalar_of<Logits>;
        const auto take = [&](const auto* said) {
            if constexpr (std::is_same_v<decltype(said), const value*>)
                if (said == to) return;
            for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<value>(said[i]);
        };
        const bool acts = how.scale != 1.0 && is_between_levels(k, how.from, how.to);
        if (acts && how.scale == 0.0)
            return detail::with_logits(unconditional, x, k, out, classes, size, take);
        detail::with_logits(conditional, x, k, out, classes, size, take);
        if (!acts) return;
        if (detail::shape_of(second).size() != size)
            second = detail::logits_for<Logits>(classes, positions);
        detail::with_logits(unconditional, x, k, second, classes, size, [&](const auto* said) {
            for (std::size_t i = 0; i < size; ++i)
                to[i] = static_cast<value>(
                    combined(static_cast<double>(to[i]), static_cast<double>(said[i])));
        });
    }

private:
    /// Where one of them is minus infinity, it is c.
    double combined(double c, double u) const {
        if (is_finite(c) && is_finite(u)) return u + how.scale * (c - u);
        return is_nan(u) || (!is_finite(u) && std::signbit(u) == 0) ? u : c;
    }
};

}  // namespace detail

/// A network that says how likely classes are with and without a condition, log-probabilities
/// u + scale (c - u) up to each position's constant: classifier-free guidance (Ho & Salimans 2022)
/// of classes. Both say the same kind of numbers (see model.hpp), and are called one after the
/// other; one alone where the other has no part. A class of which one of them says minus infinity
/// is as c says. For predicts_classes(guided(c, u, {.scale = 2}), classes) and its sisters; pass
/// `Logits` here, too, if you do there. Throws fokker::error on options out of range.
template <class Logits = Eigen::ArrayXXf, class C, class U>
auto guided(C&& conditional, U&& unconditional, const class_guidance& how) {
    how.check();
    return detail::guided_network<C, U, Logits>{std::forward<C>(conditional),
                                                std::forward<U>(unconditional), how};
}

}  // namespace fokker::discrete
