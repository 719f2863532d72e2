/// Recorded noise: draws that are played back, and a source that records what another one gives.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/core/memory.hpp>
#include <fokker/error.hpp>
#include <fokker/kernel/array.hpp>
#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

namespace detail {

/// A list of draws: a std::vector, std::array or std::span of arrays.
template <class D>
concept draw_list = requires(const std::remove_cvref_t<D>& draws, std::size_t i) {
    { draws.size() } -> std::convertible_to<std::size_t>;
    { draws[i] } -> array_like;
};

}  // namespace detail

/// Plays draws back in the order in which they are asked for: the prior first, then those of the
/// steps. Each is an array of the state's size, its samples one after the other. A list passed as a
/// variable is referred to, a temporary one is moved in. A verb throws fokker::error before the
/// walk if it takes more draws than are left (run::draws_to_come says how many a walk takes), or
/// one has another size; where that cannot be known beforehand it is thrown at the draw. They are
/// taken for normals: of what law the numbers are nobody can see.
template <class Draws>
class recorded final {
    static_assert(detail::draw_list<Draws>,
                  "fokker: recorded takes a list of draws, each an array of the state's size, such "
                  "as a std::vector<Eigen::ArrayXXf>");

public:
    static constexpr bool counted = false;

    explicit recorded(Draws&& draws) : draws_(std::forward<Draws>(draws)) {}

    /// Throws fokker::error if the next draw has another size than the state.
    void check(const auto&, array_shape shape) const {
        if (used_ < draws_.size()) require_size(used_, shape);
    }

    /// Throws fokker::error unless so many draws of this shape are left.
    void require_draws(std::size_t first, std::size_t steps, array_shape shape) const {
        const std::size_t wanted = first + steps, left = draws_.size() - used_;
        detail::require(wanted <= left, "the walk takes ", wanted, " draws, ", first,
                        " before its first step and ", steps, " in its steps, and recorded has ",
                        left, " left of ", draws_.size(),
                        "; record as many, or call rewind() to play them again");
        for (std::size_t i = used_; i < used_ + wanted; ++i) require_size(i, shape);
    }

    template <class T>
    void begin_draw(const noise_draw& draw) {
        detail::require(used_ < draws_.size(), "all ", draws_.size(),
                        " recorded draws are used up, and another is asked for; record one for the "
                        "prior and one for each Gaussian of a step");
        require_size(used_, draw.shape);
        elements_ = draw.shape.elements;
        ++used_;
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        detail::require(used_ > 0, "recorded was asked before begin_draw");
        const auto* from =
            detail::data_of(draws_[used_ - 1]) + position.sample * elements_ + position.element;
        for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(from[i]);
    }

    template <class Archive>
    void memory(Archive& archive) {
        archive(used_);
        archive(elements_);
    }

    /// Draws that were played, and the beginning again.
    std::size_t used() const { return used_; }
    void rewind() { used_ = 0; }

private:
    void require_size(std::size_t i, array_shape shape) const {
        const std::size_t size = detail::shape_of(draws_[i]).size();
        detail::require(size == shape.size(), "recorded draw ", i, " has ", size,
                        " numbers for a state of ", shape.size(),
                        "; record draws of the state's size");
    }

    Draws draws_;  // a reference, if the user passed an lvalue
    std::size_t used_ = 0, elements_ = 0;
};

template <class Draws>
recorded(Draws&&) -> recorded<Draws>;

/// Passes on what a source gives, and keeps it: each draw a std::vector<double>, for `recorded`.
/// Draws of the prior, of the steps and of the forward process alike. It takes
/// memory at every draw.
template <class Source>
class recording final {
    static_assert(noise_or_engine<Source>,
                  "fokker: recording takes a noise source or a std engine");

public:
    static constexpr bool counted = false;
    using source_type = detail::source_for<Source>;
    static constexpr bool walks_once = fokker::detail::walks_once<source_type>();
    static constexpr bool gives_normals = fokker::detail::gives_normals<source_type>();

    explicit recording(Source&& source)
        : source_(detail::as_source(std::forward<Source>(source))) {}

    /// Throws fokker::error on a walk that the source cannot serve.
    void check(const auto& walk, array_shape shape) const {
        detail::check_source(source_, walk, shape);
    }

    /// Throws fokker::error if the source has fewer draws.
    void require_draws(std::size_t first, std::size_t steps, array_shape shape) const
        requires detail::ending_source<source_type>
    {
        detail::require_draws(source_, first, steps, shape);
    }

    /// The source anew with other seeds; what was recorded stays.
    template <class... Seeds>
    void reseed(const Seeds&... seeds)
        requires requires(source_type& source) { source.reseed(seeds...); }
    {
        source_.reseed(seeds...);
    }

    template <class T>
    void require_shape(const array_shape& shape) const {
        detail::require_shape<T>(source_, shape);
    }

    template <class T>
    void begin_draw(const noise_draw& draw) {
        detail::begin_draw<T>(source_, draw);
        elements_ = draw.shape.elements;
        draws_.emplace_back(draw.shape.size());
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        detail::require(!draws_.empty(), "recording was asked before begin_draw");
        source_.fill(out, count, position);
        double* const to = draws_.back().data() + position.sample * elements_ + position.element;
        for (std::size_t i = 0; i < count; ++i) to[i] = static_cast<double>(out[i]);
    }

    /// Going back forgets later draws; going on elsewhere does not bring earlier ones along.
    template <class Archive>
    void memory(Archive& archive) {
        core::visit_memory(source_, archive);
        std::size_t count = draws_.size();
        archive(count);
        if (count < draws_.size()) draws_.resize(count);
    }

    /// What was given so far, draw after draw.
    const std::vector<std::vector<double>>& draws() const { return draws_; }

private:
    source_type source_;
    std::vector<std::vector<double>> draws_;
    std::size_t elements_ = 0;
};

template <class Source>
recording(Source&&) -> recording<Source>;

}  // namespace fokker
