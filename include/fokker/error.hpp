/// The two kinds of failure: a misuse that can be named before any work is done, and a network that
/// misbehaved while the run was under way. The outcome of a run is a returned value, never a throw.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace fokker {

/// Misuse: the message names the argument, its value and what would be right. Thrown before the
/// network is called for the first time.
struct error : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// The network returned an array of the wrong size, or (with `check_finite`) not a number. The
/// message names the step, the time and sigma.
struct network_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

namespace detail {

/// One sentence out of its pieces; numbers print with all digits that tell them apart.
template <class... Parts>
std::string sentence(const Parts&... parts) {
    std::ostringstream out;
    out.precision(12);
    (out << ... << parts);
    return out.str();
}

template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void refuse(const Parts&... parts) {
    throw error(sentence("fokker: ", parts...));
}

template <class... Parts>
void require(bool condition, const Parts&... parts) {
    if (!condition) [[unlikely]]
        refuse(parts...);
}

}  // namespace detail
}  // namespace fokker
