/// All samplers of discrete data by name, for programs whose users choose one by a word. Compile
/// time is spent where these functions are called, on every sampler, so call them in one place.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/discrete/any_sampler.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/discrete/sampler.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::discrete {

/// An entry of the catalogue. What is typed in are the first members; the functions ask the
/// sampler, with its options as they are in `sampler` now.
template <class Sampler>
struct named_sampler {
    using sampler_type = Sampler;

    std::string_view name = {};      ///< such as "llada"
    std::string_view spelling = {};  ///< in C++, such as "surest_first{.leaves = quota::evenly}"
    /// Whether the law of the samples tends to the data's as steps grow, whatever the data, with an
    /// exact network: what is not known to do so has false.
    bool keeps_law = false;
    std::string_view reference = {};  ///< authors and year
    Sampler sampler = {};             ///< with usual options; change them before use

    /// Whether `text` is its name or its spelling.
    bool is_called(std::string_view text) const { return text == name || text == spelling; }

    /// Network calls in a step.
    int evaluations() const { return detail::calls_in_step(sampler); }
    /// What it asks of the process and the model.
    sampler_needs needs() const { return detail::needs_now(sampler); }
    /// Whether it walks this process.
    template <class Process>
    static constexpr bool walks() {
        return sampler_for<Sampler, Process>;
    }
    /// Whether it refuses a walk that begins at alpha = 0.
    template <class Process>
    bool begins_above_zero(const Process& process) const {
        const auto refuses = [&](double alpha) {
            try {
                detail::check_sampler(sampler, grid{{1.0, alpha, 1.0 - alpha}, {0.0, 1.0, 0.0}},
                                      process);
            } catch (const error&) { return true; }
            return false;
        };
        return refuses(0.0) && !refuses(0.5);
    }
};

/// Calls f with every entry of the catalogue, each a named_sampler of another type or with other
/// options, and then with those of the program's own: f is a generic lambda.
template <class F, class... Own>
    requires std::invocable<F&, named_sampler<ancestral>>
void for_each_named_sampler(F&& f, const named_sampler<Own>&... own) {
    f(named_sampler<ancestral>{
        "ancestral", "ancestral", true,
        "Austin et al. 2021, Hoogeboom et al. 2021, Sahoo et al. 2024 (MDLM)"});
    f(named_sampler<tweedie>{"tweedie", "tweedie", true, "Lou et al. 2023 (SEDD)"});
    f(named_sampler<tau_leaping>{"tau-leaping", "tau_leaping", true, "Campbell et al. 2022"});
    f(named_sampler<tau_leaping>{"sedd-euler",
                                 "tau_leaping{.jumps = jump_law::linear}",
                                 true,
                                 "Lou et al. 2023 (SEDD)",
                                 {.jumps = jump_law::linear}});
    f(named_sampler<flow_euler>{"flow-euler", "flow_euler", true, "Gat et al. 2024"});
    f(named_sampler<flow_euler>{"flow-euler-published",
                                "flow_euler{.jumps = flow_jump::published}",
                                true,
                                "Gat et al. 2024",
                                {.jumps = flow_jump::published}});
    f(named_sampler<gibbs_corrected<ancestral>>{"gibbs-corrected",
                                                "gibbs_corrected{ancestral{}}",
                                                true,
                                                "Campbell et al. 2022",
                                                {ancestral{}}});
    f(named_sampler<first_hitting>{"first-hitting", "first_hitting", true, "Zheng et al. 2024"});
    f(named_sampler<remasking>{"remasking", "remasking", true, "Wang et al. 2025 (ReMDM-rescale)"});
    f(named_sampler<remasking>{"remasking-capped",
                               "remasking{remasking_rule::capped, 0.008}",
                               true,
                               "Wang et al. 2025 (ReMDM-cap)",
                               {remasking_rule::capped, 0.008}});
    f(named_sampler<remasking>{"remasking-forward-backward",
                               "remasking{remasking_rule::forward_backward}",
                               true,
                               "Wang et al. 2025",
                               {remasking_rule::forward_backward}});
    f(named_sampler<confident_remasking>{"confident-remasking", "confident_remasking", false,
                                         "Wang et al. 2025 (ReMDM-conf)"});
    f(named_sampler<looped_remasking>{"looped-remasking", "looped_remasking", true,
                                      "Wang et al. 2025 (ReMDM-loop)"});
    f(named_sampler<entropy_bound>{"entropy-bound", "entropy_bound", false,
                                   "Ben-Hamu et al. 2025"});
    f(named_sampler<surest_first>{"surest-first", "surest_first", false,
                                  "Chang et al. 2022 (MaskGIT)"});
    f(named_sampler<surest_first>{"llada",
                                  "surest_first{.leaves = quota::evenly}",
                                  false,
                                  "Nie et al. 2025",
                                  {.leaves = quota::evenly}});
    f(named_sampler<surest_first>{
        "dream",
        "surest_first{.by = confidence::entropy, .leaves = quota::by_step}",
        false,
        "Ye et al. 2025",
        {.by = confidence::entropy, .leaves = quota::by_step}});
    f(named_sampler<surest_first>{"random-order",
                                  "surest_first{.by = confidence::chance}",
                                  true,
                                  "Chang et al. 2022",
                                  {.by = confidence::chance}});
    (f(named_sampler<Own>(own)), ...);
}

