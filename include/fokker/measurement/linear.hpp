/// A linear measurement y = A x_0 + sigma_y n of the data, by two callables.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/core/space.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/linear.hpp>
#include <fokker/model/known_region.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

namespace types {

/// A, A^T or its pseudo-inverse, and y, a sample for each of the state's.
template <class Operator, class Back, class Y>
class linear_measurement {
public:
    using array = owner_of<Y>;
    using scalar = scalar_of<Y>;
    using space = core::space_of<Y>;

    linear_measurement(Operator&& forward, Back&& back, Y&& y)
        : forward_(std::forward<Operator>(forward)),
          back_(std::forward<Back>(back)),
          y_(std::forward<Y>(y)) {
        detail::for_each_number(y_, [](std::size_t i, double number) {
            require(is_finite(number), "y[", i, "] of a measurement is ", number,
                    "; it must be finite");
        });
    }

    const std::remove_cvref_t<Y>& y() const { return y_; }
    array_shape shape() const { return detail::shape_of(y_); }

    void check_shape(const array_shape& state) const {
        require(shape().samples == state.samples, "the measurement y has ", shape().samples,
                " samples, and the state ", state.samples,
                "; give it a sample for each of the state's");
    }

    /// y is read in each call, so it must not be written over.
    template <class X>
    void require_apart(const X& state) const {
        require(!detail::share_elements(y_, state),
                "the measurement y shares its elements with the state, which the walk writes over; "
                "pass a copy");
    }

    /// out = A x.
    template <class X>
    void apply(const X& x, array& out) {
        static_assert(std::same_as<scalar_of<X>, scalar>,
                      "fokker: a measurement has elements of the state's type");
        static_assert(std::invocable<std::remove_reference_t<Operator>&, const X&, array&>,
                      "fokker: the operator of a measurement is a callable A(x, out), x being of "
                      "the type that owns the state's elements and out of the one that owns y's");
        std::invoke(forward_, x, out);
        require(detail::has_shape(out, shape()), "the operator of a measurement wrote an array of ",
                detail::shape_of(out).size(), " elements, and y has ", shape().size());
    }

    /// out = A^T w, or what stands for it.
    template <class X>
    void back(const array& w, X& out) {
        static_assert(std::invocable<std::remove_reference_t<Back>&, const array&, X&>,
                      "fokker: the transpose or pseudo-inverse of a measurement is a callable "
                      "f(w, out), w being of the type that owns y's elements and out of the one "
                      "that owns the state's");
        const array_shape wanted = detail::shape_of(out);
        std::invoke(back_, w, out);
        require(detail::has_shape(out, wanted), "the transpose of a measurement wrote an array of ",
                detail::shape_of(out).size(), " elements, and the state has ", wanted.size());
    }

    /// out = y - A x.
    template <class X>
    void residual(const X& x, array& out) {
        apply(x, out);
        scalar* const r = detail::data_of(out);
        core::sweep<space>(r,
                           kernel::term<scalar>(1.0, detail::const_data_of(std::as_const(y_))) -
                               kernel::term<scalar>(1.0, std::as_const(r)),
                           shape());
    }

private:
    Operator forward_;
    Back back_;
    Y y_;
};

}  // namespace types
using types::linear_measurement;

inline void require_sigma_y(double sigma_y) {
    require(is_finite(sigma_y) && sigma_y >= 0, "sigma_y is ", sigma_y,
            "; it is the standard deviation of a measurement's noise, finite and not negative");
}

inline void require_iterations(int iterations, double tolerance) {
    require(iterations >= 1, "iterations is ", iterations, "; give at least one");
    require(is_finite(tolerance) && tolerance >= 0, "tolerance is ", tolerance,
            "; it must be finite and not negative");
}

/// to += factor from: one sample, or all of them.
template <class Space, class T>
void add_multiple(T* to, double factor, const T* from, std::size_t elements) {
    core::sweep<Space>(to, kernel::term<T>(1.0, std::as_const(to)) + kernel::term<T>(factor, from),
                       {1, elements});
}

/// |a|^2 of a sample.
template <class Space, class T>
double squared_norm(const T* sample, std::size_t elements) {
    return Space::products(sample, sample, elements).direction_squared;
}

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
