/// The keys of a scheduler's configuration: their names, types, and what they are where a file does
/// not say.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// What a key may hold. Those that are `optional` may be null, which is what they are by default.
enum class key_type {
    flag,
    whole,
    number,
    word,
    optional_whole,
    optional_number,
    number_or_null,  ///< the same, with a number as its default
    optional_word,
    optional_numbers,  ///< a list of numbers
    wholes,            ///< a list of integers, empty by default
    null_alone,        ///< no other value is served
};

/// One of them. Only the default of its type counts.
struct key {
    std::string_view name;
    key_type type;
    double number = 0.0;          ///< the default of a flag, an integer or a number
    std::string_view word = {};   ///< the default of a word
    std::string_view words = {};  ///< the words that are served, with ", " between them
};

constexpr key flag(std::string_view name, bool value) {
    return {name, key_type::flag, value ? 1.0 : 0.0};
}
constexpr key whole(std::string_view name, int value) {
    return {name, key_type::whole, static_cast<double>(value)};
}
constexpr key number(std::string_view name, double value) {
    return {name, key_type::number, value};
}
constexpr key word(std::string_view name, std::string_view value, std::string_view words) {
    return {name, key_type::word, 0.0, value, words};
}
constexpr key optional_whole(std::string_view name) { return {name, key_type::optional_whole}; }
constexpr key optional_number(std::string_view name) { return {name, key_type::optional_number}; }
constexpr key number_or_null(std::string_view name, double value) {
    return {name, key_type::number_or_null, value};
}
constexpr key optional_word(std::string_view name, std::string_view words) {
    return {name, key_type::optional_word, 0.0, {}, words};
}
constexpr key optional_numbers(std::string_view name) { return {name, key_type::optional_numbers}; }
constexpr key wholes(std::string_view name) { return {name, key_type::wholes}; }
constexpr key null_alone(std::string_view name) { return {name, key_type::null_alone}; }

/// The keys of several lists as one.
template <std::size_t... N>
constexpr auto joined(const std::array<key, N>&... lists) {
    std::array<key, (N + ...)> all{};
    std::size_t next = 0;
    const auto add = [&](const auto& list) {
        for (const key& each : list) all[next++] = each;
    };
    (add(lists), ...);
    return all;
}

// Lists that several classes share.

inline constexpr std::string_view usual_beta_schedules = "linear, scaled_linear, squaredcos_cap_v2";

/// The table of the training.
constexpr std::array<key, 5> training_keys(double beta_start, double beta_end,
                                           std::string_view schedule = "linear",
                                           std::string_view schedules = usual_beta_schedules) {
    return {whole("num_train_timesteps", 1000), number("beta_start", beta_start),
            number("beta_end", beta_end), word("beta_schedule", schedule, schedules),
            optional_numbers("trained_betas")};
}

/// Which of the training times are walked.
constexpr std::array<key, 2> spacing_keys(std::string_view spacing, std::string_view spacings =
                                                                        "linspace, leading, "
                                                                        "trailing") {
    return {word("timestep_spacing", spacing, spacings), whole("steps_offset", 0)};
}

constexpr std::array<key, 3> threshold_keys() {
    return {flag("thresholding", false), number("dynamic_thresholding_ratio", 0.995),
            number("sample_max_value", 1.0)};
}

constexpr std::array<key, 2> clip_keys(bool clips) {
    return {flag("clip_sample", clips), number("clip_sample_range", 1.0)};
}

constexpr std::array<key, 3> sigma_keys() {
    return {flag("use_karras_sigmas", false), flag("use_exponential_sigmas", false),
            flag("use_beta_sigmas", false)};
}

/// The levels of karras, exponential and beta sigmas begin and end there, if they are given. (They
/// are keys of few classes, but these look at them, whoever wrote them into the file.)
constexpr std::array<key, 2> sigma_range_keys() {
    return {optional_number("sigma_min"), optional_number("sigma_max")};
}

constexpr std::array<key, 2> flow_sigma_keys() {
    return {flag("use_flow_sigmas", false), number("flow_shift", 1.0)};
}

constexpr std::array<key, 2> dynamic_shift_keys(std::string_view types = "exponential, linear") {
    return {flag("use_dynamic_shifting", false), word("time_shift_type", "exponential", types)};
}

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
