/// What a discrete sampler asks of a walk, and whether a process has it.
#pragma once

#include <concepts>
#include <string>

#include <fokker/core/type_name.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/path/grid.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// What a sampler asks of a walk. Its type says so by members of these names, whatever their value,
/// such as `static constexpr bool for_masks = true;`.
struct sampler_needs {
    bool for_masks = false;       ///< all noise is a mask
    bool for_open_noise = false;  ///< noise is not a mask alone
    bool for_one_noise = false;   ///< noise has one law at all knots
    bool by_ratios = false;       ///< draw options have no part in it
    bool without_time = false;    ///< the network is timeless()
    bool keeps_numbers = false;   ///< position.keep(..) has memory
};

namespace detail {

/// The needs of a sampler's type.
template <class Sampler>
constexpr sampler_needs needs_of_type() {
    if constexpr (requires {
                      { Sampler::needs() } -> std::same_as<sampler_needs>;
                  }) {
        return Sampler::needs();
    } else {
        sampler_needs all;
        all.for_masks = requires { Sampler::for_masks; };
        all.for_open_noise = requires { Sampler::for_open_noise; };
        all.for_one_noise = requires { Sampler::for_one_noise; };
        all.by_ratios = requires { Sampler::by_ratios; };
        all.without_time = requires { Sampler::without_time; };
        all.keeps_numbers = requires { Sampler::keeps_numbers; };
        return all;
    }
}
template <class Sampler>
inline constexpr sampler_needs needs_of = needs_of_type<Sampler>();

/// The needs of a sampler, which may be known at run time alone.
template <class Sampler>
constexpr sampler_needs needs_now(const Sampler& sampler) {
    if constexpr (requires {
                      { sampler.needs() } -> std::same_as<sampler_needs>;
                  })
        return sampler.needs();
    else
        return detail::needs_of<Sampler>;
}

/// What is wrong with its options, with this walk, or with the process. (GCC takes a sampler
/// without members for one that was never written, unless it is asked here.)
template <class Sampler, class Process>
FOKKER_ALWAYS_INLINE inline void check_sampler(const Sampler& sampler, const grid& walk,
                                               const Process& process) {
    if constexpr (requires { sampler.check(walk, process); })
        sampler.check(walk, process);
    else if constexpr (requires { sampler.check(walk); })
        sampler.check(walk);
}

/// Calls of the network in a step; one for samplers that do not say.
template <class Sampler>
int calls_in_step(const Sampler& sampler) {
    if constexpr (requires { sampler.evaluations_in_step(); })
        return sampler.evaluations_in_step();
    else
        return 1;
}

/// As a checkpoint names it.
template <class Sampler>
std::string type_name_of(const Sampler& sampler) {
    if constexpr (requires {
                      { sampler.type() } -> std::same_as<std::string>;
                  })
        return sampler.type();
    else
        return fokker::detail::type_name<Sampler>();
}

/// Whether noise is a mask and nothing else.
template <class Process>
concept has_masks_alone = has_one_noise<Process> && requires(const Process& p) { p.mask; };

template <class Process>
constexpr bool lacks_masks(const sampler_needs& needs) {
    return needs.for_masks && !has_masks_alone<Process>;
}
template <class Process>
constexpr bool lacks_open_noise(const sampler_needs& needs) {
    return needs.for_open_noise && has_masks_alone<Process>;
}
template <class Process>
constexpr bool lacks_one_noise(const sampler_needs& needs) {
    return needs.for_one_noise && !has_one_noise<Process>;
}

}  // namespace detail

/// A sampler that walks this process.
template <class Sampler, class Process>
concept sampler_for = !detail::lacks_masks<Process>(detail::needs_of<Sampler>) &&
                      !detail::lacks_open_noise<Process>(detail::needs_of<Sampler>) &&
                      !detail::lacks_one_noise<Process>(detail::needs_of<Sampler>);

}  // namespace fokker::discrete
