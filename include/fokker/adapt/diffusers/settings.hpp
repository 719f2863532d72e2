/// What a configuration says, key by key, after everything in it was checked.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <fokker/adapt/diffusers/detail.hpp>
#include <fokker/adapt/diffusers/key.hpp>
#include <fokker/error.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::diffusers::detail {

/// The keys of one scheduler class with their values: those of the file, or the class's defaults.
class settings {
public:
    /// Throws fokker::error on a value that a key cannot have, naming the class, the key, the value
    /// and what it may be. What `values` has beside `keys` is not looked at.
    settings(std::string_view class_name, std::span<const key> keys, const nlohmann::json& values)
        : class_name_(class_name) {
        for (const key& each : keys) {
            const auto found = values.find(each.name);
            values_[std::string(each.name)] =
                found == values.end() ? default_of(each) : checked(each, *found);
        }
    }

    const std::string& class_name() const { return class_name_; }

    bool flag(const char* name) const { return values_.at(name).get<bool>(); }
    int whole(const char* name) const { return values_.at(name).get<int>(); }
    double number(const char* name) const { return values_.at(name).get<double>(); }
    std::string word(const char* name) const { return values_.at(name).get<std::string>(); }
    bool is(const char* name, std::string_view value) const {
        return values_.at(name).is_string() &&
               values_.at(name).get_ref<const std::string&>() == value;
    }
    std::optional<double> optional_number(const char* name) const { return optional<double>(name); }
    std::optional<int> optional_whole(const char* name) const { return optional<int>(name); }
    /// An empty list where the key is null.
    std::vector<double> numbers(const char* name) const {
        return optional<std::vector<double>>(name).value_or(std::vector<double>{});
    }
    std::vector<int> wholes(const char* name) const {
        return values_.at(name).get<std::vector<int>>();
    }

    /// Throws fokker::error, with the class in front.
    template <class... Parts>
    void require(bool condition, const Parts&... parts) const {
        if (!condition) refuse(parts...);
    }
    template <class... Parts>
    [[noreturn]] void refuse(const Parts&... parts) const {
        detail::refuse(std::string_view(class_name_), ": ", parts...);
    }
    /// The same for the value of a key: "key is value; it must ..".
    template <class... Parts>
    void require_of(const char* name, bool condition, const Parts&... parts) const {
        if (condition) return;
        const std::string value = values_.at(name).dump();
        refuse(name, " is ", std::string_view(value), "; ", parts...);
    }

private:
    template <class T>
    std::optional<T> optional(const char* name) const {
        const nlohmann::json& value = values_.at(name);
        if (value.is_null()) return std::nullopt;
        return value.get<T>();
    }

    static nlohmann::json default_of(const key& each) {
        switch (each.type) {
            case key_type::flag:
                return each.number != 0;
            case key_type::whole:
                return static_cast<int>(each.number);
            case key_type::number:
            case key_type::number_or_null:
                return each.number;
            case key_type::word:
                return std::string(each.word);
            case key_type::wholes:
                return nlohmann::json::array();
            default:
                return nullptr;
        }
    }

    static bool is_whole(const nlohmann::json& value) {
        if (!value.is_number()) return false;
        const double x = value.get<double>();
        return std::floor(x) == x && std::abs(x) <= (std::numeric_limits<int>::max)();
    }

    /// Whether `words` has this one.
    static bool lists(std::string_view words, std::string_view word) {
        while (!words.empty()) {
            const std::size_t end = (std::min)(words.find(", "), words.size());
            if (words.substr(0, end) == word) return true;
            words.remove_prefix((std::min)(end + 2, words.size()));
        }
        return false;
    }

    nlohmann::json checked(const key& each, const nlohmann::json& value) const {
        const auto wanted = [&](bool good, std::string_view what) {
            if (good) return;
            const std::string text = value.dump();
            refuse(each.name, " is ", std::string_view(text), "; it must be ", what);
        };
        const auto is_list_of = [&](const auto& good) {
            return value.is_array() && std::all_of(value.begin(), value.end(), good);
        };
        const auto is_number = [](const nlohmann::json& one) { return one.is_number(); };
        switch (each.type) {
            case key_type::flag:
                wanted(value.is_boolean(), "true or false");
                return value;
            case key_type::whole:
                wanted(is_whole(value), "an integer");
                // Tables of the training are made of it.
                wanted(each.name != "num_train_timesteps" || value.get<double>() <= 1e6,
                       "a million at most");
                return static_cast<int>(value.get<double>());
            case key_type::optional_whole:
                wanted(value.is_null() || is_whole(value), "an integer or null");
                return value;
            case key_type::number:
                // Python writes infinities, which JSON does not have; see read_configuration.
                wanted(is_number(value) || (std::isinf(each.number) &&
                                            (value == "Infinity" || value == "-Infinity")),
                       "a number");
                if (value == "Infinity") return std::numeric_limits<double>::infinity();
                if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
                return value.get<double>();
            case key_type::optional_number:
            case key_type::number_or_null:
                wanted(value.is_null() || is_number(value), "a number or null");
                return value;
            case key_type::word:
                wanted(value.is_string(), "a word in quotes");
                wanted_word(each, value);
                return value;
            case key_type::optional_word:
                wanted(value.is_null() || value.is_string(), "a word in quotes or null");
                if (value.is_string()) wanted_word(each, value);
                return value;
            case key_type::optional_numbers:
                wanted(value.is_null() || (is_list_of(is_number) && !value.empty()),
                       "a list of numbers or null");
                return value;
            case key_type::wholes:
                wanted(is_list_of(is_whole), "a list of integers");
                return value;
            case key_type::null_alone:
                wanted(value.is_null(), "null: no other value is served");
                return value;
        }
        return value;
    }

    void wanted_word(const key& each, const nlohmann::json& value) const {
        if (lists(each.words, value.get_ref<const std::string&>())) return;
        const std::string text = value.dump();
        refuse(each.name, " is ", std::string_view(text), "; served are: ", each.words);
    }

    std::string class_name_;
    nlohmann::json values_ = nlohmann::json::object();
};

}  // namespace fokker::diffusers::detail

FOKKER_END_MAY_SHADOW
