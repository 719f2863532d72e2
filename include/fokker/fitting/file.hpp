/// A fitted solver in a small text file: a line that names format and version; steps, elements of a
/// sample and what the network predicts; then each knot as t, alpha and sigma, and behind all but
/// the last the step from there: how many predictions it reads, the weight of the state, and those
/// of the predictions. Lines that begin with # are comments. Numbers come back to the last bit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/solver/fitted_solver.hpp>
#include <fokker/target.hpp>
#include <fokker/text_file.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Writes a fitted solver to a file. `comment`, of one line, says where it is from. Throws
/// fokker::error on a solver without weights, on a `prediction` that is no words of letters and
/// digits, and on a file that cannot be written.
inline void save_fitted_solver(const fitted_solver& method, const std::string& file,
                               std::string_view comment = {}) {
    method.check();
    std::string kind = method.prediction.empty() ? "any" : method.prediction;
    detail::require(method.prediction != "any" && kind.find_first_of("-#\t\r\n") == kind.npos &&
                        kind.front() != ' ' && kind.back() != ' ',
                    "the prediction of this fitted solver, '", method.prediction,
                    "', would not come back from its file; take what the model says, such as "
                    "\"noise prediction\", or leave it empty");
    std::replace(kind.begin(), kind.end(), ' ', '-');
    std::string text = detail::begin_text("fokker-fitted-solver 1", comment, "a fitted solver");
    text = detail::sentence({text, "steps ", method.steps.size(), " elements ", method.elements,
                             " network ", std::string_view(kind), "\n"});
    for (std::size_t i = 0; i < method.knots.size(); ++i) {
        const knot& k = method.knots[i];
        text = detail::sentence({k.t, " ", k.alpha, " ", k.sigma}, std::move(text));
        if (i < method.steps.size()) {
            const fitted_step& of = method.steps[i];
            text = detail::sentence({" ", of.predictions, " ", of.state}, std::move(text));
            for (int j = 0; j < of.predictions; ++j)
                text =
                    detail::sentence({" ", of.data[static_cast<std::size_t>(j)]}, std::move(text));
        }
        text += '\n';
    }
    detail::write_text(file, text);
}

/// Reads a fitted solver from a file. Throws fokker::error on a file that holds none. Lay its grid
/// over the network's path by fitted_solver::grid_on.
inline fitted_solver load_fitted_solver(const std::string& file) {
    const std::string text = detail::read_text(file);
    detail::word_reader words(text, file, "a fitted solver");
    words.expect("fokker-fitted-solver");
    words.expect("1");
    words.expect("steps");
    const auto steps = words.number<std::size_t>("the number of steps");
    fitted_solver method;
    words.expect("elements");
    method.elements = words.number<std::size_t>("the number of elements");
    words.expect("network");
    method.prediction = words.word();
    if (method.prediction == "any") method.prediction.clear();
    std::replace(method.prediction.begin(), method.prediction.end(), '-', ' ');
    for (std::size_t i = 0; i <= steps; ++i) {
        const auto t = words.number<double>("t");
        const auto alpha = words.number<double>("alpha");
        method.knots.push_back({t, alpha, words.number<double>("sigma")});
        if (i == steps) break;
        fitted_step of;
        of.predictions = words.number<int>("the number of predictions");
        detail::require(of.predictions >= 1 && static_cast<std::size_t>(of.predictions) <=
                                                   fitted_step::most_predictions,
                        file, ": step ", i, " reads ", of.predictions,
                        " predictions; there are 1 to ", fitted_step::most_predictions);
        of.state = words.number<double>("a weight");
        for (int j = 0; j < of.predictions; ++j)
            of.data[static_cast<std::size_t>(j)] = words.number<double>("a weight");
        method.steps.push_back(of);
    }
    words.expect_end("knot");
    method.check();
    return method;
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
