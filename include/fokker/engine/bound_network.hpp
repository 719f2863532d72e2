/// A model in an inference engine as a network: what all engines have in common. An engine adds how
/// an address is bound to a port and how the model is run.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/engine/port.hpp>
#include <fokker/engine/ports.hpp>
#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/kernel/array_shape.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::engine {

namespace detail {

/// Numbers at an address, as an engine is given them.
struct bound_array {
    void* data;  // of an input it is only read
    element_type type;
    std::span<const std::int64_t> shape;
};

/// A view that owns nothing, so that its destructor has nothing to do: its elements stay when it is
/// gone. The last handle of a cv::Mat or of a DLPack tensor takes them along.
template <class Array>
concept refers_only = array_traits<Array>::is_view && std::is_trivially_destructible_v<Array>;

/// Throws what the engine threw, inside of an error that says where it was.
template <class Engine, class Error>
[[noreturn]] void rethrow_in(const std::string& where, const std::exception& problem) {
    std::string words;
    if constexpr (requires { Engine::words(problem); })
        words = Engine::words(problem);
    else
        words = problem.what();
    std::throw_with_nested(Error(
        fokker::detail::sentence({"fokker: ", Engine::name, " failed ", where, ": ", words})));
}

/// Does what the engine does when it is made, of which it may throw.
template <class Engine, class Act>
decltype(auto) while_making(const std::string& where, const Act& act) {
    try {
        return act();
    } catch (const fokker::error&) { throw; } catch (const std::exception& problem) {
        rethrow_in<Engine, fokker::error>(where, problem);
    }
}

namespace types {

/// f(x, t, out) of a model. `Engine` derives from this and has
///   name                         of the engine, for errors
///   bind_input(port, array)      the input's values are at this address from now on
///   bind_output(port, array)     the output is to be written there
///   infer()                      runs the model, and is done with it on return
///   words(problem)               if there, what one of its errors says
template <class Engine>
class bound_network {
public:
    /// The model's inputs and outputs, as the engine describes them.
    const std::vector<port>& inputs() const { return wiring_.inputs(); }
    const std::vector<port>& outputs() const { return wiring_.outputs(); }

    /// Gives another input than x and the time its values, such as a condition: from now on the
    /// model reads them at this address, which must stay valid. They are not copied. Set it again
    /// after a change: an engine on another device reads it only then. Where the model leaves the
    /// first size open, that is the number of samples, which each call then checks; with
    /// guided_batch that is twice the state's. Where no shape is said, it is that of the model, if
    /// that leaves at most one size open. Throws fokker::error on an unknown name, and where type
    /// or shape do not fit.
    template <port_scalar T>
    void set(const std::string& name, const T* values, std::span<const std::int64_t> shape) {
        bind_extra(name, values, shape, true);
    }
    template <port_scalar T>
    void set(const std::string& name, const T* values, std::initializer_list<std::int64_t> shape) {
        set(name, values, std::span(shape.begin(), shape.size()));
    }

    /// The same with the numbers of an array: an Eigen array, std::vector or what else Fokker
    /// knows, of whole numbers, too. It is referred to, and must outlive the network or be
    /// replaced.
    template <fokker::detail::has_array_traits Array>
        requires port_scalar<fokker::detail::scalar_of<Array>>
    void set(const std::string& name, const Array& array) {
        set(name, data_of(array), shape_for(name, array));
    }
    template <fokker::detail::has_array_traits Array>
        requires(port_scalar<fokker::detail::scalar_of<Array>> && !refers_only<Array>)
    void set(const std::string& name, const Array&& array) = delete;  // it would be gone

    /// The same with values that belong to no sample, such as the positions of tokens: their first
    /// size may be any.
    template <port_scalar T>
    void set_for_all(const std::string& name, const T* values,
                     std::span<const std::int64_t> shape) {
        bind_extra(name, values, shape, false);
    }
    template <port_scalar T>
    void set_for_all(const std::string& name, const T* values,
                     std::initializer_list<std::int64_t> shape) {
        set_for_all(name, values, std::span(shape.begin(), shape.size()));
    }
    template <fokker::detail::has_array_traits Array>
        requires port_scalar<fokker::detail::scalar_of<Array>>
    void set_for_all(const std::string& name, const Array& array) {
        set_for_all(name, data_of(array), shape_for(name, array));
    }
    template <fokker::detail::has_array_traits Array>
        requires(port_scalar<fokker::detail::scalar_of<Array>> && !refers_only<Array>)
    void set_for_all(const std::string& name, const Array&& array) = delete;

