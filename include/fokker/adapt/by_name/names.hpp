/// Tables of names of other programs, and how one is looked up.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fokker/adapt/by_name/plan.hpp>
#include <fokker/adapt/by_name/sampler_options.hpp>
#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET::by_name {

/// Which knots a sampler walks along: those of the scheduler; all but the last noisy one of a
/// scheduler that was asked for one step more; the same with a walk that ends at sigma = 0.001;
/// knots even in ln sigma between the scheduler's ends, for `steps` network calls; the ends alone;
/// all, on the clock of a VP path from sigma = 0.002 to 80.
enum class walks {
    all,
    without_last,
    without_last_to_0001,
    for_so_many_calls,
    ends,
    on_a_vp_clock,
};

/// A sampler of another program. Without `make` the library does not have it.
struct sampler_name {
    std::string_view name;
    std::string_view here = {};  ///< in Fokker; of a refused one the name that comes nearest
    maker make = nullptr;
    gaussians draws = gaussians::none;
    std::string_view here_on_flow = {};  ///< empty: refused there
    maker make_on_flow = nullptr;
    std::string_view note = {};          ///< what differs from the program, or why it is refused
    std::string_view note_on_flow = {};  ///< the same on flows
    std::string_view remark = {};        ///< what else a user should know
    walks along = walks::all;
    bool offset_on_flow = false;       ///< whether a flow begins a little below pure noise
    bool needs_unconditional = false;  ///< whether it wants the network's unconditional output

    constexpr bool served() const { return make != nullptr; }
    constexpr bool served_on_flow() const { return make_on_flow != nullptr; }
};

/// A scheduler of another program.
struct scheduler_name {
    std::string_view name;
    std::string_view here = {};  ///< in Fokker; of a refused one the name that comes nearest
    bool served = true;
    std::string_view note = {};  ///< what differs, what it asks for, or why it is refused
};

namespace detail {

/// The name without this prefix, which some write and some do not.
constexpr std::string_view without_prefix(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

/// The entry with this name. Throws fokker::error: there is none, but these, and this one is like
/// it.
template <class Entry>
const Entry& entry_of(std::span<const Entry> table, std::string_view name, const char* what,
                      std::string_view prefix = {}) {
    std::string all;
    std::vector<std::string_view> known;
    for (const Entry& entry : table) {
        if (without_prefix(entry.name, prefix) == without_prefix(name, prefix)) return entry;
        all += (all.empty() ? "" : ", ") + std::string(entry.name);
        known.push_back(entry.name);
    }
    std::string_view nearest = fokker::detail::nearest_name(name, known);
    if (nearest.empty() && !prefix.empty())
        nearest = fokker::detail::nearest_name(std::string(prefix) + std::string(name), known);
    const std::string hint =
        nearest.empty() ? "." : "; did you mean '" + std::string(nearest) + "'?";
    refuse("there is no ", what, " '", name, "'", std::string_view(hint),
           " There are: ", std::string_view(all));
}

/// Throws fokker::error where the library does not have the sampler.
inline void require_served(const sampler_name& entry, bool on_flow) {
    require(entry.served(), "the sampler '", entry.name, "' is not in the library (", entry.note,
            "); the nearest that is: '", entry.here, "'");
    require(!on_flow || entry.served_on_flow(), "the sampler '", entry.name,
            "' is not in the library for flows: there ", entry.note_on_flow,
            "; the nearest that is: 'euler'");
}
/// What differs from the program, on this path.
inline std::string_view note_of(const sampler_name& entry, bool on_flow) {
    return on_flow && !entry.note_on_flow.empty() ? entry.note_on_flow : entry.note;
}
inline void require_served(const scheduler_name& entry) {
    require(entry.served, "the scheduler '", entry.name, "' is not in the library (", entry.note,
            "); the nearest that is: '", entry.here, "'");
}

}  // namespace detail

}  // namespace fokker::by_name
