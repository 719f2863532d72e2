/// Moments in a small text file: a line that names format and version, how many knots and values a
/// knot there are, and then t, alpha, sigma and Gamma of each knot. Lines that begin with # are
/// comments. Numbers have the fewest digits that give them back to the last bit, in any locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fokker/error.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/on_path.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>
#include <fokker/text_file.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

/// Writes moments to a file. `comment`, of one line, says where they are from. Throws fokker::error
/// on moments that are none and on a file that cannot be written.
inline void save_moments(const moments& m, const std::string& file, std::string_view comment = {}) {
    m.check();
    std::string text = detail::begin_text("fokker-moments 1", comment, "moments");
    text = detail::sentence({text, "knots ", m.knots.size(), " values ", m.values(), "\n"});
    for (std::size_t i = 0; i < m.knots.size(); ++i) {
        const knot& k = m.knots[i];
        text = detail::sentence({k.t, " ", k.alpha, " ", k.sigma}, std::move(text));
        for (std::size_t j = 0; j < m.values(); ++j)
            text = detail::sentence({" ", m.gamma[i * m.values() + j]}, std::move(text));
        text += '\n';
    }
    detail::write_text(file, text);
}

/// Reads moments from a file. Throws fokker::error on a file that is not one of them.
inline moments load_moments(const std::string& file) {
    const std::string text = detail::read_text(file);
    detail::word_reader words(text, file, "moments");
    words.expect("fokker-moments");
    words.expect("1");
    words.expect("knots");
    const auto knots = words.number<std::size_t>("the number of knots");
    words.expect("values");
    const auto values = words.number<std::size_t>("the number of values a knot");
    moments m;
    for (std::size_t i = 0; i < knots; ++i) {
        const auto t = words.number<double>("t");
        const auto alpha = words.number<double>("alpha");
        m.knots.push_back({t, alpha, words.number<double>("sigma")});
        for (std::size_t j = 0; j < values; ++j) m.gamma.push_back(words.number<double>("Gamma"));
    }
    words.expect_end("knot");
    m.check();
    return m;
}

/// The same for a network that was trained on this path, and with so many values a knot: 1, or the
/// elements of a sample for a map. Throws fokker::error if the file was measured on another path or
/// has another size.
template <diffusion_path Path>
moments load_moments(const std::string& file, const Path& path, std::size_t values = 1) {
    moments m = load_moments(file);
    detail::require(m.values() == values, file, " holds ", m.values(), " values a knot, and ",
                    values, " are wanted: measure the moments anew, for samples of this size");
    for (const knot& k : m.knots)
        detail::require(detail::is_on_path(k, path), file, " was measured at {t = ", k.t,
                        ", alpha = ", k.alpha, ", sigma = ", k.sigma,
                        "}, and this path does not go there: it is of another schedule; "
                        "measure the moments anew");
    return m;
}

}  // namespace fokker

FOKKER_END_MAY_SHADOW
