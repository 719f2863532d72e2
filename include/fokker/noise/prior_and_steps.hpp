/// Two noise sources in one run: one for the prior, another for the steps.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <fokker/noise/source.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The prior, which is draw 0, comes from the first source, every other draw from the second. Each
/// is held as a run would hold it: a counted source is copied, of the others a variable is referred
/// to. Tiles are shared among threads where both sources allow it.
template <class Prior, class Steps>
class prior_and_steps final {
    static_assert(noise_or_engine<Prior> && noise_or_engine<Steps>,
                  "fokker: prior_and_steps takes two noise sources, or std engines");
    using prior_type = detail::source_for<Prior>;
    using steps_type = detail::source_for<Steps>;

public:
    static constexpr bool counted =
        std::remove_cvref_t<prior_type>::counted && std::remove_cvref_t<steps_type>::counted;

    static constexpr bool walks_once = fokker::detail::walks_once<steps_type>();
    static constexpr bool gives_normals =
        fokker::detail::gives_normals<prior_type>() && fokker::detail::gives_normals<steps_type>();

    prior_and_steps(Prior&& prior, Steps&& steps)
        : prior_(detail::as_source(std::forward<Prior>(prior))),
          steps_(detail::as_source(std::forward<Steps>(steps))) {}

    /// Throws fokker::error on a walk that the source of the steps cannot serve.
    void check(const auto& walk, array_shape shape) const {
        detail::check_source(steps_, walk, shape);
    }

    /// Throws fokker::error if one of the sources has fewer draws than are its.
    void require_draws(std::size_t first, std::size_t steps, array_shape shape) const
        requires(detail::ending_source<prior_type> || detail::ending_source<steps_type>)
    {
        detail::require_draws(prior_, first, 0, shape);
        detail::require_draws(steps_, 0, steps, shape);
    }

    /// Both sources anew, each with its own seed.
    template <class A, class B>
    void reseed(const A& prior_seed, const B& steps_seed)
        requires requires(prior_type& a, steps_type& b) {
            a.reseed(prior_seed);
            b.reseed(steps_seed);
        }
    {
        prior_.reseed(prior_seed);
        steps_.reseed(steps_seed);
    }

    template <class T>
    void require_shape(const array_shape& shape) const {
        detail::require_shape<T>(prior_, shape);
        detail::require_shape<T>(steps_, shape);
    }

    template <class T>
    void begin_draw(const noise_draw& draw) {
        if (draw.draw == 0)
            detail::begin_draw<T>(prior_, draw);
        else
            detail::begin_draw<T>(steps_, draw);
    }

    template <class T>
    void fill(T* out, std::size_t count, noise_position position) {
        if (position.draw == 0)
            prior_.fill(out, count, position);
        else
            steps_.fill(out, count, position);
    }

    template <class T>
    void fill_samples(T* out, std::size_t samples, std::size_t elements, noise_position position)
        requires(sample_source<prior_type> && sample_source<steps_type>)
    {
        if (position.draw == 0)
            prior_.fill_samples(out, samples, elements, position);
        else
            steps_.fill_samples(out, samples, elements, position);
    }

    template <class Archive>
    void memory(Archive& archive)
        requires(core::keeps_memory<prior_type> || core::keeps_memory<steps_type>)
    {
        core::visit_memory(prior_, archive);
        core::visit_memory(steps_, archive);
    }

private:
    prior_type prior_;
    steps_type steps_;
};

template <class Prior, class Steps>
prior_and_steps(Prior&&, Steps&&) -> prior_and_steps<Prior, Steps>;

}  // namespace fokker
