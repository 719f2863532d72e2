/// Small text files: lines of words and numbers, read and written whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <fokker/error.hpp>
#include <fokker/number_text.hpp>
#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::detail {

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
        require(!found.empty(), name_, " ends where ", what, " should be; it is cut short");
        require(detail::read_number(found, value), name_, ": '", shown(found), "' stands where ",
                what, " should be");
        return value;
    }

    void expect(std::string_view wanted) {
        const std::string_view found = word();
        require(found == wanted, name_, " is no file of ", holds_, " of version 1: '", shown(found),
                "' stands where '", wanted, "' should be");
    }

    /// The end of the file, after what is named here. Something stands behind the last word, as the
    /// last number of a file that was cut short may be a part of one.
    void expect_end(const char* last) {
        require(!rest_.empty(), name_, " is cut short: the line of its last ", last,
                " does not end");
        const std::string_view found = word();
        require(found.empty(), name_, " has '", shown(found), "' after its last ", last);
    }

private:
    /// A word as an error shows it: the file may be anything.
    static std::string shown(std::string_view word) {
        constexpr std::size_t most = 40;
        std::string text(word.substr(0, most));
        for (char& c : text)
            if (c < ' ' || c > '~') c = '?';
        return word.size() > most ? text + ".." : text;
    }

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

/// The first line of a text, which names its format and version, and the comment, of one line.
/// `holds` as of a word_reader. Throws fokker::error on a comment of several lines.
inline std::string begin_text(std::string_view format, std::string_view comment,
                              const char* holds) {
    require(comment.find_first_of("\r\n") == comment.npos, "the comment of a file of ", holds,
            " is one line");
    std::string text = detail::sentence({format, "\n"});
    if (!comment.empty()) text = detail::sentence({text, "# ", comment, "\n"});
    return text;
}

inline void write_text(const std::string& name, std::string_view text) {
    const open_file file(std::fopen(name.c_str(), "wb"));
    const bool written =
        file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    require(written && std::fflush(file.get()) == 0, name, " cannot be written");
}

}  // namespace fokker::detail

FOKKER_END_MAY_SHADOW
