/// A scheduler of diffusers, out of its scheduler_config.json.
#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/compiled.hpp>
#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/plan.hpp>
#include <fokker/adapt/diffusers/settings.hpp>
#include <fokker/adapt/diffusers/timesteps.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers {

namespace detail {
struct scheduler_class;  // class_list.hpp
}

/// A configuration from a file. Python writes infinities into JSON, which has none
/// ("lambda_min_clipped": -Infinity): here they become words in quotes, which the keys take. Throws
/// nlohmann::json::parse_error, and fokker::error where there is no file.
nlohmann::json read_configuration(std::istream& in);
inline nlohmann::json read_configuration(std::istream&& in) {
    return diffusers::read_configuration(in);
}

/// A scheduler with its configuration. It never changes: threads may share it.
class scheduler {
public:
    /// From a scheduler_config.json, whose "_class_name" says which. Every key is honoured or
    /// refused by name, but for those of other classes, which diffusers does not look at either:
    /// see ignored(). Throws fokker::error on a class that is not served, an unknown key and a
    /// value that a key cannot have.
    explicit scheduler(const nlohmann::json& config) : scheduler(config, name_in(config)) {}

    /// The same as another class, as in DPMSolverMultistepScheduler.from_config(config).
    scheduler(const nlohmann::json& config, std::string_view class_name);

    std::string_view class_name() const { return settings_.class_name(); }

    /// The walk that these arguments ask for. Throws fokker::error on those that the class cannot
    /// use.
    diffusers::plan plan(const timesteps& asked) const;

    /// Keys of the file that the class does not have and another one has.
    const std::vector<std::string>& ignored() const { return ignored_; }

private:
    void refuse_foreign(bool given, std::string_view name) const;
    static void require_object(const nlohmann::json& config);
    static std::string name_in(const nlohmann::json& config);
    static const detail::scheduler_class& find(std::string_view name);
    static detail::settings settings_of(const detail::scheduler_class& of,
                                        const nlohmann::json& config);
    void look_at(const std::string& name, const nlohmann::json& value);

    const detail::scheduler_class* class_;
    detail::settings settings_;
    std::vector<std::string> ignored_;
};

}  // namespace fokker::diffusers

FOKKER_END_MAY_SHADOW

#ifdef FOKKER_DIFFUSERS_BODIES
#include <fokker/adapt/diffusers/scheduler_bodies.hpp>
#endif