    /// The same with one number, which is kept: where the input takes one for each sample, it is
    /// that of all of them.
    template <class Number>
        requires std::is_arithmetic_v<Number>
    void set(const std::string& name, Number value) {
        const std::size_t i = wiring_.extra(name);
        const port& p = inputs()[i];
        const element_type type =
            p.type != element_type::undescribed ? p.type : element_type_of<Number>();
        fokker::detail::require(is_floating(type) || is_integer(type), "the input ",
                                detail::words_of(p), " of the model cannot be set to a number");
        fokker::detail::require(wiring::is_list(p), "the input ", detail::words_of(p),
                                " of the model takes more than one number a sample");
        fokker::detail::require(is_floating(type) || is_whole(value), "the input ",
                                detail::words_of(p), " of the model was given ", value,
                                ", which is not whole");
        extras_[i] = {.is_set = true,
                      .number = number_input(p, wiring::count_of_labels(p), type),
                      .value = static_cast<double>(value)};
    }

    /// out = the model's prediction at x and the label. Throws fokker::error where x does not fit
    /// the model, a label is not whole and has to be, or an input is not set; network_error, with
    /// the engine's own error inside (std::rethrow_if_nested), where the engine throws.
    template <array_like X, array_like Out>
    void operator()(const X& x, double label, Out& out) {
        const bound_call to = bind(x, label, out);
        try {
            engine().infer();
        } catch (const std::exception& problem) {
            rethrow_in<Engine, network_error>(words_of_call(to, label), problem);
        }
    }

    /// All of a call but the model's run: the addresses, the label and its checks. For measuring
    /// what that costs, and for engines that record their work beforehand.
    template <array_like X, array_like Out>
    auto bind(const X& x, double label, Out& out) {
        using scalar = fokker::detail::scalar_of<X>;
        static_assert(!fokker::detail::names_space<X> && !fokker::detail::names_space<Out>,
                      "fokker: this engine reads and writes arrays in the memory of the program");
        static_assert(std::same_as<scalar, fokker::detail::scalar_of<Out>>,
                      "fokker: the network's output has the element type of its input");
        constexpr element_type type = element_type_of<scalar>();
        fokker::detail::require(fokker::detail::has_shape(out, fokker::detail::shape_of(x)),
                                "the network's output has another shape than its input");
        const std::size_t samples = wiring_.check(type, fokker::detail::shape_of(x));
        scalar* const from = const_cast<scalar*>(fokker::detail::const_data_of(x));
        const bound_call call{{from, type, wiring_.x_shape(samples)},
                              {fokker::detail::data_of(out), type, wiring_.out_shape(samples)}};
        bind_call(call, label, samples);
        return call;
    }

protected:
    explicit bound_network(wiring ports)
        : wiring_(std::move(ports)), extras_(wiring_.inputs().size()) {}

private:
    struct extra {
        bool is_set = false;
        std::size_t rows = 0;  // one for each sample; 0 where it is not checked
        std::optional<number_input> number = {};
        double value = 0.0;
    };

    Engine& engine() { return static_cast<Engine&>(*this); }

    template <class Number>
    static bool is_whole(Number value) {
        if constexpr (std::is_integral_v<Number>)
            return true;
        else
            return fokker::detail::is_finite(static_cast<double>(value)) &&
                   value == std::round(value);
    }

    template <class Array>
    static const fokker::detail::scalar_of<Array>* data_of(const Array& array) {
        return array_traits<Array>::data(array);
    }

    /// An input's shape, with what it leaves open as an array says it.
    template <class Array>
    std::vector<std::int64_t> shape_for(const std::string& name, const Array& array) const {
        const port& p = inputs()[wiring_.extra(name)];
        const std::size_t size = array_traits<Array>::size(array);
        std::vector<std::int64_t> shape = p.shape;
        std::size_t open = 0, known = 1;
        for (const std::int64_t each : shape)
            if (each < 0)
                ++open;
            else
                known *= static_cast<std::size_t>(each);
        fokker::detail::require(p.has_shape && open <= 1, "the input ", detail::words_of(p),
                                " of the model leaves its shape open; say that of the values, as "
                                "in network.set(\"",
                                name, "\", data, {2, 77, 768})");
        const std::size_t rest = known == 0 ? 0 : size / known;
        fokker::detail::require(rest * known == size && (open == 1 || rest == 1), "the input ",
                                detail::words_of(p), " of the model was given ", size, " numbers");
        for (std::int64_t& each : shape)
            if (each < 0) each = static_cast<std::int64_t>(rest);
        return shape;
    }

