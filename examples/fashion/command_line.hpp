// Reads command lines, with one line for the user on whatever is wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fokker/catalogue/nearest_name.hpp>
#include <fokker/finite.hpp>
#include <fokker/number_text.hpp>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fashion {

// What is not understood, and the option that may have been meant.
inline std::string not_understood(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* each : app.get_options())
        for (const std::string& name : each->get_lnames()) names.push_back("--" + name);
    const std::vector<std::string_view> known(names.begin(), names.end());
    std::string sentence;
    for (const std::string& word : app.remaining()) {
        sentence += (sentence.empty() ? "not understood: '" : ", '") + word + "'";
        const std::string option = word.substr(0, word.find('='));
        if (const auto meant = fokker::detail::nearest_name(option, known);
            word.starts_with('-') && !meant.empty())
            sentence += " (did you mean " + std::string(meant) + "?)";
    }
    return sentence + "; --help lists the options";
}

// Whether the program should go on: not where only help was wanted, which is then printed. Throws
// std::invalid_argument.
inline bool parse(CLI::App& app, int count, char** words) {
    try {
        app.parse(count, words);
        return true;
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return false;
    } catch (const CLI::ExtrasError&) {
        throw std::invalid_argument(not_understood(app));
    } catch (const CLI::ParseError& problem) { throw std::invalid_argument(problem.what()); }
}

// Checks of one option: what is wrong with the text, or nothing. CLI11 lets a negative number wrap,
// and clamps one of more than 64 bits.
inline std::string whole_number(const std::string& text) {
    std::uint64_t number = 0;
    if (fokker::detail::read_number(text, number)) return "";
    if (text.starts_with('-')) return text + " is negative";
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    return digits ? text + " has more than 64 bits"
                  : "'" + text + "' is no whole number, written with the digits 0 to 9 alone";
}

// CLI::Range lets what is no number pass.
inline std::string finite_number(const std::string& text) {
    double number = 0;
    const bool read = CLI::detail::lexical_cast(text, number);
    return read && !fokker::detail::is_finite(number) ? text + " is no finite number" : "";
}

// The file of a picture. Throws std::invalid_argument on another kind than the one that is written.
inline void require_png(const std::filesystem::path& file) {
    std::string kind = file.extension().string();
    std::transform(kind.begin(), kind.end(), kind.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (kind != ".png")
        throw std::invalid_argument(
            "--out: the picture is a PNG file, so its name ends with .png; " + file.string() +
            " does not");
}

}  // namespace fashion
