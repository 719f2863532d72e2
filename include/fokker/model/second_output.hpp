/// What a network's second output is.
#pragma once

#include <array>

#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The kind of a network's second output. The library interprets only `unconditional`; the others
/// go unchanged to solvers that read them.
enum class second_output {
    none,              ///< the network has one output
    unspecified,       ///< it has two, and nobody said what the second is
    variance,          ///< the variance of a step, for each element
    log_variance,      ///< its logarithm
    variance_range,    ///< v in [-1, 1] between two logarithms: Nichol & Dhariwal 2021, eq. 15
    noise_squared,     ///< E[eps^2 | x_t]: Bao et al. 2022 (Extended-Analytic-DPM), SN
    residual_squared,  ///< E[(eps - eps_hat)^2 | x_t]: Bao et al. 2022 (Extended-Analytic-DPM), NPR
    unconditional,     ///< what the network predicts without its condition
};

namespace detail {

/// All that the library knows of a kind of second output. A new kind is an enumerator above, a line
/// of the table below, and solvers that read it.
struct second_output_entry {
    second_output kind;
    const char* name;
    bool is_prediction = false;  // in the parametrisation of the first output
    const char* remedy = "";     // for a network without it, in the words of an error
};

inline constexpr std::array second_outputs{
    second_output_entry{second_output::variance, "variance"},
    second_output_entry{second_output::log_variance, "log_variance"},
    second_output_entry{second_output::variance_range, "variance_range"},
    second_output_entry{second_output::noise_squared, "noise_squared"},
    second_output_entry{second_output::residual_squared, "residual_squared", false,
                        ", or give the model one by with_probes(..)"},
    second_output_entry{second_output::unconditional, "unconditional", true, ", or use guided(..)"},
};

/// In the words of an error.
constexpr const char* name_of(second_output kind) {
    for (const auto& each : second_outputs)
        if (each.kind == kind) return each.name;
    return kind == second_output::none ? "none" : "unspecified";
}

/// Whether it is a prediction as the first output is one, so that what is done to predictions is
/// done to it, too.
constexpr bool is_prediction(second_output kind) {
    for (const auto& each : second_outputs)
        if (each.kind == kind) return each.is_prediction;
    return false;
}

}  // namespace detail
}  // namespace fokker