    template <class T>
    void bind_extra(const std::string& name, const T* values, std::span<const std::int64_t> shape,
                    bool one_a_sample) {
        const std::size_t i = wiring_.extra(name);
        const port& p = inputs()[i];
        // A network may be set anew at each call: words are made only where they are said.
        if (p.type != element_type::undescribed && p.type != element_type_of<T>()) [[unlikely]]
            fokker::detail::refuse("the input ", detail::words_of(p),
                                   " of the model was given values of ",
                                   detail::words_of(element_type_of<T>()));
        const bool fits =
            std::all_of(shape.begin(), shape.end(), [](std::int64_t size) { return size > 0; }) &&
            (!p.has_shape ||
             std::equal(p.shape.begin(), p.shape.end(), shape.begin(), shape.end(),
                        [](std::int64_t said, std::int64_t is) { return said < 0 || said == is; }));
        if (!fits) [[unlikely]]
            fokker::detail::refuse("the input ", detail::words_of(p),
                                   " of the model was given values of the shape ",
                                   detail::words_of(shape));
        attempt(i, [&] {
            engine().bind_input(i, {const_cast<T*>(values), element_type_of<T>(), shape});
        });
        const bool is_open = p.has_shape ? !p.shape.empty() && p.shape[0] < 0 : !shape.empty();
        const bool counts = one_a_sample && is_open;
        extras_[i] = {.is_set = true, .rows = counts ? static_cast<std::size_t>(shape[0]) : 0};
    }

    struct bound_call {
        bound_array x, out;
    };

    void bind_call(const bound_call& call, double label, std::size_t samples) {
        const std::size_t time = wiring_.time();
        for (std::size_t i = 0; i < extras_.size(); ++i)
            if (i != wiring_.x() && i != time) check_extra(i, samples);
        if (time != wiring::none)
            fill(time, wiring_.label(), label, samples, wiring_.round_labels());
        attempt(wiring_.x(), [&] { engine().bind_input(wiring_.x(), call.x); });
        try {
            engine().bind_output(wiring_.out(), call.out);
        } catch (const std::exception& problem) {
            rethrow_in<Engine, network_error>(
                "at the output '" + outputs()[wiring_.out()].name + "'", problem);
        }
    }

    void check_extra(std::size_t i, std::size_t samples) {
        extra& values = extras_[i];
        if (!values.is_set && !inputs()[i].is_optional) [[unlikely]]
            fokker::detail::refuse("the input ", detail::words_of(inputs()[i]),
                                   " of the model has no values; give it some by network.set(\"",
                                   inputs()[i].name, "\", ..)");
        if (values.rows != 0 && values.rows != samples) [[unlikely]]
            fokker::detail::refuse(
                "the input ", detail::words_of(inputs()[i]), " of the model has values for ",
                values.rows, " samples, and the network is called with ", samples,
                "; give it one for each sample (guided_batch has each twice), or set_for_all what "
                "belongs to no sample");
        if (values.number) fill(i, *values.number, values.value, samples, false);
    }

    void fill(std::size_t i, number_input& input, double value, std::size_t samples, bool round) {
        if (!input.fill(value, samples, round)) return;
        try {
            attempt(i, [&] {
                engine().bind_input(i,
                                    {const_cast<void*>(input.data()), input.type(), input.shape()});
            });
        } catch (...) {
            input.forget();
            throw;
        }
    }

    template <class Act>
    void attempt(std::size_t input, const Act& act) {
        try {
            act();
        } catch (const std::exception& problem) {
            rethrow_in<Engine, network_error>("at the input '" + inputs()[input].name + "'",
                                              problem);
        }
    }

    std::string words_of_call(const bound_call& call, double label) const {
        std::string words =
            fokker::detail::sentence({"in a call with x = '", inputs()[wiring_.x()].name, "' ",
                                      detail::words_of(call.x.shape)});
        if (wiring_.time() != wiring::none)
            words += fokker::detail::sentence(
                {", time = '", inputs()[wiring_.time()].name, "' at ", label});
        return words + fokker::detail::sentence({", out = '", outputs()[wiring_.out()].name, "' ",
                                                 detail::words_of(call.out.shape)});
    }

    wiring wiring_;
    std::vector<extra> extras_;  // one for each input
};

}  // namespace types
using types::bound_network;

}  // namespace detail

}  // namespace fokker::engine

FOKKER_END_MAY_SHADOW