/// The names of those that walk this process, in the order of the catalogue, and then those of the
/// program's own entries.
template <class Process, class... Own>
    requires requires(const Process& process) { process.excluded(); }
std::vector<std::string_view> sampler_names(const Process&, const named_sampler<Own>&... own) {
    std::vector<std::string_view> names;
    discrete::for_each_named_sampler(
        [&]<class Sampler>(const named_sampler<Sampler>& entry) {
            if (sampler_for<Sampler, Process>) names.push_back(entry.name);
        },
        own...);
    return names;
}

namespace detail {

/// Throws fokker::error: no sampler of this name walks the process, but these do.
template <class Process, class... Own>
[[noreturn]] void refuse_sampler_name(std::string_view name, const Process& process,
                                      const named_sampler<Own>&... own) {
    bool is_known = false;
    discrete::for_each_named_sampler(
        [&](const auto& entry) { is_known = is_known || entry.is_called(name); }, own...);
    const std::vector<std::string_view> known = discrete::sampler_names(process, own...);
    std::string all;
    for (const std::string_view each : known) all += (all.empty() ? "" : ", ") + std::string(each);
    const std::string_view nearest = fokker::detail::nearest_name(name, known);
    const std::string hint =
        is_known || nearest.empty() ? "." : "; did you mean '" + std::string(nearest) + "'?";
    fokker::detail::refuse(
        is_known ? "this process is not walked by the sampler '" : "there is no discrete sampler '",
        name, "'", std::string_view(hint),
        " The samplers of this process are: ", std::string_view(all));
}

}  // namespace detail

/// Calls f with the entry of this name or C++ spelling, which must walk the process, and returns
/// what f returns, which must be of one type for all entries. f takes a named_sampler of any type
/// that walks the process, by value where it wants to set options: [&](auto entry) { sample(x,
/// model, process, grid, entry.sampler, noise); }. `own` are samplers of the program's own. Throws
/// fokker::error on an unknown name, with the names that there are, on a sampler that does not walk
/// this process, and on a name that two of them have.
template <class Process, class F, class... Own>
auto with_sampler(std::string_view name, const Process& process, F&& f,
                  const named_sampler<Own>&... own) {
    static_assert(
        std::is_invocable_v<F&, named_sampler<ancestral>>,
        "fokker: with_sampler(name, process, f) calls f with a named_sampler of any type: take "
        "it as [&](auto entry), or const auto& where no option is set");
    using returned = std::remove_cvref_t<std::invoke_result_t<F&, named_sampler<ancestral>>>;
    constexpr bool nothing = std::is_void_v<returned>;
    std::optional<std::conditional_t<nothing, bool, returned>> result;
    int seen = 0;
    discrete::for_each_named_sampler([&](const auto& entry) { seen += entry.is_called(name); },
                                     own...);
    fokker::detail::require(seen <= 1, "two samplers are called '", name,
                            "'; give that of your own another name");
    discrete::for_each_named_sampler(
        [&]<class Sampler>(named_sampler<Sampler> entry) {
            if constexpr (sampler_for<Sampler, Process>) {
                if (!entry.is_called(name)) return;
                if constexpr (nothing) {
                    f(std::move(entry));
                    result = true;
                } else {
                    result.emplace(f(std::move(entry)));
                }
            }
        },
        own...);
    if (!result) detail::refuse_sampler_name(name, process, own...);
    if constexpr (!nothing) return std::move(*result);
}

/// The catalogue's sampler of this name, with its usual options, for this process. Throws as
/// with_sampler does.
template <class Process>
any_sampler sampler_called(std::string_view name, const Process& process) {
    return discrete::with_sampler(name, process,
                                  [](const auto& entry) { return any_sampler(entry.sampler); });
}

}  // namespace fokker::discrete
