/// A noise source of any type behind plain functions, so that what draws from it is compiled once.
#pragma once

#include <cstddef>
#include <type_traits>

#include <fokker/kernel/reduced.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::kernel {

namespace types {

/// Refers to a source, which must outlive it. It writes what an element type is computed with:
/// floats for one of 16 bits.
class noise_reference {
public:
    noise_reference() = default;

    /// For states whose elements are of type T.
    template <class T, class Source>
    static noise_reference to(Source& source) {
        using plain = std::remove_cvref_t<Source>;
        noise_reference r;
        r.source_ = const_cast<void*>(static_cast<const void*>(&source));
        r.fill_ = [](void* s, void* out, std::size_t count, const noise_position& at) {
            static_cast<Source*>(s)->fill(static_cast<arithmetic<T>*>(out), count, at);
        };
        if constexpr (sample_source<plain>)
            r.fill_samples_ = [](void* s, void* out, std::size_t samples, std::size_t elements,
                                 const noise_position& at) {
                static_cast<Source*>(s)->fill_samples(static_cast<arithmetic<T>*>(out), samples,
                                                      elements, at);
            };
        static_assert(!fokker::detail::misses_draws<plain>,
                      "fokker: the source's begin_draw would not be called; write it as template "
                      "<class T> void begin_draw(const fokker::noise_draw&), for every element "
                      "type T");
        if constexpr (draw_source<plain>)
            r.begin_draw_ = [](void* s, const noise_draw& draw) {
                static_cast<Source*>(s)->template begin_draw<T>(draw);
            };
        r.counted_ = plain::counted;
        return r;
    }

    /// Whether it is told of a draw before its tiles are asked for (see draw_source).
    bool tells_draws() const { return begin_draw_ != nullptr; }
    /// Whether tiles may be asked for in any order.
    bool is_counted() const { return counted_; }
    /// Whether it makes whole small samples together (see sample_source).
    bool makes_samples() const { return fill_samples_ != nullptr; }

    void begin_draw(const noise_draw& draw) const {
        if (begin_draw_) begin_draw_(source_, draw);
    }
    void fill(void* out, std::size_t count, const noise_position& at) const {
        fill_(source_, out, count, at);
    }
    void fill_samples(void* out, std::size_t samples, std::size_t elements,
                      const noise_position& at) const {
        fill_samples_(source_, out, samples, elements, at);
    }

private:
    void* source_ = nullptr;
    void (*fill_)(void*, void*, std::size_t, const noise_position&) = nullptr;
    void (*fill_samples_)(void*, void*, std::size_t, std::size_t, const noise_position&) = nullptr;
    void (*begin_draw_)(void*, const noise_draw&) = nullptr;
    bool counted_ = true;
};

}  // namespace types

}  // namespace fokker::kernel
