// Reads command lines, with one line for the user on whatever is wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fokker/catalogue/nearest_name.hpp>
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
