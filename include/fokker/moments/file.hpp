/// Moments in a small text file: a line that names format and version, how many knots and values a
/// knot there are, and then t, alpha, sigma and Gamma of each knot. Lines that begin with # are
/// comments. Numbers have the fewest digits that give them back to the last bit, in any locale.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fokker/error.hpp>
#include <fokker/finite.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/number_text.hpp>
#include <fokker/path/knot.hpp>
#include <fokker/path/on_path.hpp>
#include <fokker/path/path.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET {

namespace detail {

struct file_closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, file_closer>;

/// The words of a text, one after the other; lines that begin with # are left out.
class word_reader {
public:
    /// `holds` says in errors what the file should hold, such as "moments".
    word_reader(std::string_view text, const std::string& name, const char* holds)
        : rest_(text), name_(name), holds_(holds) {}

    /// Empty at the end.
    std::string_view word() {
        for (;;) {
            const std::size_t begin = (std::min)(rest_.find_first_not_of(" \t\r\n"), rest_.size());
            rest_.remove_prefix(begin);
            if (rest_.empty() || rest_.front() != '#') break;
            rest_.remove_prefix((std::min)(rest_.find('\n'), rest_.size()));
        }
        const std::string_view found =
            rest_.substr(0, (std::min)(rest_.find_first_of(" \t\r\n"), rest_.size()));
        rest_.remove_prefix(found.size());
        return found;
    }

    template <class Number>
    Number number(const char* what) {
        const std::string_view found = word();
        Number value{};
        require(detail::read_number(found, value), name_, ": '", found, "' stands where ", what,
                " should be");
        return value;
    }

    void expect(std::string_view wanted) {
        const std::string_view found = word();
        require(found == wanted, name_, " is no file of ", holds_, " of version 1: '", found,
                "' stands where '", wanted, "' should be");
    }

private:
    std::string_view rest_;
    const std::string& name_;
    const char* holds_;
};

inline std::string read_text(const std::string& name) {
    const open_file file(std::fopen(name.c_str(), "rb"));
    require(file != nullptr, name, " cannot be opened");
    std::string text;
    char part[4096];
    while (const std::size_t count = std::fread(part, 1, sizeof part, file.get()))
        text.append(part, count);
    require(std::ferror(file.get()) == 0, name, " cannot be read");
    return text;
}

inline void write_text(const std::string& name, std::string_view text) {
    const open_file file(std::fopen(name.c_str(), "wb"));
    const bool written =
        file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    require(written && std::fflush(file.get()) == 0, name, " cannot be written");
}

}  // namespace detail

/// Writes moments to a file. `comment`, of one line, says where they are from. Throws fokker::error
/// on moments that are none and on a file that cannot be written.
inline void save_moments(const moments& m, const std::string& file, std::string_view comment = {}) {
    m.check();
    detail::require(comment.find_first_of("\r\n") == comment.npos,
                    "the comment of a file of moments is one line");
    std::string text = "fokker-moments 1\n";
    if (!comment.empty()) text = detail::sentence({text, "# ", comment, "\n"});
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
    const std::string_view more = words.word();
    detail::require(more.empty(), file, " has '", more, "' after its last knot");
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
