/// A correction: a function of the user's that rewrites the data prediction in place.
#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include <fokker/core/caller.hpp>
#include <fokker/core/step_weights.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/model/network.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The noise prediction of a model whose data prediction D is corrected. `follows_data`: that of D,
/// (x - alpha D) / sigma, so that x = alpha D + sigma eps_hat. `as_predicted`: what the network
/// says, in the steps that go by both predictions (`ddim`, `tcd`), as DDNM has it (Wang et al.
/// 2023); all other solvers go by D.
enum class corrected_noise { follows_data, as_predicted };

/// The network of a run, as a correction may call it: for differences of its data prediction. Array
/// is the type that owns the state's elements.
template <class Array>
class data_predictor {
public:
    data_predictor(void* owner, void (*call)(void*, const Array&, Array&))
        : owner_(owner), call_(call) {}

    /// out = the data prediction at the state x and at the knot of this call, with guidance and
    /// before bounds. `out` is another array than x. A network that keeps something from call to
    /// call, such as momentum, is then what it was in the call that is corrected, and these calls
    /// leave no trace in it. Throws fokker::error on an x of another shape than the state's.
    void operator()(const Array& x, Array& out) const { call_(owner_, x, out); }

private:
    void* owner_;
    void (*call_)(void*, const Array&, Array&);
};

namespace detail {

namespace types {

struct no_correction {};

template <class F>
struct data_correction {
    F function;
    corrected_noise noise = corrected_noise::follows_data;
};

}  // namespace types
using types::no_correction, types::data_correction;

/// A callable f(x, knot, D).
template <class F, class X, class Array>
concept plain_correction_for = std::invocable<F&, const X&, const knot&, Array&>;

/// A callable f(x, knot, D, network).
template <class F, class X, class Array>
concept calling_correction_for =
    std::invocable<F&, const X&, const knot&, Array&, const data_predictor<Array>&>;

template <class F, class X, class Array>
concept correction_for = plain_correction_for<F, X, Array> || calling_correction_for<F, X, Array>;

/// Whether what it writes would be lost.
template <class F, class X, class Array>
concept takes_data_by_value =
    plain_callable<F> &&
    (std::invocable<F&, const X&, const knot&, temporary<Array>> ||
     std::invocable<F&, const X&, const knot&, temporary<Array>, const data_predictor<Array>&>);

/// One sentence for each fault of a correction.
template <class F, class State, class Owner>
consteval void check_correction_types() {
    static_assert(!takes_data_by_value<F, State, Owner>,
                  "fokker: the correction takes the data prediction by value, so what it writes "
                  "would be lost; take it by reference");
    static_assert(correction_for<F, State, Owner> && correction_for<F, Owner, Owner>,
                  "fokker: the correction must be callable as f(x, knot, D) or f(x, knot, D, "
                  "network), with x a const reference to the state's type, knot a const "
                  "fokker::knot&, D a reference to the type that owns the state's elements, and "
                  "network a const fokker::data_predictor<that type>&; for a view write a generic "
                  "lambda; a correction with scratch arrays or memory must not be const");
}

/// D is rewritten. The network is for those that take it.
template <class F, class X, class Array>
void call_correction(F& f, const X& x, const knot& k, Array& data,
                     const data_predictor<Array>& network) {
    if constexpr (plain_correction_for<F, X, Array>) {
        static_assert(std::is_void_v<std::invoke_result_t<F&, const X&, const knot&, Array&>>,
                      "fokker: a correction rewrites D in place; what it returns would be "
                      "ignored, so let it return void");
        std::invoke(f, x, k, data);
    } else {
        static_assert(std::is_void_v<std::invoke_result_t<F&, const X&, const knot&, Array&,
                                                          const data_predictor<Array>&>>,
                      "fokker: a correction rewrites D in place; what it returns would be "
                      "ignored, so let it return void");
        std::invoke(f, x, k, data, network);
    }
}

/// A correction may refuse a walk, a state, or a solver's steps, before the run begins: by
/// check(const grid&) const, check_shape(const array_shape&) const, and check_step(const knot& s,
/// const knot& t, const core::step_weights&) const, once for each step.
template <class F>
void check_correction(const F& f, const grid& walk) {
    if constexpr (requires { f.check(walk); })
        f.check(walk);
    else if constexpr (requires { f.get().check(walk); })  // std::ref
        f.get().check(walk);
}
template <class F>
void check_correction(const F& f, const array_shape& state) {
    if constexpr (requires { f.check_shape(state); })
        f.check_shape(state);
    else if constexpr (requires { f.get().check_shape(state); })
        f.get().check_shape(state);
}

/// What check_step would be called on, or null.
template <class F>
const auto* checker_of_steps(const F& f) {
    if constexpr (requires(const knot& k, const core::step_weights& w) { f.check_step(k, k, w); })
        return &f;
    else if constexpr (requires(const knot& k, const core::step_weights& w) {
                           f.get().check_step(k, k, w);
                       })
        return &f.get();
    else
        return static_cast<const no_correction*>(nullptr);
}
template <class F>
inline constexpr bool checks_steps =
    !std::is_same_v<decltype(detail::checker_of_steps(std::declval<const F&>())),
                    const no_correction*>;

}  // namespace detail

}  // namespace fokker
